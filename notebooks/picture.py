"""图的样子：中文字体、色盲可辨的颜色、白底（深色页面上也看得清）；表的样子。

How pictures and tables look: Chinese type, the colours of Okabe and Ito (2008), which colour-blind readers tell apart,
and a white ground, so that a picture reads on a dark page too. Pictures are PNG: every viewer shows them.
"""

import altair as alt
import polars as pl
from IPython.display import Markdown

FONT = "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"
INK, SOFT, LINE = "#17242a", "#546468", "#dfe5e3"
BLUE, ORANGE, GREEN, PINK, SKY, RED = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"
BAND = "#cfe2ee"
"""What is usual, behind what was counted."""
HEAT = ["#f2f7fa", "#c3dbea", "#7fb3d3", "#3a84b4", "#0a4f80"]
"""Few to many; darker is more, in grey too."""


@alt.theme.register("guikou", enable=False)
def theme() -> alt.theme.ThemeConfig:
    label = {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelColor": INK,
        "titleColor": SOFT,
        "titleFontWeight": "normal",
    }
    axis = label | {"gridColor": LINE, "domainColor": SOFT, "tickColor": SOFT, "labelLimit": 260}
    title = {
        "anchor": "start",
        "fontSize": 15,
        "color": INK,
        "subtitleColor": SOFT,
        "subtitleFontSize": 12,
        "offset": 12,
    }
    return {
        "config": {
            "background": "white",
            "padding": 14,
            "font": FONT,
            "title": title,
            "axis": axis,
            "legend": label | {"symbolSize": 120, "orient": "top", "labelLimit": 260},
            "header": label | {"labelFontWeight": "bold"},
            "view": {"continuousWidth": 620, "continuousHeight": 280, "stroke": None},
            "range": {"category": [BLUE, ORANGE, GREEN, PINK, SKY, RED], "heatmap": HEAT, "ramp": HEAT},
            "text": {"fontSize": 12, "color": INK},
            "bar": {"color": BLUE},
            "point": {"filled": True, "size": 70, "color": BLUE, "opacity": 1},
            "rule": {"color": SOFT},
        }
    }


def use() -> None:
    """The look, from here on."""
    alt.theme.enable("guikou")
    alt.renderers.enable("png", scale_factor=2)


def table(frame: pl.DataFrame) -> Markdown:
    """A table to read: what is not there stays empty, yes and no are said."""
    lines = [frame.columns, ["---:" if kind.is_numeric() else "---" for kind in frame.dtypes]]
    lines += [[_cell(value) for value in row] for row in frame.iter_rows()]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")

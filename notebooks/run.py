"""从头运行各册笔记，有错即止。

    python notebooks/run.py              # 运行全部 · all of them
    python notebooks/run.py 01 04        # 只运行这几册 · only these
    python notebooks/run.py --write      # 并写回结果 · and keep the outputs

给了 GUIKOU_URL 就问那个服务，什么也不启动；否则临时启动一个演示服务（见 demo.py）。
Runs the notebooks from top to bottom and fails on the first error or warning; asks the service at GUIKOU_URL, or
starts a demonstration of its own (demo.py).
"""

import argparse
import asyncio
import base64
import io
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from demo import service
from nbclient import NotebookClient
from PIL import Image
from traitlets.config import Config

FOLDER = Path(__file__).resolve().parent
HOME = FOLDER.parent
AT_ONCE = 2
LONGEST_CELL = 900
LARGEST = 600_000


async def run(path: Path, write: bool, gate: asyncio.Semaphore) -> None:
    """One notebook, whole, when it is its turn."""
    async with gate:
        with tempfile.TemporaryDirectory() as sockets:
            await execute(path, write, Path(sockets))


async def execute(path: Path, write: bool, sockets: Path) -> None:
    began = time.monotonic()
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=LONGEST_CELL,
        record_timing=False,
        resources={"metadata": {"path": str(FOLDER)}},
        # The kernel is talked to through files of this user, not through ports of the machine.
        config=Config({"KernelManager": {"transport": "ipc", "ip": str(sockets / "kernel")}}),
    )
    await client.async_execute()
    tidy(notebook)
    text = nbformat.writes(notebook) + "\n"
    if wrong := flaws(notebook, text):
        raise RuntimeError("；".join(wrong))
    if write:
        path.write_text(text, encoding="utf-8")
    print(f"{path.name}：{time.monotonic() - began:.0f} s, {len(text) // 1000} kB", flush=True)


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Leaves what a reader needs: nothing of this machine, of this moment or of the editor."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number:02}"
        cell.metadata = {}
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = richest(output.data)
                output.metadata = {}


def richest(data: dict) -> dict:
    """One form of what a cell shows, the one that readers see."""
    form = next(form for form in ("image/png", "text/html", "text/markdown", "text/plain") if form in data)
    return {form: small(data[form]) if form == "image/png" else data[form]}


def small(png: str) -> str:
    """The same picture in 128 colours: a quarter of the bytes, and nobody sees it."""
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        few = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    kept = io.BytesIO()
    few.save(kept, "PNG", optimize=True)
    return base64.b64encode(kept.getvalue()).decode()


def flaws(notebook: nbformat.NotebookNode, text: str) -> list[str]:
    """What must not be handed on."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    noise = [f"有警告 · a warning: {o.text.strip()}" for o in outputs if o.get("name") == "stderr"]
    paths = ["结果里有本机路径 · a path of this machine"] if str(HOME) in text or str(Path.home()) + "/" in text else []
    size = [f"超过 {LARGEST} 字节 · too large"] if len(text.encode()) > LARGEST else []
    return noise + paths + size


async def run_all(paths: list[Path], write: bool) -> None:
    """Runs what can be run, then says what went wrong."""
    gate = asyncio.Semaphore(AT_ONCE)
    ended = await asyncio.gather(*(run(path, write, gate) for path in paths), return_exceptions=True)
    wrong = [f"{path.name}：{error}" for path, error in zip(paths, ended, strict=True) if error]
    if wrong:
        sys.exit("\n\n".join(wrong))


def main() -> None:
    parser = argparse.ArgumentParser(description="从头运行各册笔记 · run the notebooks")
    parser.add_argument("names", nargs="*", help="编号，如 01；不给则全部 · which; all where left out")
    parser.add_argument("--write", action="store_true", help="写回结果 · keep the outputs")
    asked = parser.parse_args()
    paths = [
        path for path in sorted(FOLDER.glob("*.ipynb")) if not asked.names or path.name.startswith(tuple(asked.names))
    ]
    if not paths:
        parser.error(f"没有 {' '.join(asked.names)} · there is no such notebook")
    with service() as url:
        os.environ["GUIKOU_URL"] = url
        asyncio.run(run_all(paths, asked.write))


if __name__ == "__main__":
    main()

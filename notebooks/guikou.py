"""归口的薄客户端：问 HTTP 接口，得 polars 表。

A thin client of guikou's HTTP API: ask, and get polars tables. It keeps nothing between two questions and sends
nothing to any other place. Which questions there are: ``/docs`` of the service, offline.

    >>> city = Guikou()                                    # GUIKOU_URL, or http://127.0.0.1:8345
    >>> city.table("/v1/volumes", by="category", top=5)    # 一张表 · a table
    >>> city.cases(row["link"])                            # 数字背后的案件 · the cases behind a figure
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from typing import Any

import httpx
import polars as pl

HERE = "http://127.0.0.1:8345"
"""Where ``guikou serve`` listens unless told otherwise."""
LONGEST = 600.0
"""Seconds that a job may take."""


class Problem(Exception):
    """服务说的“不行”：它自己的话，和每一处该怎么改。

    What the service refuses, in its own words (RFC 9457): ``title``, ``detail``, and each place in ``errors``.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.title: str = body.get("title", "")
        self.detail: str = body.get("detail", "")
        self.errors: list[dict[str, str]] = body.get("errors") or []
        self.request_id: str | None = body.get("request_id")
        places = [f"  {error['pointer']}：{error['detail']}" for error in self.errors]
        super().__init__("\n".join([f"{self.title}（{status}）：{self.detail}", *places]))


class Guikou:
    """一个归口服务 · one service.

    ``url`` defaults to the variable GUIKOU_URL, ``key`` to GUIKOU_KEY; a service on this machine needs no key.
    Parameters are the API's own; ``from`` is a word of Python, so write ``from_``. ``None`` means not given.
    """

    def __init__(self, url: str | None = None, key: str | None = None, patience: float = 120.0) -> None:
        key = key or os.environ.get("GUIKOU_KEY")
        self.url = (url or os.environ.get("GUIKOU_URL") or HERE).rstrip("/")
        # Straight to the service: proxies of the surroundings must not see a complaint.
        self._http = httpx.Client(
            base_url=self.url,
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=patience,
            trust_env=False,
        )

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        """The one way to the service; a refusal becomes a :class:`Problem`."""
        given = {name.rstrip("_"): _written(value) for name, value in params.items() if value is not None}
        url = self._http.base_url.join(path).copy_merge_params(given)
        if isinstance(body, bytes):
            answer = self._http.request(method, url, content=body, headers={"content-type": "application/octet-stream"})
        else:
            answer = self._http.request(method, url, json=body)
        if answer.is_error:
            raise Problem(answer.status_code, _problem(answer))
        return answer

    def get(self, path: str, **params: Any) -> Any:
        """JSON."""
        return self.ask("GET", path, **params).json()

    def post(self, path: str, body: Any = None, **params: Any) -> Any:
        """JSON for JSON; bytes are sent as they are."""
        return self.ask("POST", path, body, **params).json()

    def put(self, path: str, body: Any) -> Any:
        """JSON for JSON."""
        return self.ask("PUT", path, body).json()

    def delete(self, path: str) -> None:
        self.ask("DELETE", path)

    def table(self, path: str, **params: Any) -> pl.DataFrame:
        """The table of an answer, or of a list whole, as Parquet: whatever the service counted, unrounded."""
        return pl.read_parquet(io.BytesIO(self.ask("GET", path, format="parquet", **params).content))

    def cases(self, link: str) -> pl.DataFrame:
        """The cases that a figure counted: each figure of the service carries the link."""
        return self.table(link)

    def items(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list that comes in pages, each once, newest first."""
        while True:
            page = self.get(path, **params)
            yield from page["items"]
            params["cursor"] = page["next_cursor"]
            if params["cursor"] is None:
                return

    def done(self, job: dict[str, Any], pause: float = 0.5) -> dict[str, Any]:
        """Waits for a job that was accepted; one that failed raises with the service's reason."""
        until = time.monotonic() + LONGEST
        while job["state"] in ("waiting", "running"):
            if time.monotonic() > until:
                raise TimeoutError(f"任务 {job['id']} 等了 {LONGEST:.0f} 秒仍未做完 · the job takes too long")
            time.sleep(pause)
            job = self.get(f"/v1/jobs/{job['id']}")
        if job["state"] != "done":
            raise RuntimeError(f"任务没有做完：{job['detail'] or job['state']}")
        return job


def _written(value: Any) -> Any:
    """As the API writes it: several values with a comma between, true and false in small letters."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else value


def _problem(answer: httpx.Response) -> dict[str, Any]:
    """The body of a refusal; something between here and the service may answer otherwise."""
    if "json" in answer.headers.get("content-type", ""):
        return answer.json()
    return {"title": "不是归口服务的答复", "detail": answer.reason_phrase}

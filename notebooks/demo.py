"""让一条命令面对一个服务：python notebooks/demo.py python -m pytest notebooks

Runs a command over a service, which it finds in GUIKOU_URL: the one given there, or else a demonstration by GUIKOU_BIN
(target/debug/guikou where that is not given), in memory, at a free port, which ends with the command.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
DAYS = "37"
"""A week to look at, the four weeks before it that a forecast needs, and a day more on each side."""
LONGEST_FILL = 900


@contextlib.contextmanager
def service() -> Iterator[str]:
    """Where the service is: the one we were told of, or a demonstration of our own, filled."""
    if url := os.environ.get("GUIKOU_URL"):
        yield url
        return
    binary = os.environ.get("GUIKOU_BIN", str(HOME / "target/debug/guikou"))
    if not Path(binary).exists():
        sys.exit(f"没有 {binary}：先 cargo build · build it first")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the service ends with us then, too
    began = time.monotonic()
    command = [binary, "serve", "--demo", "--listen", listen, "--log-level", "info"]
    env = {"GUIKOU_HTTP__DEMO_DAYS": DAYS} | os.environ
    demo = subprocess.Popen(
        command, cwd=HOME, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
    )
    filled = threading.Event()
    threading.Thread(target=listen_to, args=(demo, filled), daemon=True).start()
    try:
        if not filled.wait(LONGEST_FILL) or demo.poll() is not None:
            sys.exit(f"演示没有备齐（{LONGEST_FILL} 秒内）· the demonstration was not filled")
        print(f"http://{listen}：演示备齐，{time.monotonic() - began:.0f} s", flush=True)
        yield f"http://{listen}"
    finally:
        demo.kill()
        demo.wait()


def listen_to(demo: subprocess.Popen, filled: threading.Event) -> None:
    """Reads its log to the end, so that it never waits for us; tells when all cases are there, or it ended."""
    for line in demo.stderr:
        if re.search(r" (WARN|ERROR) ", line):
            print(line, end="", file=sys.stderr)
        if re.search(r"演示案件 (\d+)/\1\b", line):
            filled.set()
    demo.wait()
    filled.set()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with service() as url:
        sys.exit(subprocess.run(sys.argv[1:], env=os.environ | {"GUIKOU_URL": url}).returncode)

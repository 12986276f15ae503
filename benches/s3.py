"""An S3 server on loopback, some of whose answers are late or fail: a stand-in for a bad day of a real one.

``python -m benches.s3 EVERY SECONDS`` prints its port and serves until its standard input ends. Of every EVERY requests
for an object one is answered with 503, and one SECONDS late; 0: none.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}


class Trouble:
    """What stands before the server.

    Args:
        app: the server, as WSGI has it.
        every: of so many GETs one fails and one is late; 0: none.
        seconds: how late.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], every: int = 0, seconds: float = 0.05) -> None:
        self.app, self.every, self.seconds = app, every, seconds
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], respond: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] == "GET" and self.every:
            with self._lock:
                self.count += 1
                place = self.count % self.every
            if place == 0:
                respond("503 Slow Down", [("Content-Length", "0")])
                return [b""]
            if place == self.every // 2:
                time.sleep(self.seconds)
        return self.app(environ, respond)


@contextlib.contextmanager
def serving(every: int = 0, seconds: float = 0.05) -> Iterator[tuple[int, Trouble]]:
    """Serve in a thread of this process; yield the port, and what stands before the server."""
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415 - it comes with moto, and is optional

    moto = importlib.import_module("moto.server")

    class Quiet(WSGIRequestHandler):
        def log(self, *_: object) -> None:
            pass

    before = {name: os.environ.get(name) for name in KEYS}
    os.environ.update(KEYS)
    trouble = Trouble(moto.DomainDispatcherApplication(moto.create_backend_app), every, seconds)
    server = make_server("127.0.0.1", 0, trouble, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, trouble
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def client(port: int) -> dict[str, Any]:
    """Return fsspec's storage options for a server, whose client does not try again by itself."""
    return {
        "key": KEYS["AWS_ACCESS_KEY_ID"],
        "secret": KEYS["AWS_SECRET_ACCESS_KEY"],
        "endpoint_url": f"http://127.0.0.1:{port}",
        "config_kwargs": {"retries": {"max_attempts": 0}},
    }


def started(every: int, seconds: float) -> tuple[subprocess.Popen[str], int]:
    """Start a server in a process of its own, which ends with this one; return it and its port."""
    command = [sys.executable, "-m", "benches.s3", str(every), str(seconds)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def main() -> None:
    """Serve until the standard input ends."""
    with serving(int(sys.argv[1]), float(sys.argv[2])) as (port, _):
        print(port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()

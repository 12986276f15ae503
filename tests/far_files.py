"""Objects far away: a file system in memory that fails, and an S3 server on loopback that does."""

import os
import threading
import time
from collections import Counter
from contextlib import contextmanager

import fsspec
from fsspec.implementations.memory import MemoryFileSystem

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}


class Flaky(MemoryFileSystem):
    """Raises what it is told to, as often as it is told to, and counts."""

    protocol = "flaky"
    store: dict = {}  # noqa: RUF012 (as its parent's)
    pseudo_dirs = [""]  # noqa: RUF012
    errors: dict = {}  # noqa: RUF012
    calls: Counter = Counter()  # noqa: RUF012
    delay = 0.0

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.replace("flaky://", "memory://"))

    def unstrip_protocol(self, name):
        return f"flaky://{name.lstrip('/')}"

    def cat_file(self, path, start=None, end=None, **options):
        Flaky.calls[path] += 1
        time.sleep(Flaky.delay)
        left = Flaky.errors.get(path, [])
        if left:
            raise left.pop()
        return super().cat_file(path, start=start, end=end, **options)


def flaky():
    """Return an empty file system."""
    fsspec.register_implementation("flaky", Flaky, clobber=True)
    Flaky.store.clear()
    Flaky.errors.clear()
    Flaky.calls.clear()
    Flaky.delay = 0.0
    return fsspec.filesystem("flaky")


class Trouble:
    """Fails every n-th GET, and delays another n-th."""

    def __init__(self, app):
        self.app, self.every, self.seconds = app, 0, 0.05
        self.count, self.lock = 0, threading.Lock()

    def __call__(self, environ, respond):
        if environ["REQUEST_METHOD"] == "GET" and self.every:
            with self.lock:
                self.count += 1
                place = self.count % self.every
            if place == 0:
                respond("503 Slow Down", [("Content-Length", "0")])
                return [b""]
            if place == self.every // 2:
                time.sleep(self.seconds)
        return self.app(environ, respond)


@contextmanager
def s3_server():
    """Yield (storage options, trouble) of an S3 server on loopback; its clients do not try again by themselves."""
    # Where they are missing the tests that need them are skipped.
    from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        def log(self, *_):
            pass

    before = {name: os.environ.get(name) for name in KEYS}
    os.environ.update(KEYS)
    trouble = Trouble(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, trouble, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield (
            {
                "key": "testing",
                "secret": "testing",
                "endpoint_url": f"http://127.0.0.1:{server.server_port}",
                "config_kwargs": {"retries": {"max_attempts": 1}},
            },
            trouble,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})

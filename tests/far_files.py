"""Objects far away: a file system in memory that fails, and an S3 server on loopback that does."""

import time
from collections import Counter
from contextlib import contextmanager

import fsspec
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractFileSystem

from benches import s3


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
        return super()._strip_protocol(path.replace(f"{cls.protocol}://", "memory://"))

    def unstrip_protocol(self, name):
        return f"{self.protocol}://{name.lstrip('/')}"

    def cat_file(self, path, start=None, end=None, **options):
        Flaky.calls[path] += 1
        time.sleep(Flaky.delay)
        left = Flaky.errors.get(path, [])
        if left:
            raise left.pop()
        return super().cat_file(path, start=start, end=end, **options)


class Walked(Flaky):
    """The same objects, whose names are found folder by folder, as fsspec does it for most file systems."""

    protocol = "walked"
    find = AbstractFileSystem.find

    def ls(self, path, detail=True, **options):
        name = path.rstrip("/")
        Flaky.calls[name] += 1
        left = Flaky.errors.get(name, [])
        if left:
            raise left.pop()
        return super().ls(path, detail=detail, **options)


def flaky():
    """Return an empty file system."""
    for kind in (Flaky, Walked):
        fsspec.register_implementation(kind.protocol, kind, clobber=True)
    Flaky.store.clear()
    Flaky.errors.clear()
    Flaky.calls.clear()
    Flaky.delay = 0.0
    return fsspec.filesystem("flaky")


@contextmanager
def s3_server():
    """Yield (storage options, trouble) of an S3 server on loopback."""
    with s3.serving() as (port, trouble):
        yield s3.client(port), trouble

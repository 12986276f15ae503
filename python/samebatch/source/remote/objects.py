"""Objects by their URLs, tried again when they fail."""

from __future__ import annotations

import atexit
import importlib
import os
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from samebatch.errors import DecodeError, FetchError, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable

    from samebatch.source.remote.options import Access

T = TypeVar("T")

LONGEST_WAIT: Final = 10.0
PAUSE: Final = 0.1
"""Seconds after which who waits looks whether Python ends."""

NEVER_AGAIN: Final = (PermissionError, NotImplementedError, TypeError, AttributeError)
"""What no second try mends."""


class Objects:
    """The objects of file systems that fsspec opens. Safe to use from any thread, and after a fork.

    Args:
        access: what it is opened with, and how it is used.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def read(self, url: str, begin: int | None = None, end: int | None = None) -> bytes:
        """Return an object's bytes, or those from ``begin`` to ``end``.

        Raises:
            DecodeError: there is no such object; it has the reason only.
            FetchError: it could not be fetched; it has the last reason only.
        """

        def once() -> bytes:
            system, path = self.system(url)
            data = bytes(system.cat_file(path, start=begin, end=end, **self._timed(system)))
            if begin is not None and end is not None and len(data) != end - begin:
                raise OSError(f"{len(data)} bytes came instead of {end - begin}")
            return data

        return self._tried(once, url)

    def info(self, url: str) -> dict[str, Any]:
        """Return what the file system knows of an object; raises as :meth:`read`."""

        def once() -> dict[str, Any]:
            system, path = self.system(url)
            found: dict[str, Any] = system.info(path, **self._timed(system))
            return found

        return self._tried(once, url)

    def below(self, url: str) -> list[str]:
        """Return the paths of all objects below a URL, relative to it, in no order; raises as :meth:`read`."""

        def once() -> list[str]:
            system, path = self.system(url)
            top = path.rstrip("/") + "/"
            return [found[len(top) :] for found in system.find(path) if found.startswith(top)]

        return self._tried(once, url)

    def glob(self, url: str) -> list[str]:
        """Return the URLs of the objects that a pattern names, sorted; raises as :meth:`read`."""

        def once() -> list[str]:
            system, path = self.system(url)
            return [system.unstrip_protocol(found) for found in sorted(system.glob(path))]

        return self._tried(once, url)

    def system(self, url: str) -> tuple[Any, str]:
        """Return fsspec's file system for a URL, and the path in it.

        It is asked anew each time: fsspec keeps file systems, and knows which may be used in which process and thread.

        Raises:
            ImportError: fsspec, or what it needs for the protocol, is not installed.
            SpecError: there is no such protocol.
        """
        try:
            found: tuple[Any, str] = _fsspec().url_to_fs(url, **self._access.storage)
        except ImportError as error:
            raise ImportError(
                f"{url!r}: {error}; install what fsspec needs for it: s3fs for s3, gcsfs for gs, aiohttp for https"
            ) from error
        except ValueError as error:
            raise SpecError(f"{url!r}: {error}") from error
        return found

    def _timed(self, system: Any) -> dict[str, float]:  # noqa: ANN401 (fsspec has no types)
        timeout = self._access.remote.timeout
        return {"timeout": timeout} if timeout is not None and getattr(system, "async_impl", False) else {}

    def _tried(self, call: Callable[[], T], url: str) -> T:
        remote = self._access.remote
        for number in range(1, remote.tries + 1):
            try:
                return call()
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
                raise DecodeError("there is no such object") from error
            except (SpecError, ImportError):
                raise
            except NEVER_AGAIN as error:
                raise FetchError(f"it cannot be fetched: {_words(error)}") from error
            except Exception as error:
                if number == remote.tries:
                    times = "once" if number == 1 else f"{number} times"
                    told = f"it could not be fetched, and was tried {times}; the last time: {_words(error)}"
                    raise FetchError(told) from error
            _wait(min(remote.backoff * 2 ** (number - 1), LONGEST_WAIT) * (1 + _jitter(url, number)))
        raise AssertionError(url)


class _Exit:
    """Whether Python ends: then nothing is tried again, and nobody waits for it. It has no lock, for a fork's sake."""

    begun = False

    @classmethod
    def begin(cls) -> None:
        cls.begun = True


atexit.register(_Exit.begin)


def _wait(seconds: float) -> None:
    """Wait before another try.

    Raises:
        FetchError: Python ends.
    """
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if _Exit.begun:
            raise FetchError("Python ends, and fetches no more")
        time.sleep(min(left, PAUSE))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _jitter(url: str, number: int) -> float:
    """Return 0 to 0.5, so that what failed at once is not tried again at once; no generator is asked for it."""
    return (hash((url, number, os.getpid())) % 1024) / 2048


def _fsspec() -> Any:  # noqa: ANN401 (a module without types)
    try:
        return importlib.import_module("fsspec.core")
    except ImportError as error:
        raise ImportError('URLs need fsspec: pip install "samebatch[remote]", and what the protocol needs') from error

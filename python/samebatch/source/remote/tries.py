"""What fails is tried again, if that may help."""

from __future__ import annotations

import atexit
import os
import time
from typing import TYPE_CHECKING, Final, TypeVar

from samebatch.errors import DecodeError, FetchError, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable

    from samebatch.source.remote.options import Remote

T = TypeVar("T")

LONGEST_WAIT: Final = 10.0
PAUSE: Final = 0.1
"""Seconds after which who waits looks whether Python ends."""

NOT_THERE: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
NEVER_AGAIN: Final = (PermissionError, NotImplementedError, TypeError, AttributeError)
"""What no second try mends."""

GONE: Final = (404, 410)
DENIED: Final = (401, 403)
"""What HTTP calls the like."""


def tried(call: Callable[[], T], remote: Remote, url: str) -> T:
    """Return what a call returns, which is repeated as long as that may help.

    Args:
        call: asks for an object.
        remote: how often, and what is waited between.
        url: of the object, so that several do not wait equally long.

    Raises:
        DecodeError: there is no such object; it has the reason only.
        FetchError: it could not be fetched; it has the last reason only.
    """
    for number in range(1, remote.tries + 1):
        try:
            return call()
        except (SpecError, FetchError, ImportError):
            raise
        except Exception as error:
            reason = _reason(error)
            status = _status(reason)
            if isinstance(reason, NOT_THERE) or status in GONE:
                raise DecodeError("there is no such object") from error
            if isinstance(reason, NEVER_AGAIN) or status in DENIED:
                raise FetchError(f"it cannot be fetched: {_words(reason)}") from error
            if number == remote.tries:
                times = "once" if number == 1 else f"{number} times"
                told = f"it could not be fetched, and was tried {times}; the last time: {_words(reason)}"
                raise FetchError(told) from error
        _wait(min(remote.backoff * 2 ** (number - 1), LONGEST_WAIT) * (1 + _jitter(url, number)))
    raise AssertionError(url)


def _reason(error: Exception) -> BaseException:
    """Return why a call failed: fsspec's file system for HTTP says of whatever happens that a file was not found."""
    cause = error.__cause__
    if not isinstance(error, FileNotFoundError) or cause is None or isinstance(cause, NOT_THERE):
        return error
    if _status(cause) is not None:
        return error if _status(cause) in GONE else cause
    network = isinstance(cause, OSError | TimeoutError) or type(cause).__module__.partition(".")[0] == "aiohttp"
    return cause if network or type(cause).__name__ == "TimeoutError" else error  # Python 3.10 has two of that name


def _status(error: BaseException) -> int | None:
    """Return the number with which a server answered by HTTP, whatever library tells it, or None."""
    response = getattr(error, "response", None)
    for found in (getattr(error, "status", None), getattr(response, "status_code", None)):
        if isinstance(found, int):
            return found
    return None


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


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _jitter(url: str, number: int) -> float:
    """Return 0 to 0.5, so that what failed at once is not tried again at once; no generator is asked for it."""
    return (hash((url, number, os.getpid())) % 1024) / 2048

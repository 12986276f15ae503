"""By what a file is known to be the one that it was."""

from __future__ import annotations

import os

from samebatch.errors import DecodeError


def file_stamp(path: str) -> tuple[int, int]:
    """Return a file's bytes, and when it was last written, in nanoseconds since 1970.

    Raises:
        DecodeError: there is no such file, or it cannot be asked for; it has the reason only.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 (a str)
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or str(error)
        raise DecodeError(reason) from error
    return status.st_size, status.st_mtime_ns

"""The pixels of a file, as Pillow says. What is said here is what every other decoder must equal."""

from __future__ import annotations

import os
import stat
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.errors import DecodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODES: Final = {"rgb": "RGB", "rgba": "RGBA", "grey": "L"}
CHANNELS: Final = {"rgb": 3, "rgba": 4, "grey": 1}
CUT_OFF: Final = ("truncated", "unexpected end", "not enough image data", "premature")
"""What Pillow's messages say of files that end too early."""

NOTHING: Final = "it is empty (0 bytes)"


def pillow_pixels(
    file: str | bytes, color: str = "rgb", *, upright: bool = False, name: str | None = None
) -> NDArray[np.uint8]:
    """Return ``PIL.Image.open(file).convert(mode)``, of several frames the first.

    Pillow refuses images of more than twice ``PIL.Image.MAX_IMAGE_PIXELS`` pixels, and warns of those above once that
    number; set it to allow larger ones, or fewer.

    Args:
        file: a path (str), or a file's content (bytes).
        color: ``"rgb"``, ``"rgba"`` or ``"grey"``: Pillow's mode RGB, RGBA or L.
        upright: turn the image as its EXIF orientation says.
        name: how errors name the file; None: by its path; "": not at all, they say the reason alone.

    Returns:
        A fresh array, (height, width, channels) with 3, 4 or 1 channels.

    Raises:
        DecodeError: there is no image; it says which file and why.
    """
    if name is None:
        name = repr(file) if isinstance(file, str) else f"a file of {len(file)} bytes"
    try:
        pixels = _read(file, MODES[color], upright=upright)
    except MemoryError:
        raise
    except Exception as error:
        raise DecodeError(f"{name}{name and ': '}{fault(error)[1]}") from error
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]  # noqa: PLR2004 (h, w, c)


def fault(error: Exception) -> tuple[str, str]:
    """Return of what kind a file's fault is, and in words why it gives no image.

    The kinds: unreadable, empty, unknown (no image that Pillow knows), bomb (too many pixels), truncated, broken.
    Pillow raises nearly every type of error for a damaged file.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - not needed where nothing is read

    text = str(error) or type(error).__name__
    too_large = f"it has too many pixels ({text}); if it is meant to, set PIL.Image.MAX_IMAGE_PIXELS"
    known: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
        ((_EmptyError,), "empty", text),
        ((_NoFileError,), "unreadable", text),
        ((FileNotFoundError, NotADirectoryError), "unreadable", "there is no such file"),
        ((PermissionError,), "unreadable", "permission denied; let this user read it"),
        ((UnidentifiedImageError,), "unknown", "it is not an image that Pillow knows"),
        ((Image.DecompressionBombError, Image.DecompressionBombWarning), "bomb", too_large),
        ((EOFError,), "truncated", f"it is truncated ({text})"),
    )
    for types, kind, words in known:
        if isinstance(error, types):
            return kind, words
    if any(part in text.lower() for part in CUT_OFF):
        return "truncated", f"it is truncated ({text})"
    return "broken", f"it cannot be decoded ({type(error).__name__}: {text})"


class _NoFileError(Exception):
    """There is a thing of this name, and it is no file."""


class _EmptyError(Exception):
    """There is nothing in it."""


def check_file(path: str) -> None:
    """Check that there is something to read; opening a pipe would wait for ever.

    Raises:
        Exception: there is not; :func:`fault` tells why.
    """
    status = os.stat(path)  # noqa: PTH116 (a str, and once for every image)
    if not stat.S_ISREG(status.st_mode):
        raise _NoFileError("it is a folder" if stat.S_ISDIR(status.st_mode) else "it is not a regular file")
    if status.st_size == 0:
        raise _EmptyError(NOTHING)


def _read(file: str | bytes, mode: str, *, upright: bool) -> NDArray[Any]:
    from PIL import Image, ImageOps  # noqa: PLC0415 - not needed where nothing is read

    if isinstance(file, str):
        check_file(file)
    elif not file:
        raise _EmptyError(NOTHING)
    with Image.open(file if isinstance(file, str) else BytesIO(file)) as opened:
        turned = ImageOps.exif_transpose(opened) if upright else opened
        return np.array(turned.convert(mode))

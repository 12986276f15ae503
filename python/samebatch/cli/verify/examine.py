"""One file: whether it is an image, of which kind, and what is wrong with it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from samebatch import _native
from samebatch.source.folder import EXTENSIONS
from samebatch.source.pillow import check_file, fault

if TYPE_CHECKING:
    from collections.abc import Callable

NATIVE: Final[Callable[..., Any] | None] = getattr(_native, "decode", None)
"""The native decoders: of a file's bytes and a color the pixels, or None where Pillow is to decide."""

SAME: Final = {"MPO": "JPEG"}
"""Formats that are another one with something added, and bear its name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a file.

    Attributes:
        name: its path below the folder.
        fault: of what kind its fault is, or "" if it has none.
        reason: the fault in words.
        format: Pillow's name of the image's format, or "" if it is no image.
        mode: Pillow's name of the mode.
        size: (height, width) in pixels.
        misnamed: in words why its name does not fit, or "".
        digest: hash of its bytes.
    """

    name: str
    fault: str = ""
    reason: str = ""
    format: str = ""
    mode: str = ""
    size: tuple[int, int] = (0, 0)
    misnamed: str = ""
    digest: bytes = b""


def examine(folder: str, name: str, largest: int | None) -> Seen:
    """Read a file, decode it and look at it; whatever it holds, nothing is raised.

    Args:
        folder: the folder.
        name: the file's path below it.
        largest: more pixels than this are not decoded; None: any number is.
    """
    path = os.path.join(folder, name)  # noqa: PTH118 (a name may be none of Path's)
    ending = os.path.splitext(name)[1].lower()  # noqa: PTH122
    expected = Image.registered_extensions().get(ending)
    try:
        check_file(path)
        data = Path(path).read_bytes()
        opened = Image.open(BytesIO(data))
    except Exception as error:  # noqa: BLE001 (a damaged file raises anything)
        kind, reason = fault(error)
        image = ending[1:] in EXTENSIONS or expected is not None
        return Seen(name, kind, reason) if image or kind == "unreadable" else Seen(name)
    with opened:
        form, mode, (width, height) = str(opened.format), opened.mode, opened.size
        kind, reason = _decoded(opened, data, largest)
    return Seen(
        name,
        kind,
        reason,
        form,
        mode,
        (height, width),
        _misnamed(ending, SAME.get(form, form), expected),
        blake2b(data, digest_size=16).digest(),
    )


def _decoded(opened: Image.Image, data: bytes, largest: int | None) -> tuple[str, str]:
    pixels = opened.width * opened.height
    if largest is not None and pixels > largest:
        size = f"{opened.height} x {opened.width}"
        return "bomb", f"it has {pixels} pixels ({size}), more than {largest}; if it is meant to: --largest {pixels}"
    try:
        decoded = np.asarray(opened.convert("RGB"))
    except Exception as error:  # noqa: BLE001
        return fault(error)
    native = None if NATIVE is None else NATIVE(data, "rgb")
    if native is not None and not np.array_equal(native, decoded):
        return "differs", "the native decoder and Pillow give other pixels; please report this file"
    return "", ""


def _misnamed(ending: str, form: str, expected: str | None) -> str:
    if expected is not None and expected != form:
        return f"it is {form}, and its name says {expected}"
    if ending[1:] not in EXTENSIONS:
        return f"it is {form}, and sources pass over the ending {ending!r} unless extensions= names it"
    return ""

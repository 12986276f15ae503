"""The digest of a source: whether two processes, or two runs, have the same data in the same order."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Part = tuple[str, object]
    """A name, and an array, bytes, or what JSON holds; None is left out."""

PERSON: Final = b"samebatch.source"
MOST: Final = 64
"""Images that are looked at, of however many there are: so that a terabyte costs what a gigabyte costs."""

PIECE: Final = 2**20
"""Bytes, about, that are looked at of one image, and that are brought into C order at a time."""


def of(parts: Iterable[Part]) -> str:
    """Return the hash of named parts: BLAKE2b of 16 bytes, as 32 hexadecimal digits."""
    hashed = blake2b(digest_size=16, person=PERSON)
    for name, value in parts:
        if isinstance(value, np.ndarray):
            _add(hashed, name, value)
        elif value is not None:
            data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode("ascii")
            hashed.update(f"{name} {type(value).__name__} {len(data)};".encode("ascii") + data)
    return hashed.hexdigest()


def spread(count: int, most: int = MOST) -> list[int]:
    """Return all of ``count`` positions, or ``most`` of them, the first, the last and others evenly between."""
    if count <= most:
        return list(range(count))
    return [i * (count - 1) // max(most - 1, 1) for i in range(most)]


def part_of(image: NDArray[Any]) -> NDArray[Any]:
    """Return an image, (height, width, channels), or of a large one as many rows, evenly spread, as fill a piece."""
    most = max(1, PIECE // image[0].nbytes)
    return image if len(image) <= most else image[spread(len(image), most)]


def _add(hashed: blake2b, name: str, array: NDArray[Any]) -> None:
    little = array.dtype.newbyteorder("<")
    hashed.update(f"{name} {little.str} {','.join(map(str, array.shape))};".encode("ascii"))
    if not array.size:
        return
    rows = max(1, PIECE // array[0].nbytes)
    for row in range(0, len(array), rows):  # labels may be a view that would be much larger in one piece
        hashed.update(np.ascontiguousarray(array[row : row + rows], dtype=little).tobytes())

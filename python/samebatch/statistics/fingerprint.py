"""The fingerprint of data: which images there are, how often each, in no order.

Statistics do not depend on the order of the images, so neither does this: it is the sum of the images' hashes, modulo
2**256. Sums of parts are the sum of the whole, however it was split, and threads may add in any order. It tells images
that changed or are missing; it does not withstand somebody who makes images up so that sums agree.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

BYTES = 32
MODULUS = 1 << (8 * BYTES)
PIECE = 2**20  # bytes, about, that are brought into C order at a time


def of_images(images: Iterable[NDArray[Any]]) -> int:
    """Return the fingerprint of images of shape (height, width, channels)."""
    total = 0
    for image in images:
        total += _hash(image)
    return total % MODULUS


def _hash(image: NDArray[Any]) -> int:
    """Hash the text ``"<dtype> <height>,<width>,<channels>;"``, and the pixels in C order, little-endian."""
    hashed = blake2b(f"{image.dtype.name} {','.join(map(str, image.shape))};".encode("ascii"), digest_size=BYTES)
    rows = max(1, PIECE // max(1, image[0].nbytes))
    for row in range(0, len(image), rows):
        piece = image[row : row + rows]
        hashed.update(np.ascontiguousarray(piece, dtype=piece.dtype.newbyteorder("<")).data)
    return int.from_bytes(hashed.digest(), "big")


def text(value: int) -> str:
    """Return a fingerprint as 64 hexadecimal digits."""
    return f"{value:0{2 * BYTES}x}"

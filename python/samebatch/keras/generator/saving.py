"""``save_to_dir``: the images of a batch as files, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import keras

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import NDArray

HASHES: Final = 10**7


@dataclass(frozen=True)
class Saving:
    """Where and how images are saved.

    Attributes:
        folder: the folder, which must be there.
        prefix: what their names begin with.
        format: the ending of their names, and so their format.
        data_format: of the batches.
    """

    folder: str | os.PathLike[str]
    prefix: str
    format: str
    data_format: str

    def __call__(self, x: NDArray[Any], samples: Sequence[int], seed: int, epoch: int) -> None:
        """Save each image as ``<prefix>_<sample>_<hash>.<format>``; the hash follows from seed, epoch and sample."""
        for image, sample in zip(x, samples, strict=True):
            word = blake2b(f"{seed} {epoch} {sample}".encode(), digest_size=8).digest()
            name = f"{self.prefix}_{sample}_{int.from_bytes(word, 'little') % HASHES}.{self.format}"
            keras.utils.array_to_img(image, self.data_format, scale=True).save(Path(self.folder) / name)

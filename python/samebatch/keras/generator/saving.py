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

    def __call__(self, x: NDArray[Any], samples: Sequence[int], hashes: Sequence[int]) -> None:
        """Save each image as ``<prefix>_<sample>_<hash>.<format>``."""
        for image, sample, number in zip(x, samples, hashes, strict=True):
            name = f"{self.prefix}_{sample}_{number}.{self.format}"
            keras.utils.array_to_img(image, self.data_format, scale=True).save(Path(self.folder) / name)


def numbers(seed: int, epoch: int, samples: Sequence[int]) -> list[int]:
    """Return a number for the name of each sample's file, which follows from seed, epoch and sample."""
    words = [blake2b(f"{seed} {epoch} {sample}".encode(), digest_size=8).digest() for sample in samples]
    return [int.from_bytes(word, "little") % HASHES for word in words]

"""Training and validation: a file's side follows from its name, so files that are added move no other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from samebatch.checks import literal, number, seed
from samebatch.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Subset = Literal["training", "validation"]
PERSON: Final = b"samebatch.split"


@dataclass(frozen=True, slots=True)
class Split:
    """Which files are for training and which for validation.

    The BLAKE2b hash of a file's path relative to the root (8 bytes, with ``/`` between folders, keyed by the seed's 8
    bytes, little-endian, personalised with ``samebatch.split``), read as a little-endian whole number, is uniform below
    2**64; the file is for validation if it lies below ``fraction * 2**64``. So the share is only about ``fraction``,
    in each class by itself.

    A class of two files or more has one at least on either side: if its hashes put all on one side, the file with the
    smallest hash is for validation, or the one with the largest for training. Only in such a class can files that are
    added move another one.

    Attributes:
        fraction: about how much is for validation, between 0 and 1.
        subset: ``"training"`` or ``"validation"``: the side that is wanted.
        seed: another seed is another split.
    """

    fraction: float
    subset: str
    seed: int

    @classmethod
    def checked(cls, validation_split: object, subset: object, split_seed: object) -> Split | None:
        """Make a split of what a user wrote, or None if none is wanted.

        Raises:
            SpecError: an argument is wrong, or one of the two is missing.
        """
        key = seed("split_seed", split_seed)
        if validation_split is None and subset is None:
            return None
        if validation_split is None:
            raise SpecError(f"subset={subset!r} needs validation_split=, the share for validation, for example 0.2")
        fraction = number("validation_split", validation_split, 0.0, 1.0)
        if fraction in (0.0, 1.0):
            raise SpecError(
                f"validation_split must lie between 0 and 1, got {validation_split!r}; leave it out for all"
            )
        if subset is None:
            raise SpecError('validation_split needs subset="training" or subset="validation": which side to give')
        return cls(fraction, literal("subset", subset, Subset), key)

    def rows(self, names: Sequence[bytes], groups: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return which files are on the wanted side, in their order.

        Args:
            names: the files' paths relative to the root.
            groups: the class of each, shape (n,).

        Raises:
            SpecError: there are none.
        """
        side = self.validation(names, groups)
        rows = np.flatnonzero(side if self.subset == "validation" else ~side)
        if not rows.size:
            raise SpecError(
                f"validation_split={self.fraction} leaves no file for {self.subset}, of {len(names)}; use another share"
            )
        return rows

    def validation(self, names: Sequence[bytes], groups: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each file is for validation, shape (n,)."""
        hashes = self._hashes(names)
        side: NDArray[np.bool_] = hashes < np.uint64(math.floor(Fraction(self.fraction) * 2**64))
        order = np.argsort(groups, kind="stable")
        starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
        for members in np.split(order, starts[1:]):
            own = hashes[members]
            smallest, largest = own.min(), own.max()
            if smallest != largest:  # one file, however many rows name it, cannot be on both sides
                if not side[members].any():
                    side[members[own == smallest]] = True
                elif side[members].all():
                    side[members[own == largest]] = False
        return side

    def _hashes(self, names: Sequence[bytes]) -> NDArray[np.uint64]:
        key = self.seed.to_bytes(8, "little")
        digests = b"".join([blake2b(name, digest_size=8, key=key, person=PERSON).digest() for name in names])
        return np.frombuffer(digests, "<u8").astype(np.uint64)

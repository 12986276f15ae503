"""What a framework's training step really received, digested batch by batch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import samebatch as sb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Epoch:
    """One epoch of training.

    Attributes:
        digests: the digest of every batch, in the order of training.
        accuracy: on the images held out, after the epoch, 0 to 1.
    """

    digests: tuple[str, ...]
    accuracy: float

    @property
    def digest(self) -> str:
        """Return one hash over the digests of all batches, in their order."""
        return hashlib.blake2b("".join(self.digests).encode("ascii"), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Training:
    """A training that is done.

    Attributes:
        framework: what it was done in, with versions.
        epochs: its epochs, in their order.
    """

    framework: str
    epochs: tuple[Epoch, ...]


@dataclass
class Witness:
    """Stands in the training step, and writes down what comes by.

    Attributes:
        tick: called once a batch.
        epochs: the epochs that have ended.
    """

    tick: Callable[[], None]
    epochs: list[Epoch] = field(default_factory=list)
    _digests: list[str] = field(default_factory=list)

    def see(self, x: ArrayLike, y: ArrayLike) -> None:
        """Digest the images (batch, height, width, channels) and the labels (batch,) of one training step."""
        self._digests.append(sb.digest(x, y))
        self.tick()

    def end_epoch(self, accuracy: float) -> None:
        """Close the epoch whose steps were seen."""
        self.epochs.append(Epoch(tuple(self._digests), accuracy))
        self._digests.clear()


def differences(ours: Sequence[Epoch], theirs: Sequence[Epoch]) -> list[str]:
    """Return a line for every epoch whose batches differ, naming the first that does; none if all are equal."""
    lines = []
    if len(ours) != len(theirs):
        lines.append(f"{len(ours)} epochs against {len(theirs)}")
    for number, (a, b) in enumerate(zip(ours, theirs, strict=False)):
        if len(a.digests) != len(b.digests):
            lines.append(f"epoch {number}: {len(a.digests)} batches against {len(b.digests)}")
        elif a.digests != b.digests:
            step = next(i for i, (p, q) in enumerate(zip(a.digests, b.digests, strict=True)) if p != q)
            lines.append(f"epoch {number}: step {step} is the first of which the bytes differ")
    return lines

"""What an index of shards holds: where each image lies, and the labels beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members of a sample matter.

    Attributes:
        images: suffixes of images, the first that a sample has is its image.
        label: the suffix of labels, or None.
        field: which entry of a JSON label, or None.
    """

    images: tuple[str, ...]
    label: str | None
    field: str | None


@dataclass(frozen=True, slots=True)
class Shard:
    """The samples of one shard.

    Attributes:
        size: the shard's bytes when it was read.
        time: when it was last written, in nanoseconds since 1970; or another number that changes with it.
        names: the images' names, one after the other.
        name_ends: where each ends, int64 of shape (n,).
        offsets: where each image begins, likewise.
        lengths: its bytes, likewise.
        labels: the labels' text, one after the other; empty without labels.
        label_ends: where each ends, likewise.
        incomplete: how many samples are left out, since they lack an image or a label.
        lacking: what the first of them lacks; "": nothing.
        damage: where and why the reading ended early; "": it did not.
    """

    size: int
    time: int
    names: bytes = b""
    name_ends: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    offsets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    lengths: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    labels: bytes = b""
    label_ends: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    incomplete: int = 0
    lacking: str = ""
    damage: str = ""

    def without(self, reasons: Sequence[str], labels: Sequence[bytes]) -> Shard:
        """Return the samples that nothing speaks against; the others count as incomplete.

        Args:
            reasons: what is wrong with each sample; "": nothing.
            labels: the label of each.
        """
        kept = [i for i, reason in enumerate(reasons) if not reason]
        names = texts(self.names, self.name_ends)
        first = next((i for i, reason in enumerate(reasons) if reason), None)
        told = "" if first is None else f"the sample {key(os.fsdecode(names[first]))!r}: {reasons[first]}"
        return replace(
            self,
            names=b"".join([names[i] for i in kept]),
            name_ends=np.cumsum([len(names[i]) for i in kept], dtype=np.int64),
            offsets=self.offsets[kept],
            lengths=self.lengths[kept],
            labels=b"".join([labels[i] for i in kept]),
            label_ends=np.cumsum([len(labels[i]) for i in kept], dtype=np.int64),
            incomplete=self.incomplete + len(reasons) - len(kept),
            lacking=self.lacking or told,
        )

    def __len__(self) -> int:
        """Return how many samples there are."""
        return len(self.offsets)


def key(name: str) -> str:
    """Return the key of a sample, by the name of its image: what stands before the first dot."""
    folder, slash, own = name.rpartition("/")
    return folder + slash + own.partition(".")[0]


BLOBS = {"names": "name_ends", "labels": "label_ends"}
ARRAYS = ("offsets", "lengths")
NUMBERS = ("size", "time", "incomplete")
TEXTS = ("lacking", "damage")


def pack(shards: list[Shard]) -> dict[str, Any]:
    """Return shards as few arrays."""
    packed: dict[str, Any] = {"counts": np.array([len(shard) for shard in shards], np.int64)}
    for name in NUMBERS:
        packed[name] = np.array([getattr(shard, name) for shard in shards], np.int64)
    for name in TEXTS:
        pieces = [getattr(shard, name).encode() for shard in shards]
        packed[name] = np.frombuffer(b"".join(pieces), np.uint8)
        packed[f"{name}_ends"] = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
    for name in ARRAYS:
        packed[name] = np.concatenate([getattr(shard, name) for shard in shards])
    for name, ends in BLOBS.items():
        packed[name] = np.frombuffer(b"".join([getattr(shard, name) for shard in shards]), np.uint8)
        packed[ends] = np.concatenate([getattr(shard, ends) for shard in shards])
        packed[f"{name}_bytes"] = np.array([len(getattr(shard, name)) for shard in shards], np.int64)
    return packed


def unpack(packed: dict[str, Any]) -> list[Shard]:
    """Return the shards of what :func:`pack` gave.

    Raises:
        ValueError: it is something else.
    """
    counts = packed["counts"].tolist()
    rows = np.cumsum([0, *counts]).tolist()
    columns: dict[str, list[Any]] = {name: packed[name].tolist() for name in NUMBERS}
    for name in TEXTS:
        columns[name] = [text.decode() for text in texts(packed[name].tobytes(), packed[f"{name}_ends"])]
    for name in (*ARRAYS, *BLOBS.values()):
        if packed[name].shape != (rows[-1],) or packed[name].dtype != np.int64 or (packed[name] < 0).any():
            raise ValueError(f"the {name} do not fit")
        columns[name] = [packed[name][begin:end] for begin, end in pairwise(rows)]
    for name, ends in BLOBS.items():
        sizes = packed[f"{name}_bytes"]
        columns[name] = texts(packed[name].tobytes(), np.cumsum(sizes))
        for size, own in zip(sizes.tolist(), columns[ends], strict=True):
            if (np.diff(own) < 0).any() or (own[-1] if len(own) else 0) != size:
                raise ValueError(f"the {ends} do not fit")
    if any(len(column) != len(counts) for column in columns.values()):
        raise ValueError("columns of different lengths")
    return [Shard(**{name: column[i] for name, column in columns.items()}) for i in range(len(counts))]


def texts(blob: bytes, ends: NDArray[np.int64]) -> list[bytes]:
    """Return the pieces of a blob."""
    found = ends.tolist()
    return [blob[begin:end] for begin, end in zip([0, *found], found, strict=False)]

"""The labels of shards: which samples have one, and whose each is."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from samebatch.source.frames import Frame
from samebatch.source.shards.index import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samebatch.source.shards.index import Shard


class ShardLabels(Frame):
    """The labels of the samples of all shards, as a table of one column.

    Args:
        paths: the shards' paths.
        shards: what is in them, with labels as :func:`labelled` leaves them.
        ending: the ending of labels.
    """

    def __init__(self, paths: Sequence[str], shards: Sequence[Shard], ending: str) -> None:
        self._paths, self._shards = paths, shards
        labels = [label for shard in shards for label in _decoded(shard)]
        super().__init__({ending: labels}, [ending], "the shards", text=True)

    def called(self, name: str) -> str:
        """Return what messages call the labels."""
        return f"the labels ({name})"

    def row(self, number: int) -> str:
        """Return what messages call a sample's label."""
        for path, shard in zip(self._paths, self._shards, strict=True):
            if number < len(shard):
                name = texts(shard.names, shard.name_ends)[number]
                return f"that of the sample {key(os.fsdecode(name))!r} of {path!r}"
            number -= len(shard)
        raise IndexError(number)


def labelled(shard: Shard, ending: str) -> Shard:
    """Return a shard without the samples whose label is empty or no text; they count as incomplete.

    Args:
        shard: a shard.
        ending: the ending of labels.
    """
    if shard.labels.isascii() and np.diff(shard.label_ends, prepend=0).all():
        return shard
    labels, names = texts(shard.labels, shard.label_ends), texts(shard.names, shard.name_ends)
    reasons = [_reason(label) for label in labels]
    kept = [i for i, reason in enumerate(reasons) if not reason]
    if len(kept) == len(labels):
        return shard
    lacking = shard.lacking
    if not lacking:
        first = next(i for i, reason in enumerate(reasons) if reason)
        lacking = f"the sample {key(os.fsdecode(names[first]))!r}: its label ({ending}) {reasons[first]}"
    return replace(
        shard,
        names=b"".join([names[i] for i in kept]),
        name_ends=np.cumsum([len(names[i]) for i in kept], dtype=np.int64),
        offsets=shard.offsets[kept],
        lengths=shard.lengths[kept],
        labels=b"".join([labels[i] for i in kept]),
        label_ends=np.cumsum([len(labels[i]) for i in kept], dtype=np.int64),
        incomplete=shard.incomplete + len(labels) - len(kept),
        lacking=lacking,
    )


def key(name: str) -> str:
    """Return the key of a sample, by the name of its image: what stands before the first dot."""
    folder, slash, own = name.rpartition("/")
    return folder + slash + own.partition(".")[0]


def _reason(label: bytes) -> str:
    """Return what is wrong with a label; "": nothing."""
    if not label:
        return "is empty"
    try:
        label.decode()
    except UnicodeDecodeError as error:
        return f"is not UTF-8 ({error.reason} at byte {error.start})"
    return ""


def _decoded(shard: Shard) -> list[str]:
    if not shard.labels.isascii():
        return [label.decode() for label in texts(shard.labels, shard.label_ends)]
    text, ends = shard.labels.decode("ascii"), shard.label_ends.tolist()
    return [text[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]

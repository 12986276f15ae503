"""The labels of shards: which samples have one, and whose each is."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from samebatch.source.frames import Frame
from samebatch.source.shards.index import key, texts

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
    labels = texts(shard.labels, shard.label_ends)
    reasons = [reason and f"its label ({ending}) {reason}" for reason in map(_reason, labels)]
    return shard.without(reasons, labels) if any(reasons) else shard


def of_field(shard: Shard, name: str) -> Shard:
    """Return a shard whose labels are an entry of the JSON that they are now."""
    entries = [_entry(text, name) for text in texts(shard.labels, shard.label_ends)]
    return shard.without([reason for _, reason in entries], [label for label, _ in entries])


def _entry(text: bytes, name: str) -> tuple[bytes, str]:
    """Return an entry of a JSON object as text, and why there is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        return b"", f"its label is no JSON: {error}"
    if not isinstance(found, dict) or name not in found:
        return b"", f"its label has no entry {name!r}"
    value = found[name]
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, str | int | float) and (label := str(value).strip()):
        with suppress(UnicodeEncodeError):  # half of a letter, which JSON allows
            return label.encode(), ""
    return b"", f"the entry {name!r} of its label is {json.dumps(value)[:40]}, neither text nor a number"


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

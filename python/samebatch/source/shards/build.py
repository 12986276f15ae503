"""The index of shards: what there is of it is used, the rest is read, and all of it is kept."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch import _native
from samebatch.errors import DecodeError, SpecError
from samebatch.source.remote.objects import Objects
from samebatch.source.remote.stamps import stamps as objects_stamps
from samebatch.source.shards import store
from samebatch.source.shards.advice import advice
from samebatch.source.shards.far import far_scan
from samebatch.source.shards.index import Shard, Wanted, texts
from samebatch.source.shards.labels import of_field
from samebatch.source.stamp import file_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from samebatch.source.remote.options import Access

    Stamp = tuple[int, int]
    Scan = Callable[[int], dict[str, Any]]

MOST_THREADS: Final = 8


def shard_index(
    shards: Sequence[str], wanted: Wanted, place: str | None, *, show: bool | None, access: Access | None = None
) -> list[Shard]:
    """Return the index of shards, each as it is now.

    Args:
        shards: their paths.
        wanted: which members matter.
        place: ``"beside"`` the first shard, or where that cannot be written in the user's cache folder; a folder; None:
            it is not kept.
        show: whether to show a progress bar.
        access: how shards are fetched that are URLs.

    Raises:
        SpecError: a shard is not there, or the index cannot be written to the folder that was named.
    """
    objects = None if access is None else Objects(access)
    stamps = [_stamp(path) for path in shards] if objects is None else objects_stamps(objects, shards, "shards")
    places = _places(shards, wanted, place)
    best: list[Shard | None] = [None] * len(shards)
    for path in places:
        for i, known in enumerate(store.load(path, len(shards)) or []):
            if best[i] is None and (known.size, known.time) == stamps[i]:
                best[i] = known
        if all(known is not None for known in best):
            break
    missing = [i for i, known in enumerate(best) if known is None]
    if missing:
        images = [os.fsencode(image) for image in wanted.images]
        label = None if wanted.label is None else os.fsencode(wanted.label)

        def scan(i: int) -> dict[str, Any]:
            if objects is not None:
                return far_scan(objects, shards[i], images, label, stamps[i][0])
            return _native.scan_shard(shards[i], images, label)

        _scan(missing, scan, stamps, wanted, best, show=show)
    index = [known for known in best if known is not None]
    if missing:
        _keep(places, index, place)
    return index


def _stamp(path: str) -> Stamp:
    try:
        return file_stamp(path)
    except DecodeError as error:
        raise SpecError(f"shards: {path!r}: {error}") from error


def _places(shards: Sequence[str], wanted: Wanted, place: str | None) -> list[Path]:
    if place is None:
        return []
    if place != "beside":
        return [store.within(place, shards, wanted)]
    user = store.within(store.user_folder(), shards, wanted)
    return [user] if "://" in shards[0] else [store.beside(shards, wanted), user]


def _keep(places: list[Path], index: list[Shard], place: str | None) -> None:
    for path in places:
        failure = store.save(path, index)
        if failure is None:
            return
        if place != "beside":
            raise SpecError(f"index: cannot write to {str(path.parent)!r}: {failure.strerror or failure}") from failure


def _scan(
    missing: list[int],
    scan: Scan,
    stamps: list[Stamp],
    wanted: Wanted,
    into: list[Shard | None],
    *,
    show: bool | None,
) -> None:
    from samebatch.statistics.progress import Progress  # noqa: PLC0415 (statistics are made of sources)

    def one(i: int) -> None:
        size, time = stamps[i]
        shard = _shard(scan(i), size, time)
        into[i] = shard if wanted.field is None else of_field(shard, wanted.field)

    with Progress(len(missing), show=show, what="index", unit="shards") as bar:
        pool = ThreadPoolExecutor(min(MOST_THREADS, len(missing)), thread_name_prefix="samebatch-index")
        try:
            for _ in pool.map(one, missing):
                bar.add(1)
        finally:
            pool.shutdown(cancel_futures=True)


def _shard(found: dict[str, Any], size: int, time: int) -> Shard:
    # Without the ends of lines that text files have.
    labels = [text.strip() for text in texts(found["labels"], found["label_ends"])]
    ends = np.cumsum([len(label) for label in labels], dtype=np.int64)
    return Shard(
        size=size,
        time=time,
        names=found["names"],
        name_ends=found["name_ends"],
        offsets=found["offsets"],
        lengths=found["lengths"],
        labels=b"".join(labels),
        label_ends=ends,
        incomplete=found["incomplete"],
        lacking=found["lacking"] or "",
        damage=found["damage"] or "",
    )


def check(shards: Sequence[str], index: list[Shard], *, skip: bool) -> list[str]:
    """Check that shards are whole; return what is wrong, and what becomes of it, if that is to be passed over.

    Raises:
        DecodeError: a shard is damaged, or a sample incomplete, and that is not to be passed over.
        SpecError: there is no sample at all.
    """
    damaged = [(path, shard.damage) for path, shard in zip(shards, index, strict=True) if shard.damage]
    told = [advice(path, damage) for path, damage in damaged]
    wrong = [f"{path!r}: {damage}{do}" for (path, damage), do in zip(damaged, told, strict=True)]
    lacking = [f"{path!r}: {shard.lacking}" for path, shard in zip(shards, index, strict=True) if shard.incomplete]
    if not skip and wrong:
        fix = "" if told[0] else '; mend it, or use what is before: on_error="skip"'
        raise DecodeError(f"shard {wrong[0]}{fix}")
    if not any(len(shard) for shard in index):
        raise SpecError(f"there are no samples in {len(shards)} shards; {(lacking or wrong or ['they are empty'])[0]}")
    if not skip and lacking:
        raise DecodeError(
            f"shard {lacking[0]}; mend it (members of a sample must follow each other), name the right ones (image=, "
            'label=), or leave such samples out: on_error="skip"'
        )
    return [text + ("" if do else "; samples before it are used") for text, do in zip(wrong, told, strict=True)]

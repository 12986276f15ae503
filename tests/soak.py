"""Thousands of batches in one process: run as ``soak.py SCENE COUNT`` by test_soak.py, it prints what it saw as JSON.

Seen after each batch: resident bytes of the process, and what the pool holds.
"""

import json
import random
import sys
import threading
import time
from itertools import islice
from mmap import PAGESIZE
from pathlib import Path

import numpy as np

import samebatch as sb

BATCH_SIZE, SIDE, IMAGES = 24, 112, 500  # a batch takes 3.4 MiB, and its buffer 4
KEPT, DEEPEST, WARM = 40, 4, 50
PIPELINE = sb.Pipeline([sb.RandomFlip(), sb.RandomRotation(20), sb.RandomZoom(0.8, 1.2), sb.Rescale(1 / 255)])
IN_FLIGHT = DEEPEST + 2
BROKEN_OFF = 2  # that iterators just broken off may still be rendering


class Watch:
    """Takes down memory after each batch, in memory that is there from the start."""

    def __init__(self, count):
        self.seen = np.full((count + 2 * WARM, 3), -1)
        self.count = 0

    def __call__(self):
        if self.count < WARM:
            time.sleep(0.002)  # so that what is rendered ahead is all there before memory has to stay as it is
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        pool = sb.memory()
        self.seen[self.count] = int(pages) * PAGESIZE, pool.buffers_in_use, pool.free
        self.count += 1

    def columns(self):
        resident, in_use, free = self.seen[: self.count].T.tolist()
        return {"resident": resident, "in_use": in_use, "free": free}


def batches(count, threads):
    """As many batches an epoch as asked for, of 500 images that are there again and again."""
    images = np.random.default_rng(3).integers(0, 256, (1, IMAGES, SIDE, SIDE, 3), dtype=np.uint8)
    times = -(-count * BATCH_SIZE // IMAGES)
    again = np.lib.stride_tricks.as_strided(
        images, (times * IMAGES, SIDE, SIDE, 3), (0, *images.strides[2:]), writeable=False
    )
    return sb.Batches(sb.ArraySource(again), PIPELINE, batch_size=BATCH_SIZE, seed=5, threads=threads)


def fill_the_pool(train, count, watch):
    """Have as many batches at once as there ever are, which else happens at some time or other."""
    at_once = [train.batch(0, step) for step in range(count)]
    watch()
    assert all(len(batch) == BATCH_SIZE for batch in at_once)


def an_epoch(count, watch):
    """One epoch, from its first batch to its last."""
    train = batches(count, 2)
    fill_the_pool(train, 2 + 2, watch)
    for batch in islice(train.epoch(0), count):
        assert len(batch) == BATCH_SIZE
        watch()
    return 0


def a_user(count, watch):
    """Somebody keeps some batches and drops others, breaks epochs off, and uses threads that come and go."""
    chance = random.Random(8)  # noqa: S311 (any choices will do)
    made = {threads: batches(IMAGES, threads) for threads in (1, 2, 7)}
    kept, changed = [], []

    def keep(batch):
        if len(kept) < KEPT:
            kept.append((batch, batch.digest()))
        elif chance.random() < 0.1:
            place = chance.randrange(KEPT)
            changed.append(kept[place][0].digest() != kept[place][1])
            kept[place] = batch, batch.digest()

    def some(train, prefetch, start, steps):
        for batch in islice(train.epoch(chance.randrange(9), start, prefetch), steps):
            keep(batch)
            watch()

    some(made[7], DEEPEST, 0, KEPT)
    fill_the_pool(made[1], IN_FLIGHT + BROKEN_OFF, watch)
    while watch.count < count:
        train = made[chance.choice((1, 2, 7))]
        arguments = train, chance.choice((0, 1, 2, DEEPEST)), chance.randrange(IMAGES // 2), chance.randrange(1, 20)
        if chance.random() < 0.5:
            some(*arguments)
        else:
            thread = threading.Thread(target=some, args=arguments)
            thread.start()
            thread.join()
    changed += [batch.digest() != digest for batch, digest in kept]
    return sum(changed)


def main():
    count = int(sys.argv[2])
    watch = Watch(count)
    changed = {"an_epoch": an_epoch, "a_user": a_user}[sys.argv[1]](count, watch)
    while any(thread.name == "samebatch-ahead" for thread in threading.enumerate()):
        time.sleep(0.001)
    left = sb.memory()
    seen = watch.columns() | {"changed": changed, "left": left.in_use, "limit": left.limit}
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()

"""Plan: (seed, epoch, n, batch size) -> the samples of a step, without the steps before it."""

from collections.abc import Iterator
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from samebatch.reference.params.philox import MASK, word

ROUNDS = 12
ROUNDS_OF_FEW = 24  # few samples need more rounds until every order of them is as likely as any other
MANY = 4096
ORDER, BALANCE, REPLACE = "samebatch.order", "samebatch.balance", "samebatch.replace"
MOST_TRIES = 1024  # samples that may stand in for one that is broken


def _mix(x: int) -> int:
    """splitmix64's finaliser (Steele, Lea and Flood: "Fast splittable pseudorandom number generators")."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def permute(seed: int, stream: str, epoch: int, tweak: int, n: int, position: int) -> int:
    """Return where a keyed permutation of 0..n-1 sends ``position``.

    A Feistel network over Z_a x Z_b, a near-square that holds n (Black and Rogaway: "Ciphers with arbitrary finite
    domains"), walked until the result falls below n.
    """
    a = isqrt(n - 1) + 1
    b = -(-n // a)
    b += b % 2  # two odd sides would allow even permutations alone
    rounds = ROUNDS_OF_FEW if n < MANY else ROUNDS
    keys = [word(seed, stream, r, tweak, epoch, 0) for r in range(rounds)]
    x = position
    while True:
        left, right = x % a, x // a
        for r, key in enumerate(keys):
            if r % 2 == 0:
                left = (left + (_mix(right ^ key) * a >> 64)) % a
            else:
                right = (right + (_mix(left ^ key) * b >> 64)) % b
        x = left + a * right
        if x < n:
            return x


def row(
    seed: int, epoch: int, n: int, position: int, *, shuffle: bool, members: list[NDArray[np.int64]] | None = None
) -> tuple[int, int]:
    """Return (sample, repeat) at a position of the epoch's order; ``members``: the samples of each class to balance."""
    slot = permute(seed, ORDER, epoch, 0, n, position) if shuffle else position
    if members is None:
        return slot, 0
    classes = len(members)
    of_class, turn = (slot + epoch) % classes, slot // classes
    repeat, member = divmod(turn, len(members[of_class]))
    if shuffle:
        member = permute(seed, BALANCE, epoch, of_class + classes * repeat, len(members[of_class]), member)
    return int(members[of_class][member]), repeat


def stand_ins(seed: int, epoch: int, n: int, sample: int) -> Iterator[int]:
    """Yield the samples of which the first that is whole stands in for one that is broken."""
    for k in range(min(n, MOST_TRIES)):
        other = permute(seed, REPLACE, epoch, sample, n, k)
        if other != sample:
            yield other


def positions(n: int, batch_size: int, step: int, rank: int = 0, world_size: int = 1) -> range:
    """Return the positions of a step's shard: a slice of the global batch."""
    start = step * batch_size
    size = min(start + batch_size, n) - start
    return range(start + size * rank // world_size, start + size * (rank + 1) // world_size)

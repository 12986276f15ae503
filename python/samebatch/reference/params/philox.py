"""Philox4x64-10, a counter-based generator.

From Salmon, Moraes, Dror and Shaw: "Parallel random numbers: as easy as 1, 2, 3".

NumPy has the same generator as ``numpy.random.Philox``; it adds one to the counter before it outputs, so the words of
counter ``(d, ...)`` here are NumPy's first four after a start at ``(d - 1, ...)``.
"""

from hashlib import blake2b

MASK = (1 << 64) - 1
MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
ROUNDS = 10


def philox(key: tuple[int, int], counter: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return the four 64-bit words of one counter under one key."""
    k0, k1 = key
    c0, c1, c2, c3 = counter
    for _ in range(ROUNDS):
        p0, p1 = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (p1 >> 64) ^ c1 ^ k0, p1 & MASK, (p0 >> 64) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + WEYL[0]) & MASK, (k1 + WEYL[1]) & MASK
    return c0, c1, c2, c3


def stream_key(name: str) -> int:
    """Return the second half of the key: the 64-bit BLAKE2b hash of a stream's name, read little-endian."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def word(seed: int, name: str, draw: int, sample: int, epoch: int, repeat: int) -> int:
    """Return the 64-bit word number ``draw`` of a sample's stream ``name``."""
    return philox((seed, stream_key(name)), (draw // 4, sample, epoch, repeat))[draw % 4]


def uniform(seed: int, name: str, draw: int, sample: int, epoch: int, repeat: int) -> float:
    """Return word number ``draw`` as a float64 in [0, 1): its upper 53 bits."""
    return (word(seed, name, draw, sample, epoch, repeat) >> 11) * 2.0**-53

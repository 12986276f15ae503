"""The memory of this process: the pool of buffers that batches are written to, and decoded images that are kept."""

from __future__ import annotations

from dataclasses import dataclass

from samebatch import _native


@dataclass(frozen=True, slots=True)
class Memory:
    """What the pool of output buffers holds, and the caches of sources with ``cache="memory"``.

    A buffer is in use as long as an array over it lives, and lies free from then on, until a batch of about its size
    takes it. Buffers are whole pages, so they hold a little more than the batches in them.

    Attributes:
        in_use: bytes of the buffers in use: batches that are kept, waiting or being made.
        free: bytes of the buffers that lie free; at most ``limit``.
        limit: bytes that may lie free: the environment's ``SAMEBATCH_POOL_BYTES``, else 2**30.
        buffers_in_use: how many are in use.
        buffers_free: how many lie free.
        cached: bytes of decoded images that sources keep.
        images_cached: how many images.
    """

    in_use: int
    free: int
    limit: int
    buffers_in_use: int
    buffers_free: int
    cached: int = 0
    images_cached: int = 0


def memory() -> Memory:
    """Return what this process's pool of output buffers and caches of images hold at the moment.

    Raises:
        SpecError: the environment's ``SAMEBATCH_POOL_BYTES`` is no whole number.
    """
    return Memory(**_native.memory())

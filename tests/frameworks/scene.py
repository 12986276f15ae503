"""The batches that the adapters' tests share: 23 small images, 6 steps of 4 an epoch, the last one of 3."""

from __future__ import annotations

from typing import Any

import numpy as np

import samebatch as sb

COUNT, HEIGHT, WIDTH, BATCH_SIZE, STEPS = 23, 12, 10, 4, 6


def pipeline(**kwargs: Any) -> sb.Pipeline:
    return sb.Pipeline(
        [
            sb.RandomFlip(horizontal=0.5),
            sb.RandomRotation(20),
            sb.RandomShift(width=0.1, height=0.1),
            sb.RandomZoom(0.8, 1.2),
            sb.RandomBrightness(0.8, 1.2),
            sb.Normalize(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        ],
        **kwargs,
    )


def images() -> np.ndarray:
    size = COUNT * HEIGHT * WIDTH * 3
    return (np.arange(size, dtype=np.uint64) * 2654435761 >> 7).astype(np.uint8).reshape(COUNT, HEIGHT, WIDTH, 3)


def numbered() -> sb.ArraySource:
    """Return a source whose labels are the samples' numbers."""
    return sb.ArraySource(images(), np.arange(COUNT))


def source(*, labels: bool = True, weights: bool = False) -> sb.ArraySource:
    return sb.ArraySource(
        images(),
        np.arange(COUNT, dtype=np.int32) % 5 if labels else None,
        (np.arange(COUNT, dtype=np.float32) + 1) / 8 if weights else None,
    )


def batches(
    *,
    labels: bool = True,
    weights: bool = False,
    dtype: str = "float32",
    layout: str = "channels_last",
    batch_size: int = BATCH_SIZE,
    **kwargs: Any,
) -> sb.Batches:
    return sb.Batches(
        source(labels=labels, weights=weights),
        pipeline(dtype=dtype, layout=layout),
        batch_size=batch_size,
        **{"seed": 7, "shuffle": True} | kwargs,
    )


def digests(made: sb.Batches, *epochs: int) -> list[str]:
    """Return the digests of all batches of these epochs, in order."""
    return [made.batch(epoch, step).digest() for epoch in epochs for step in range(made.steps)]

"""tf.data: a dataset that makes one batch at a time, and four."""

from __future__ import annotations

from functools import partial

from common import EPOCHS, Rows, batches

NEEDS = ("tensorflow",)


def of_dataset(calls: int) -> list[str]:
    import samebatch as sb  # noqa: PLC0415
    import samebatch.tensorflow  # noqa: PLC0415

    data = samebatch.tensorflow.dataset(batches(), EPOCHS, num_parallel_calls=calls)
    return [sb.digest(x.numpy(), y.numpy()) for x, y in data]


def rows() -> Rows:
    return {f"tf.data, parallel calls: {count}": partial(of_dataset, count) for count in (1, 4)}

"""Batches for tf.data: a dataset that is a map over (epoch, step).

It hands (epoch, step) to :class:`samebatch.Batches` and the result to TensorFlow, and draws nothing itself. So the same
batches come with any number of parallel calls, in the same order::

    data = samebatch.tensorflow.dataset(train, epochs=None)
    model.fit(data, epochs=10, steps_per_epoch=len(train))
"""

from __future__ import annotations

try:
    import tensorflow as _tensorflow  # noqa: F401, ICN001 (tried first, for a message of our own)
except ModuleNotFoundError as error:
    if error.name != "tensorflow":
        raise
    raise ImportError(
        'samebatch.tensorflow needs TensorFlow, which is not installed: pip install "samebatch[tensorflow]"'
    ) from error

from samebatch.tensorflow.dataset import dataset

__all__ = ["dataset"]

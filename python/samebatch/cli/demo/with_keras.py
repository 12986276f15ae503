"""The training of the demo, in Keras: ``model.fit`` on a ``samebatch.keras.Sequence``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samebatch.cli import packages
from samebatch.cli.demo.job import CLASSES, FILTERS, LEARNING_RATE, MOMENTUM, Job
from samebatch.cli.demo.witness import Training, Witness

if TYPE_CHECKING:
    from collections.abc import Callable


def train(job: Job, tick: Callable[[], None]) -> Training:
    """Train by ``model.fit``; return what each epoch's training steps received, and the accuracy after it.

    Keras' backend is the one that the user has set, else TensorFlow if that is installed, else PyTorch.
    """
    packages.choose_keras_backend("tensorflow" if packages.TENSORFLOW.installed() else "torch")
    import keras  # noqa: PLC0415 - keras is optional, and reads the environment when it is imported

    import samebatch.keras  # noqa: PLC0415 - likewise

    witness = Witness(tick)
    model = _model(witness)
    model.set_weights(list(job.weights))
    model.compile(
        optimizer=keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        run_eagerly=True,  # so that the training step meets the batch itself, not a symbol for it
    )
    end_epoch = keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: witness.end_epoch(logs["val_accuracy"]))
    model.fit(
        samebatch.keras.Sequence(job.train),
        validation_data=samebatch.keras.Sequence(job.valid),
        epochs=job.epochs,
        shuffle=False,
        callbacks=[end_epoch],
        verbose=0,
    )
    return Training(f"Keras {keras.__version__} on {keras.backend.backend()}", tuple(witness.epochs))


def _model(witness: Witness) -> Any:  # noqa: ANN401 - Keras ships no types
    """Return the model, not compiled, its training step watched by ``witness``."""
    import keras  # noqa: PLC0415 - keras is optional

    class Watched(keras.Sequential):  # type: ignore[misc]  # Keras ships no types
        """A sequential model that shows every batch it trains on to the witness first."""

        def train_step(self, *arguments: Any) -> Any:  # noqa: ANN401 - (data), or (state, data) on JAX
            x, y, _ = keras.utils.unpack_x_y_sample_weight(arguments[-1])
            witness.see(keras.ops.convert_to_numpy(x), keras.ops.convert_to_numpy(y))
            return super().train_step(*arguments)

    one, two = FILTERS
    layers = keras.layers
    return Watched(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(one, 3, padding="same", activation="relu", data_format="channels_last"),
            layers.Conv2D(two, 3, padding="same", activation="relu", data_format="channels_last"),
            layers.MaxPooling2D(2, data_format="channels_last"),
            layers.Flatten(data_format="channels_last"),
            layers.Dense(CLASSES),
        ]
    )

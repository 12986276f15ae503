"""Training with tf.data and tf.distribute: the global batches of one replica, whatever the number of replicas.

    python examples/tf_data.py --replicas 2

Each replica gets its rows of every global batch, and the gradient is that of the mean over the global batch. With
``--checkpoint FOLDER`` a run that was stopped within an epoch goes on where it was, with any number of replicas::

    python examples/tf_data.py --checkpoint run --stop-after 5
    python examples/tf_data.py --checkpoint run --replicas 2

Several machines: start it on each, with the environment's TF_CONFIG as TensorFlow wants it, and with a folder of its
own for checkpoints.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

import samebatch as sb
import samebatch.tensorflow
from samebatch.cli import photographs


def data(count: int, batch_size: int) -> sb.Batches:
    """Return small crops of two photographs, labelled by which it is; in real life a folder or a set of shards."""
    source = sb.ArraySource(photographs.crops(count, 32), np.arange(count) % 2)
    pipeline = sb.Pipeline(
        [sb.RandomFlip(), sb.RandomRotation(15), sb.RandomBrightness(0.8, 1.2), sb.Normalize(0.5, 0.25)]
    )
    return sb.Batches(source, pipeline, batch_size=batch_size, seed=7)


def strategy_of(replicas: int) -> tf.distribute.Strategy:
    """Return the strategy of several machines if TF_CONFIG is there, else one of replicas on this one's processor."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    if "TF_CONFIG" in os.environ:
        return tf.distribute.MultiWorkerMirroredStrategy()
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * replicas)
    return tf.distribute.MirroredStrategy([f"CPU:{number}" for number in range(replicas)])


class Training:
    """A model and where its training is."""

    def __init__(self, batches: sb.Batches, strategy: tf.distribute.Strategy) -> None:
        self.batches, self.strategy = batches, strategy
        self.place = (0, 0)
        keras.utils.set_random_seed(0)  # the same weights in every run
        with strategy.scope():
            # No batch normalisation: it sees the rows of its replica only, so the loss would depend on their number.
            self.model = keras.Sequential(
                [
                    keras.Input((32, 32, 3)),
                    keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
                    keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
                    keras.layers.Flatten(),
                    keras.layers.Dense(2),
                ]
            )
            self.optimizer = keras.optimizers.SGD(0.05)
            self.optimizer.build(self.model.trainable_variables)
            self.checkpoint = tf.train.Checkpoint(model=self.model, optimizer=self.optimizer)
        self.digests: list[str] = []
        self.losses: list[float] = []

    def dataset(self, context: tf.distribute.InputContext, epochs: int) -> tf.data.Dataset:
        """Return what this worker's replicas take in turn, from where the training is."""
        workers = context.num_input_pipelines
        return samebatch.tensorflow.dataset(
            self.batches,
            epochs,
            start=self.place,
            rank=context.input_pipeline_id,
            world_size=workers,
            replicas=context.num_replicas_in_sync // workers,
        )

    def step(self, x: tf.Tensor, y: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Train on a replica's rows of a global batch; return their part of the mean loss."""
        with tf.GradientTape() as tape:
            losses = keras.losses.sparse_categorical_crossentropy(y, self.model(x, training=True), from_logits=True)
            loss = tf.reduce_sum(losses) / rows  # the replicas' sum is the mean over the global batch
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def run(self, epochs: int, folder: Path | None = None, stop_after: int | None = None) -> None:
        """Train up to ``epochs``, or for ``stop_after`` steps, and keep a checkpoint of every step."""
        train = tf.function(lambda x, y, rows: self.strategy.run(self.step, (x, y, rows)), reduce_retracing=True)
        given = self.strategy.distribute_datasets_from_function(lambda context: self.dataset(context, epochs))
        for x, y in given:
            epoch, step = self.place
            loss = train(x, y, tf.constant(self.batches.global_rows(step), tf.float32))
            self.losses.append(float(self.strategy.reduce("SUM", loss, axis=None)))
            local = [np.concatenate(self.strategy.experimental_local_results(part)) for part in (x, y)]
            self.digests.append(sb.digest(*local))  # for show; of all replicas on this machine
            print(f"epoch {epoch} step {step}: {self.digests[-1]}  loss {self.losses[-1]:.6f}", flush=True)
            self.place = (epoch, step + 1) if step + 1 < len(self.batches) else (epoch + 1, 0)
            if folder is not None:
                self.save(folder)
            if len(self.losses) == stop_after:
                return

    def save(self, folder: Path) -> None:
        """Write a checkpoint; the state says which one, so a run that is killed in between goes on from the last."""
        saved = self.checkpoint.save(folder / "model")
        state = {"batches": self.batches.state(*self.place), "model": saved}
        (folder / "state.new").write_text(json.dumps(state))
        (folder / "state.new").replace(folder / "state.json")

    def load(self, folder: Path) -> None:
        """Go on from a checkpoint, whatever the number of replicas that wrote it."""
        state = json.loads((folder / "state.json").read_text())
        self.place = self.batches.resume(state["batches"])
        self.checkpoint.restore(state["model"]).assert_existing_objects_matched()


def main() -> None:
    """Train, on as many replicas as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--images", type=int, default=203, help="203 by default: the last batch of an epoch has 11")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--replicas", type=int, default=1, help="on this machine's processor")
    parser.add_argument("--checkpoint", type=Path, help="a folder: written after every step, and read at the beginning")
    parser.add_argument("--stop-after", type=int, help="steps")
    parser.add_argument("--write", type=Path, help="a JSON file for the digests and the losses")
    arguments = parser.parse_args()
    strategy = strategy_of(arguments.replicas)
    training = Training(data(arguments.images, arguments.batch_size), strategy)
    if arguments.checkpoint is not None and (arguments.checkpoint / "state.json").exists():
        training.load(arguments.checkpoint)
    training.run(arguments.epochs, arguments.checkpoint, arguments.stop_after)
    if arguments.write is not None:
        arguments.write.write_text(json.dumps({"digests": training.digests, "losses": training.losses}))


if __name__ == "__main__":
    main()

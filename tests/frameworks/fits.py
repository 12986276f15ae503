"""What a Keras model sees: run as ``fits.py RESULT.json`` with KERAS_BACKEND set; each scene's digests go to the file.

Each scene fits, evaluates or predicts with a model that takes down the digest of every batch its steps are given.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import scene

import samebatch as sb
import samebatch.keras

FIT = {"shuffle": False, "verbose": 0}


class Watched(keras.Sequential):
    """A model that takes down what each of its steps is given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = {"train": [], "test": [], "predict": []}
        self.bfloat16 = False

    def take_down(self, kind: str, batch: Any) -> None:
        x, y, weights = keras.utils.unpack_x_y_sample_weight(batch)
        x = keras.ops.convert_to_numpy(x)
        arrays = [None if part is None else keras.ops.convert_to_numpy(part) for part in (y, weights)]
        self.seen[kind].append(sb.digest(x, *arrays))

    def train_step(self, *args: Any) -> Any:
        self.take_down("train", args[-1])
        return super().train_step(*args)

    def test_step(self, *args: Any) -> Any:
        self.take_down("test", args[-1])
        return super().test_step(*args)

    def predict_step(self, *args: Any) -> Any:
        self.take_down("predict", args[-1])
        return super().predict_step(*args)


def model() -> Watched:
    made = Watched([keras.layers.Flatten(), keras.layers.Dense(5)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile("sgd", loss, metrics=["accuracy"], run_eagerly=True)
    return made


def fitted(sequence: Any, *, built: bool = False, **kwargs: Any) -> Watched:
    made = model()
    if built:
        made.build((None, scene.HEIGHT, scene.WIDTH, 3))
    made.fit(sequence, **FIT | kwargs)
    return made


def sequence(**kwargs: Any) -> samebatch.keras.Sequence:
    return samebatch.keras.Sequence(scene.batches(), **kwargs)


def validation() -> samebatch.keras.Sequence:
    return samebatch.keras.Sequence(scene.batches().evaluation())


def message(call: Any) -> str:
    try:
        call()
    except Exception as error:  # noqa: BLE001 (the test looks at it)
        return f"{type(error).__name__}: {error}"
    return "nothing was raised"


class StopAt(keras.callbacks.Callback):
    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        if batch == self.step:
            self.model.stop_training = True


class Scenes:
    """Each method is a scene; what it returns is written down under its name."""

    def plain(self) -> Any:
        return fitted(sequence(), epochs=3, validation_data=validation()).seen

    def threads(self) -> Any:
        return fitted(sequence(workers=3), epochs=3, validation_data=validation()).seen

    def processes(self) -> Any:
        return fitted(sequence(workers=2, use_multiprocessing=True), epochs=3).seen

    def nothing_ahead(self) -> Any:
        return fitted(sequence(workers=0), epochs=2).seen

    def later(self) -> Any:
        return fitted(sequence(), initial_epoch=2, epochs=4).seen

    def resumed(self) -> Any:
        with tempfile.TemporaryDirectory() as directory:
            for epochs in (2, 4):
                backup = keras.callbacks.BackupAndRestore(directory, delete_checkpoint=False)
                made = fitted(sequence(), built=True, epochs=epochs, callbacks=[backup])
        return made.seen

    def told(self) -> Any:
        data = sequence(initial_epoch=5)
        first = fitted(data, epochs=2).seen["train"]
        data.set_epoch(9)
        return [first, fitted(data, epochs=2).seen["train"], fitted(data, epochs=1).seen["train"]]

    def told_the_same_twice(self) -> Any:
        return fitted(sequence(initial_epoch=2), initial_epoch=2, epochs=4).seen

    def told_by_callback(self) -> Any:
        data = sequence()
        tell = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: data.set_epoch(2 * epoch))  # noqa: ARG005
        return fitted(data, epochs=3, callbacks=[tell]).seen

    def states(self) -> Any:
        """Return (callback, epoch, step) of the states that callbacks saw, and of the one after fit."""
        data, told = sequence(), []

        def tell(name: str) -> Any:
            def take(*_: Any, **__: Any) -> None:
                state = data.state_dict()
                told.append([name, state["epoch"], state["step"]])

            return take

        names = ("on_train_batch_begin", "on_train_batch_end", "on_epoch_end", "on_train_end")
        callback = keras.callbacks.LambdaCallback(**{name: tell(name) for name in names})
        fitted(data, initial_epoch=2, epochs=4, callbacks=[callback], validation_data=validation())
        tell("after")()
        return told

    def taken_up(self) -> Any:
        """Stop within an epoch, and go on with another model, as another process would."""
        data, seen = sequence(), []
        for state, stop in ((None, 2), ((0, 3), 9), ((1, 4), 0), ((3, 0), 0)):
            if state is not None:
                data = sequence()
                data.load_state_dict(scene.batches().state(*state))
            made = model()
            lengths = []
            for epoch in range(data.epoch, 3 if state != (3, 0) else 5):
                lengths.append(len(data))
                made.fit(data, **FIT, initial_epoch=epoch, epochs=epoch + 1, callbacks=[StopAt(stop)] if stop else [])
                if stop == 2:
                    break
            seen.append([made.seen["train"], lengths])
        return seen

    def taken_up_and_counted_by_keras(self) -> Any:
        data = sequence()
        data.load_state_dict(scene.batches().state(1, 4))
        made = model()
        for _ in range(3):
            made.fit(data, **FIT, epochs=1)
        state = data.state_dict()
        return [made.seen["train"], state["epoch"], state["step"]]

    def refused_states(self) -> Any:
        data = sequence()
        data.load_state_dict(scene.batches().state(1, 4))
        told = [
            message(lambda: fitted(data, initial_epoch=1, epochs=3)),
            message(lambda: model().evaluate(data, verbose=0)),
            message(lambda: data.load_state_dict(scene.batches(seed=8).state(1, 4))),
        ]
        stopped = sequence()
        fitted(stopped, epochs=2, callbacks=[StopAt(1)])
        told.append(message(stopped.state_dict))
        early = sequence()
        begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: early.state_dict())  # noqa: ARG005
        told.append(message(lambda: fitted(early, epochs=1, callbacks=[begin])))
        return told

    def contradiction(self) -> Any:
        return message(lambda: fitted(sequence(initial_epoch=3), initial_epoch=2, epochs=4))

    def no_batches(self) -> Any:
        return message(lambda: samebatch.keras.Sequence(scene.source()))

    def steps_per_epoch(self) -> Any:
        return message(lambda: fitted(sequence(), epochs=2, steps_per_epoch=3))

    def again(self) -> Any:
        data, made = sequence(), model()
        told = []
        for arguments in ({"epochs": 2}, {"initial_epoch": 2, "epochs": 3}, {"epochs": 1}):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                made.fit(data, **FIT, **arguments)
            told.append([str(w.message) for w in caught if w.filename == __file__])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            other = fitted(data, epochs=1)
        told.append([str(w.message) for w in caught if w.filename == __file__])
        return {"seen": made.seen["train"], "other": other.seen["train"], "told": told}

    def stopped(self) -> Any:
        data = sequence()
        first = fitted(data, epochs=3, callbacks=[StopAt(1)]).seen["train"]
        return [first, fitted(data, epochs=2).seen["train"]]

    def shuffled(self) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            seen = fitted(sequence(), epochs=2, shuffle=True).seen["train"]
        return {"seen": seen, "told": [str(w.message) for w in caught if w.filename == __file__]}

    def one_step(self) -> Any:
        return fitted(samebatch.keras.Sequence(scene.batches(batch_size=64)), epochs=3).seen

    def evaluated(self) -> Any:
        data, made = sequence(), model()
        made.evaluate(data, verbose=0)
        made.fit(data, **FIT, epochs=2, validation_data=data)
        made.predict(data, verbose=0)
        data.set_epoch(4)
        made.evaluate(data, verbose=0)
        return made.seen

    def predicted_first(self) -> Any:
        data, made = sequence(workers=3), model()
        made.predict(data, verbose=0)
        return made.seen

    def weighted(self) -> Any:
        return fitted(samebatch.keras.Sequence(scene.batches(weights=True)), epochs=1).seen

    def unlabelled(self) -> Any:
        made = model()
        made.predict(samebatch.keras.Sequence(scene.batches(labels=False)), verbose=0)
        return made.seen

    def bfloat16(self) -> Any:
        return fitted(samebatch.keras.Sequence(scene.batches(dtype="bfloat16")), epochs=1).seen

    def own_loop(self) -> Any:
        data, seen = sequence(), []
        for epoch in (0, 3):
            data.set_epoch(epoch)
            seen += [sb.digest(x, y) for x, y in data]
        return seen

    def unknown_driver(self) -> Any:
        data = sequence()
        first = message(data.on_epoch_begin)
        data.set_epoch(1)
        return [first, message(data.on_epoch_begin), sb.digest(*data[2]), message(data.on_epoch_begin)]

    def traced(self) -> Any:
        """What a traced train step of TensorFlow sees, several steps an execution."""
        if keras.backend.backend() != "tensorflow":
            return None
        import tensorflow as tf  # noqa: PLC0415 (only here)

        seen: list[str] = []

        class Traced(keras.Sequential):
            def train_step(self, data: Any) -> Any:
                x, y = data
                tf.numpy_function(lambda *arrays: seen.append(sb.digest(*arrays)), [x, y], [], stateful=True)
                return super().train_step(data)

        made = Traced([keras.layers.Flatten(), keras.layers.Dense(5)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        made.compile("sgd", loss, steps_per_execution=3)
        made.fit(sequence(), **FIT, epochs=3)
        return seen


def main() -> None:
    scenes = Scenes()
    names = [name for name in vars(Scenes) if not name.startswith("_")]
    results = {}
    for name in names:
        keras.utils.set_random_seed(1)
        np.random.seed(1)  # noqa: NPY002 (the promise is not to touch it)
        results[name] = getattr(scenes, name)()
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(results, file)


if __name__ == "__main__":
    main()

"""What a Keras model sees of an ImageDataGenerator: run as ``generator_fits.py RESULT.json`` with KERAS_BACKEND set.

Scripts of users run as they are: fit shuffles by default, is told steps_per_epoch, and is called again and again.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import scene
from fits import StopAt, Watched
from generator_scene import halved, iterator

import samebatch as sb


def model() -> Watched:
    made = Watched([keras.layers.Flatten(), keras.layers.Dense(5)])
    made.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    return made


def fitted(data: Any, made: Watched | None = None, **arguments: Any) -> Watched:
    made = made or model()
    made.fit(data, verbose=0, **arguments)
    return made


class Scenes:
    """Each method is a scene; what it returns is written down under its name."""

    def plain(self) -> Any:
        return fitted(iterator(), epochs=3, validation_data=iterator(shuffle=False)).seen

    def ways(self) -> Any:
        queues = [{"workers": 3}, {"workers": 0}, {"workers": 2, "max_queue_size": 1}]
        return [fitted(iterator(**queue), epochs=2).seen["train"] for queue in queues]

    def set_afterwards(self) -> Any:
        data = iterator()
        data.workers, data.use_multiprocessing, data.max_queue_size = 4, False, 20
        return [fitted(data, epochs=2).seen["train"], data.workers, data.max_queue_size]

    def more_steps(self) -> Any:
        return fitted(iterator(), epochs=3, steps_per_epoch=8).seen["train"]

    def fewer_steps(self) -> Any:
        return fitted(iterator(), epochs=4, steps_per_epoch=4).seen["train"]

    def steps_later(self) -> Any:
        return fitted(iterator(), initial_epoch=2, epochs=4, steps_per_epoch=4).seen["train"]

    def later(self) -> Any:
        return fitted(iterator(), initial_epoch=2, epochs=4).seen["train"]

    def told(self) -> Any:
        data = iterator()
        data.set_epoch(5)
        return fitted(data, epochs=2).seen["train"]

    def validation_steps(self) -> Any:
        held_out = iterator(shuffle=False)
        arguments = {"epochs": 2, "steps_per_epoch": 3, "validation_data": held_out, "validation_steps": 2}
        return fitted(iterator(), **arguments).seen

    def one_iterator_for_both(self) -> Any:
        data = iterator()
        return fitted(data, epochs=2, steps_per_epoch=4, validation_data=data, validation_steps=2).seen

    def again(self) -> Any:
        data = iterator()
        made = fitted(data, epochs=2)
        fitted(data, made, epochs=1, steps_per_epoch=4)
        fitted(data, made, epochs=1)
        fitted(data, made, initial_epoch=1, epochs=2)
        return [made.seen["train"], fitted(data, epochs=1).seen["train"]]

    def evaluated(self) -> Any:
        made, data = model(), iterator()
        fitted(data, made, epochs=1)
        made.seen = {"train": [], "test": [], "predict": []}
        made.evaluate(data, verbose=0)
        made.evaluate(data, steps=8, verbose=0)
        made.predict(data, steps=2, verbose=0)
        return made.seen

    def predicted_in_order(self) -> Any:
        made, data = model(), iterator(shuffle=False)
        made.predict(data, verbose=0)
        return made.seen["predict"]

    def indexed_after(self) -> Any:
        data = iterator()
        fitted(data, epochs=3, steps_per_epoch=4)
        return [sb.digest(*data[step]) for step in range(len(data))]

    def stopped(self) -> Any:
        data, made = iterator(), model()
        fitted(data, made, epochs=3, callbacks=[StopAt(1)])
        return [made.seen["train"], fitted(data, epochs=1).seen["train"]]

    def weighted_classes(self) -> Any:
        return fitted(iterator(), epochs=1, class_weight={0: 1.0, 1: 2.0, 2: 1.0, 3: 1.0, 4: 0.5}).seen["train"]

    def with_a_function(self) -> Any:
        return fitted(iterator(preprocessing_function=halved, workers=3), epochs=2).seen["train"]

    def one_step(self) -> Any:
        return fitted(iterator(batch_size=64), epochs=2, steps_per_epoch=3).seen["train"]

    def by_hand(self) -> Any:
        data, seen = iterator(), []
        for _ in range(8):
            x, y = next(data)
            seen.append(sb.digest(x, y))
        return seen


def main() -> None:
    scenes, results = Scenes(), {}
    random = np.random.get_state()[1].tolist()  # noqa: NPY002 (the promise is not to touch it)
    for name in [name for name in vars(Scenes) if not name.startswith("_")]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            results[name] = getattr(scenes, name)()
        results[f"warned: {name}"] = [str(one.message) for one in caught if one.filename == __file__]
    results["global generator kept"] = np.random.get_state()[1].tolist() == random  # noqa: NPY002
    results["steps"] = scene.STEPS
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(results, file)


if __name__ == "__main__":
    main()

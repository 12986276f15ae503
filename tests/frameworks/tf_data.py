"""What tf.data gives: run as ``tf_data.py RESULT.json``; each scene's digests go to the file.

At its end iterators are still there, and batches being made: that is a scene too.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import scene
import tensorflow as tf
from fits import model
from PIL import Image

import samebatch as sb
import samebatch.tensorflow

dataset = samebatch.tensorflow.dataset
CPU = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(CPU, [tf.config.LogicalDeviceConfiguration()] * 2)
EPOCHS = 3


def digest(element: Any, **kwargs: Any) -> str:
    """Return the digest of x, (x, y), (x, y, weights) or a dict of them; bfloat16 as its bits."""
    if isinstance(element, dict):
        element = tuple(element[name] for name in ("x", "y", "weights") if name in element)
    parts = [part.numpy() for part in (element if isinstance(element, tuple) else (element,))]
    parts = [part.view(np.uint16) if part.dtype == tf.bfloat16.as_numpy_dtype else part for part in parts]
    return sb.digest(*parts, **kwargs)


def digests(data: tf.data.Dataset, **kwargs: Any) -> list[str]:
    return [digest(element, **kwargs) for element in data]


def told(data: tf.data.Dataset) -> list[Any]:
    """Return what a dataset says of itself."""
    specs = tf.nest.flatten(data.element_spec)
    return [int(data.cardinality()), [[spec.shape.as_list(), spec.dtype.name] for spec in specs]]


def raised(call: Any) -> str:
    try:
        call()
    except Exception as error:  # noqa: BLE001 (the test looks at it)
        return f"{type(error).__name__}: {error}"
    return "nothing was raised"


def bfloat16(source: Any) -> sb.Batches:
    sized = scene.pipeline(dtype="bfloat16", size=(scene.HEIGHT, scene.WIDTH))
    return sb.Batches(source, sized, batch_size=scene.BATCH_SIZE, seed=7)


def written(folder: str) -> str:
    """Write the images into the folder of a class."""
    place = Path(folder, "class")
    place.mkdir()
    for number, image in enumerate(scene.images()):
        Image.fromarray(image).save(place / f"{number:02}.png")
    return folder


def broken(folder: str, **kwargs: Any) -> sb.Batches:
    """Return batches of files, one of which is none."""
    Path(written(folder), "class", "11.png").write_bytes(b"no picture")
    sized = scene.pipeline(size=(scene.HEIGHT, scene.WIDTH))
    return sb.Batches(sb.FolderSource(folder, **kwargs), sized, batch_size=scene.BATCH_SIZE, seed=7)


class Scenes:
    """Each method is a scene; what it returns is written down under its name."""

    def calls(self) -> Any:
        return {
            str(calls): digests(dataset(scene.batches(), EPOCHS, num_parallel_calls=calls, prefetch=waiting))
            for calls, waiting in ((1, 0), (2, 2), (4, 3))
        }

    def outputs(self) -> Any:
        seen = {}
        for dtype in ("float32", "float16", "bfloat16", "uint8"):
            for layout in ("channels_last", "channels_first"):
                pipeline = sb.Pipeline([sb.RandomFlip(), sb.RandomRotation(20)], dtype=dtype, layout=layout)
                batches = sb.Batches(scene.source(weights=True), pipeline, batch_size=4, seed=7, last_batch="drop")
                data = dataset(batches, 1)
                seen[f"{dtype} {layout}"] = [told(data), digests(data, layout=layout)]
        return seen

    def labels(self) -> Any:
        columns = np.arange(scene.COUNT * 6).reshape(scene.COUNT, 2, 3)
        kinds = {
            "none": None,
            "columns": columns.astype(np.float64),
            "flags": columns[:, 0, 0] % 4 == 0,
            "complex": columns[:, 0] * 1j,
            "big-endian": columns[:, 0].astype(">i4"),
            "half": columns[:, 1].astype(np.float16),
        }
        made = {name: bfloat16(sb.ArraySource(scene.images(), labels)) for name, labels in kinds.items()}
        with tempfile.TemporaryDirectory() as folder:
            made["input"] = bfloat16(sb.FolderSource(written(folder), label_mode="input"))
            return {
                name: [told(dataset(of, 1)), digests(dataset(of, 1)), scene.digests(of, 0)] for name, of in made.items()
            }

    def with_indices(self) -> Any:
        data = dataset(scene.batches(weights=True), 2, with_indices=True)
        rows = [[int(of["epoch"]), int(of["step"]), of["indices"].numpy().tolist(), digest(of)] for of in data]
        return [sorted(data.element_spec), rows]

    def specs(self) -> Any:
        drop, whole = scene.batches(last_batch="drop"), scene.batches(batch_size=23)
        return {
            "keep": told(dataset(scene.batches(), 3)),
            "drop": told(dataset(drop, 3)),
            "whole": told(dataset(whole, 3)),
            "rank": told(dataset(drop, 3, rank=1, world_size=3)),
            "turns": told(dataset(drop, 3, replicas=2)),
            "uneven turns": told(dataset(drop, 3, replicas=3)),
            "endless": told(dataset(drop, None)),
            "endless, later": told(dataset(whole, None, start=(1, 0))),
            "started": told(dataset(drop, 3, start=(1, 2))),
            "over": told(dataset(drop, 3, start=(2, 5))),
        }

    def started(self) -> Any:
        train = scene.batches()
        return {
            "place": digests(dataset(train, 3, start=(1, 4))),
            "far": digests(dataset(train, None, start=(2**62, 5)).take(2)),
            "state": digests(dataset(train, 2, start=train.resume(train.state(1, 2)))),
            "end": digests(dataset(train, 2, start=(1, 6))),
        }

    def ranks(self) -> Any:
        """Return the rows of all ranks, put together again."""
        seen = {}
        for world, turns in ((2, 1), (3, 1), (6, 1), (1, 3), (2, 2)):
            kinds = [
                iter(dataset(scene.batches(), 1, rank=rank, world_size=world, replicas=turns)) for rank in range(world)
            ]
            seen[f"{world} {turns}"] = []
            for _ in range(scene.STEPS):
                parts = [next(kind) for kind in kinds for _ in range(turns)]
                seen[f"{world} {turns}"].append(digest(tuple(tf.concat(part, 0) for part in zip(*parts, strict=True))))
        return seen

    def kept(self) -> Any:
        """Keep tensors while others are made, and written to by TensorFlow; tell which lie where they were rendered."""
        places, render = {}, sb.Batches.batch

        def noted(*arguments: Any) -> sb.Batch:
            made = render(*arguments)
            places[made.epoch, made.step] = made.x.ctypes.data
            return made

        sb.Batches.batch = noted
        try:
            running = iter(dataset(scene.batches(), None, num_parallel_calls=4))
            kept = [next(running) for _ in range(12)]
        finally:
            sb.Batches.batch = render
        where = [x.__array__().ctypes.data for x, _ in kept]
        doubled = dataset(scene.batches(), 3).map(lambda x, y: (x * 2.0, y))
        twice = [digest((x / 2.0, y)) for x, y in doubled]
        rendered = [places[divmod(number, scene.STEPS)] for number in range(12)]
        return {"kept": digests(kept), "written": twice, "where": where, "rendered": rendered}

    def bounded(self) -> Any:
        del self
        gc.collect()
        running = iter(dataset(scene.batches(), None, num_parallel_calls=3, prefetch=2))
        most = 0
        for _ in range(20):
            element = next(running)
            time.sleep(0.02)  # time for as many as there may be
            most = max(most, sb.memory().buffers_in_use)
        del element
        return most

    def dropped(self) -> Any:
        running = iter(dataset(scene.batches(), 1))  # the dataset itself is gone
        gc.collect()
        return [digest(element) for element in running]

    def saved(self) -> Any:
        running = iter(dataset(scene.batches(), None))
        for _ in range(4):
            next(running)
        with tempfile.TemporaryDirectory() as folder:
            path = tf.train.Checkpoint(running=running).save(Path(folder, "saved"))
            afresh = iter(dataset(scene.batches(), None))
            tf.train.Checkpoint(running=afresh).restore(path)
            return [[digest(next(of)) for _ in range(5)] for of in (running, afresh)]

    def mirrored(self) -> Any:
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
        train = scene.batches()

        def of_worker(context: tf.distribute.InputContext) -> tf.data.Dataset:
            count = context.num_input_pipelines
            turns = context.num_replicas_in_sync // count
            return dataset(train, 2, rank=context.input_pipeline_id, world_size=count, replicas=turns)

        ways = (
            strategy.experimental_distribute_dataset(dataset(train, 2)),
            strategy.distribute_datasets_from_function(of_worker),
        )
        seen = []
        for way in ways:
            gc.collect()
            shares = [[strategy.experimental_local_results(part) for part in element] for element in way]
            seen.append([[x.shape[0] for x in xs] for xs, _ in shares])
            seen.append([digest(tuple(tf.concat(part, 0) for part in element)) for element in shares])
        return seen

    def options(self) -> Any:
        options = dataset(scene.batches(), 1).map(lambda x, y: (x, y)).options()
        return [options.experimental_distribute.auto_shard_policy.name, options.deterministic]

    def fitted(self) -> Any:
        """Fit through all epochs in three ways; the warnings of each are written down."""
        train = scene.batches()
        ways = {
            "endless": (dataset(train, None), {"steps_per_epoch": len(train)}),
            "counted": (dataset(train, EPOCHS), {"steps_per_epoch": len(train)}),
            "later": (dataset(train, None, start=(1, 0)), {"steps_per_epoch": len(train), "initial_epoch": 1}),
            "repeated": (dataset(train, 1), {}),
        }
        seen = {}
        for name, (data, arguments) in ways.items():
            made = model()
            with warnings.catch_warnings(record=True) as noticed:
                warnings.simplefilter("always")
                made.fit(data, epochs=EPOCHS, shuffle=False, verbose=0, **arguments)
            seen[name] = [made.seen["train"], [str(one.message) for one in noticed]]
        return seen

    def evaluated(self) -> Any:
        made, data = model(), dataset(scene.batches().evaluation(), 1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(4):
                made.evaluate(data, verbose=0)
        return made.seen["test"]

    def failed(self) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            running, seen = iter(dataset(broken(folder), 1)), []
            told = [raised(lambda: seen.append(digest(next(running)))) for _ in range(scene.STEPS)]
            return [seen, told]

    def skipped(self) -> Any:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as noticed:
            warnings.simplefilter("always")
            train = broken(folder, on_error="skip")
            seen = digests(dataset(train, 1))
            return [seen, scene.digests(train, 0), [one.category.__name__ for one in noticed]]

    def looked(self) -> Any:
        """A dataset so short that a look at its first batch makes the last; how often each pass is warned of."""
        data = dataset(scene.batches(), 1, start=(0, scene.STEPS - 2))
        counts = []
        for passes in (lambda: next(iter(data)), *4 * [lambda: list(data)]):
            with warnings.catch_warnings(record=True) as noticed:
                warnings.simplefilter("always")
                passes()
                time.sleep(0.2)  # what is made ahead
            counts.append(len(noticed))
        return counts

    def refused(self) -> Any:
        train = scene.batches()
        words = sb.ArraySource(scene.images(), ["a"] * scene.COUNT)
        wide = sb.ArraySource(scene.images(), np.arange(scene.COUNT, dtype=np.longdouble))
        calls = {
            "words": lambda: dataset(sb.Batches(words, scene.pipeline()), 1),
            "wide": lambda: dataset(sb.Batches(wide, scene.pipeline()), 1),
            "source": lambda: dataset(words, 1),
            "epochs": lambda: dataset(train, 0),
            "rank": lambda: dataset(train, 1, rank=2, world_size=2),
            "start": lambda: dataset(train, 2, start=(2, 1)),
            "replicas": lambda: dataset(train, 1, replicas=0),
            "num_parallel_calls": lambda: dataset(train, 1, num_parallel_calls=-1),
            "prefetch": lambda: dataset(train, 1, prefetch=1.5),
            "with_indices": lambda: dataset(train, 1, with_indices=1),
        }
        return {name: raised(call) for name, call in calls.items()}


def main() -> None:
    scenes = Scenes()
    results = {name: getattr(scenes, name)() for name in vars(Scenes) if not name.startswith("_")}
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(results, file)


def left() -> list[Any]:
    """Return iterators that make large batches, for the end of Python to meet."""
    source = sb.ArraySource(np.zeros((64, 256, 256, 3), np.uint8), np.zeros(64))
    train = sb.Batches(source, scene.pipeline(), batch_size=32, threads=1)
    running = [iter(dataset(train, None, num_parallel_calls=4)) for _ in range(3)]
    for one in running:
        next(one)
    return running


if __name__ == "__main__":
    main()
    at_the_end = left()

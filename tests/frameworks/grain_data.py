"""What Grain gives: run as ``grain_data.py RESULT.json``; each scene's digests go to the file."""

from __future__ import annotations

import json
import pickle
import sys
from typing import TYPE_CHECKING, Any

import grain
import numpy as np
import scene
from absl import flags

import samebatch as sb
import samebatch.grain

if TYPE_CHECKING:
    from collections.abc import Iterable

source = samebatch.grain.source
EPOCHS = 3
READ = grain.ReadOptions(num_threads=2, prefetch_buffer_size=4)


def digest(record: Any) -> str:
    """Return the digest of x, (x, y) or (x, y, weights); bfloat16 as its bits."""
    parts = record if isinstance(record, tuple) else (record,)
    return sb.digest(*(part.view(np.uint16) if part.dtype.name == "bfloat16" else part for part in parts))


def digests(records: Iterable[Any]) -> list[str]:
    return [digest(record) for record in records]


def loader(records: samebatch.grain.BatchSource, workers: int) -> grain.DataLoader:
    sampler = grain.samplers.SequentialSampler(len(records), grain.sharding.NoSharding())
    return grain.DataLoader(data_source=records, sampler=sampler, worker_count=workers, read_options=READ)


def raised(call: Any) -> str:
    try:
        call()
    except Exception as error:  # noqa: BLE001 (the test looks at it)
        return f"{type(error).__name__}: {error}"
    return "nothing was raised"


class Scenes:
    """Each method is a scene; what it returns is written down under its name."""

    def records(self) -> Any:
        made = source(scene.batches(), EPOCHS)
        backwards = [digest(made[np.int64(number)]) for number in reversed(range(len(made)))]
        return [len(made), backwards[::-1], isinstance(made, grain.sources.RandomAccessDataSource)]

    def map_dataset(self) -> Any:
        data = grain.MapDataset.source(source(scene.batches(), EPOCHS))
        return [digests(data[number] for number in range(len(data))), digests(data.to_iter_dataset(READ))]

    def processes(self) -> Any:
        data = grain.MapDataset.source(source(scene.batches(dtype="bfloat16", weights=True), EPOCHS))
        options = grain.MultiprocessingOptions(num_workers=1, per_worker_buffer_size=2)
        return digests(data.to_iter_dataset(READ).mp_prefetch(options))

    def workers(self) -> Any:
        made = source(scene.batches(), EPOCHS)
        return {str(count): digests(loader(made, count)) for count in (0, 2)}

    def resumed(self) -> Any:
        data = grain.MapDataset.source(source(scene.batches(), EPOCHS)).to_iter_dataset(READ)
        running, afresh = iter(data), iter(data)
        for _ in range(7):
            next(running)
        afresh.set_state(running.get_state())
        return [digests(running), digests(afresh)]

    def checkpoints(self) -> Any:
        """Return what Grain says to a state of the same source, made anew, and of others."""
        begun = iter(loader(source(scene.batches(), EPOCHS), 0))
        next(begun)
        state = begun.get_state()
        brighter = sb.Batches(scene.source(), sb.Pipeline(), batch_size=scene.BATCH_SIZE, seed=7)
        others = {
            "same": source(scene.batches(), EPOCHS),
            "seed": source(scene.batches(seed=8), EPOCHS),
            "pipeline": source(brighter, EPOCHS),
            "data": source(scene.batches(labels=False), EPOCHS),
            "rank": source(scene.batches(), EPOCHS, rank=0, world_size=2),
        }
        return {name: raised(lambda of=of: iter(loader(of, 0)).set_state(state)) for name, of in others.items()}

    def ranks(self) -> Any:
        shares = [source(scene.batches(), 1, rank=rank, world_size=3) for rank in range(3)]
        steps = zip(*([share[step] for step in range(scene.STEPS)] for share in shares), strict=True)
        return [digest(tuple(np.concatenate(part) for part in zip(*parts, strict=True))) for parts in steps]

    def with_indices(self) -> Any:
        made = pickle.loads(pickle.dumps(source(scene.batches(weights=True), 2, with_indices=True)))  # noqa: S301
        rows = []
        for record in map(made.__getitem__, range(len(made))):
            x, y, weights = (record.pop(name) for name in ("x", "y", "weights"))
            rows.append([digest((x, y, weights)), {name: np.asarray(value).tolist() for name, value in record.items()}])
        return rows

    def unlabelled(self) -> Any:
        return digests(map(source(scene.batches(labels=False)).__getitem__, range(scene.STEPS)))

    def refused(self) -> Any:
        train, made = scene.batches(), source(scene.batches(), 2)
        words = sb.Batches(sb.ArraySource(scene.images(), ["a"] * scene.COUNT), scene.pipeline())
        calls = {
            "words": lambda: source(words),
            "source": lambda: source(words.source),
            "endless": lambda: source(train, None),
            "epochs": lambda: source(train, 0),
            "rank": lambda: source(train, 1, rank=2, world_size=2),
            "with_indices": lambda: source(train, 1, with_indices=1),
            "behind": lambda: made[12],
            "negative": lambda: made[-1],
            "fraction": lambda: made[0.5],
        }
        return {name: raised(call) for name, call in calls.items()}


def main() -> None:
    flags.FLAGS.mark_as_parsed()  # which Grain's worker processes ask for, and absl.app.run would do
    scenes = Scenes()
    results = {name: getattr(scenes, name)() for name in vars(Scenes) if not name.startswith("_")}
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(results, file)


if __name__ == "__main__":
    main()

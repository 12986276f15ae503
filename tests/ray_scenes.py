"""Scenes in a cluster of Ray: run as ``ray_scenes.py NODES CPUS FOLDER SCENE ...`` by test_ray.py; prints JSON."""

import json
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import ray
import ray.data

import samebatch as sb
import samebatch.ray
from ray_cluster import EPOCHS, KINDS, PIPELINE, STORE, arrays, cluster, entry, filled, images, photos, seen, wanted
from samebatch.ray.datasource import LAST_ROWS, MOST_TASKS, TASK_BYTES, Cluster, Keys

LONG = 20
"""Epochs of a run whose batches do not fit into the nodes' memory at the same time."""


def compare(train, concurrencies, torch=False):
    """Whether a dataset gives what one process makes."""
    want = wanted(train)
    return all(
        seen(samebatch.ray.dataset(train, EPOCHS, concurrency=concurrency), torch) == want
        for concurrency in concurrencies
    )


def tasks(folder, nodes):
    """Which batches each task makes: all of them once, in order, as many as a task may, and few at the end."""
    del folder, nodes
    result = {}
    for count, workers, most in ((0, 2, 9), (1, 2, 9), (140, 2, 13), (1000, 64, 4), (10**6, 3, 5)):
        made = Keys(first=7, count=count, image_bytes=1, batch_size=1, smallest=1).tasks(workers, most)
        sizes = [len(numbers) for numbers in made]
        enough = max(most, -(-count // MOST_TASKS))
        result[f"{count} batches"] = {
            "each once": [number for numbers in made for number in numbers] == list(range(7, 7 + count)),
            "not too large": max(sizes, default=0) <= enough,
            "not too many": len(made) <= MOST_TASKS,
            "large at first": count < 100 or sizes[0] == enough,
            "small at last": count > 1000 or max(sizes[-2 * workers :], default=0) <= LAST_ROWS,
        }
    result["room"] = {
        "as much as may be made again": Cluster(workers=2, store=1e12).task_bytes() == TASK_BYTES,
        "its share of the store": Cluster(workers=4, store=8e8).task_bytes() == 10**8,
        "counted": Cluster.found(None, 0.5).workers == 2 * Cluster.found(None, 1).workers,
        "bounded": Cluster.found(1, 0.5).workers == 1,
    }
    return result


def kinds(folder, nodes):
    """All kinds of data, starts, rows as they come, and as Ray gives them."""
    del nodes
    result = {}
    for name, kind in KINDS.items():
        result[name] = compare(kind(folder), (1, 4) if name == "arrays" else (4,), torch=name == "strided")
    train = arrays(folder)
    stored = samebatch.ray.put(train)
    data = samebatch.ray.dataset(stored, EPOCHS, start=(1, 2), rank=9, world_size=20, num_cpus=2)
    result["a rank with empty batches"] = seen(data) == wanted(train.shard(9, 20), len(train) + 2)
    data = samebatch.ray.dataset(stored, EPOCHS, ordered=False, concurrency=4)
    result["in any order"] = sorted(seen(data)) == wanted(train)
    sources = [ray.get(samebatch.ray.put(KINDS[name](folder))).source for name in ("arrays", "mapped", "strided")]
    result["read where they lie"] = not any(source.images.flags.writeable for source in sources)  # else: a copy
    result["counted"] = data.count() == EPOCHS * len(train)
    result["nothing left"] = seen(samebatch.ray.dataset(stored, EPOCHS, start=(EPOCHS, 0))) == []
    result["the last ones"] = seen(samebatch.ray.dataset(stored, EPOCHS, start=(2, 4))) == wanted(train, 16)
    rows = samebatch.ray.dataset(stored, EPOCHS).iter_torch_batches(batch_size=1)
    result["as Ray gives them"] = [sb.digest(row["x"][0], row["y"][0], row["weights"][0]) for row in rows] == [
        row[2] for row in wanted(train)
    ]
    return result


def ranks(folder, nodes):
    """With one worker and with four, and three ranks from one put."""
    del nodes
    train = arrays(folder)
    result = {"arrays": compare(train, (1, 4)), "photos": compare(photos(folder), (4,))}
    stored = samebatch.ray.put(train)
    for rank in range(3):
        data = samebatch.ray.dataset(stored, EPOCHS, rank=rank, world_size=3)
        result[f"rank {rank} of 3"] = seen(data) == wanted(train.shard(rank, 3))
    return result


def trained(folder, nodes):
    """Ray Train: two workers, and from the midst on three, which make their own datasets; what each was given."""
    from ray.train import RunConfig, ScalingConfig  # noqa: PLC0415 (it needs more packages than Ray Data)
    from ray.train.torch import TorchTrainer  # noqa: PLC0415 (as above)

    def loop(config):
        rank = ray.train.get_context().get_world_rank()
        data = ray.train.get_dataset_shard("train")
        if config["own"]:
            count = ray.train.get_context().get_world_size()
            start = config["start"]
            data = samebatch.ray.dataset(config["stored"], EPOCHS, start=start, rank=rank, world_size=count)
        told = json.dumps(seen(data, torch=True))
        Path(config["place"], str(rank)).write_text(told, encoding="utf-8")

    del nodes
    result = {}
    train = arrays(folder)
    stored = samebatch.ray.put(train)
    for world_size, start in ((2, (0, 0)), (3, (1, 2))):
        place = Path(folder, str(world_size))
        place.mkdir()
        TorchTrainer(
            loop,
            train_loop_config={"place": str(place), "own": world_size == 3, "start": start, "stored": stored},
            scaling_config=ScalingConfig(num_workers=world_size),
            run_config=RunConfig(storage_path=folder),
            datasets={"train": samebatch.ray.dataset(train, EPOCHS, start=start)},
            dataset_config=samebatch.ray.DataConfig(),
        ).fit()
        for rank in range(world_size):
            given = json.loads((place / str(rank)).read_text(encoding="utf-8"))
            first = start[0] * len(train) + start[1]
            result[f"rank {rank} of {world_size}"] = given == wanted(train.shard(rank, world_size), first)
    try:
        samebatch.ray.DataConfig().configure({"other": ray.data.range(3)}, 2)
    except sb.SpecError as error:
        result["refused"] = "dataset 'other' is not one that samebatch.ray.dataset returned" in str(error)
    return result


def killed(folder, nodes):
    """A node dies in the midst, again and again; what comes before and after, with the restarts, is the run."""
    random = np.random.default_rng(11)
    train = arrays(folder, threads=1)
    run = wanted(train, epochs=LONG)
    told = []
    for _ in range(int(os.environ["SAMEBATCH_KILLS"])):
        at, wait = int(random.integers(1, len(run) - 1)), float(random.uniform(0, 0.2))
        rows, errors, begun = [], [], False
        while len(rows) < len(run):
            start = divmod(len(rows), len(train))
            data = samebatch.ray.dataset(train, LONG, start=start)
            try:
                for row in samebatch.ray.iter_batches(data):
                    rows.append(entry(row))
                    if len(rows) == at and not begun:
                        begun = True
                        time.sleep(wait)
                        victims = sorted(nodes.worker_nodes, key=lambda node: node.node_id)
                        nodes.remove_node(victims[int(random.integers(len(victims)))], allow_graceful=False)
                        nodes.add_node(num_cpus=2, object_store_memory=STORE)
            except ray.exceptions.RayError as error:
                errors.append(f"{type(error).__name__}: {error}")
                if len(errors) > 3:
                    raise
        told.append({"at": at, "same": rows == run, "errors": errors})
    return told


def refused(folder, nodes):
    """What goes wrong, and how it is told."""
    del nodes
    filled(folder)
    Path(folder, "photos", "a", "broken.png").write_bytes(b"\x89PNG")
    told = {}

    def attempt(name, act):
        try:
            act()
        except Exception as error:  # noqa: BLE001 (all of it is told)
            told[name] = [[kind.__name__ for kind in type(error).__mro__], str(error)]

    train = arrays(folder)
    source = sb.FolderSource("photos")
    broken = sb.Batches(source, PIPELINE, batch_size=44, shuffle=False)
    dataset = samebatch.ray.dataset
    attempt("broken file", lambda: seen(dataset(broken, 1)))
    attempt("no batches", lambda: dataset(7, 1))
    attempt("other object", lambda: dataset(ray.put(7), 1))
    attempt("epochs", lambda: dataset(train, 0))
    attempt("endless", lambda: dataset(train, None))
    attempt("start", lambda: dataset(train, 2, start=(3, 0)))
    attempt("rank", lambda: dataset(train, 2, rank=3, world_size=3))
    attempt("concurrency", lambda: dataset(train, 2, concurrency=0))
    attempt("num_cpus", lambda: dataset(train, 2, num_cpus=0))
    attempt("ordered", lambda: dataset(train, 2, ordered=1))
    attempt("put", lambda: samebatch.ray.put([1]))
    attempt("prefetch", lambda: samebatch.ray.iter_batches(dataset(train, 1), prefetch=-1))
    attempt("no dataset", lambda: samebatch.ray.iter_batches(train))
    attempt("other rows", lambda: seen(ray.data.range(3)))
    names = sb.ArraySource(images(), [f"{i}" for i in range(43)])
    attempt("names", lambda: dataset(sb.Batches(names, PIPELINE), 1))
    numbers = sb.ArraySource(images(), np.zeros(43, np.complex64))
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always")
        dataset(train, 1, num_cpus=64)
        dataset(train, 1, num_cpus=5)
    told["large workers"] = [["UserWarning"], " | ".join(str(one.message) for one in noticed)]
    attempt("complex", lambda: dataset(sb.Batches(numbers, PIPELINE), 1))
    rows = list(samebatch.ray.iter_batches(dataset(train, 1)))
    attempt("written", lambda: rows[0]["x"].fill(0))
    return told


def main():
    count, cpus, folder, *scenes = sys.argv[1:]
    result = {}
    with cluster(int(count), int(cpus)) as nodes:
        for name in scenes:
            place = Path(folder, name)
            place.mkdir()
            os.chdir(place)
            result[name] = globals()[name](str(place), nodes)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()

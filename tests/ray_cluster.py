"""Ray clusters of several nodes on this machine, run as ``ray_cluster.py SCENE FOLDER [ARGUMENTS]`` by test_ray.py.

Each scene prints one line of JSON. They have a process of their own: Ray leaves threads, sockets and warnings behind.
"""

import contextlib
import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import ray
import ray.data
from PIL import Image
from ray.cluster_utils import Cluster

import samebatch as sb
import samebatch.ray

STORE = 90_000_000
FAST = {"health_check_initial_delay_ms": 500, "health_check_period_ms": 200, "health_check_failure_threshold": 5}
EPOCHS = 3
LONG = 20
"""Epochs of a run whose batches do not fit into the nodes' memory at the same time."""

PIPELINE = sb.Pipeline(
    [sb.RandomFlip(), sb.RandomRotation(20), sb.RandomZoom(0.8, 1.2), sb.Rescale(1 / 255)], size=(160, 160)
)


@contextlib.contextmanager
def cluster(nodes, cpus=1):
    """A cluster whose head has the driver, and ``nodes`` others, which make the batches."""
    with tempfile.TemporaryDirectory(prefix="sb", ignore_cleanup_errors=True) as place:  # names of sockets have an end
        os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_TMPDIR=place)
        head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False, "_system_config": FAST}
        made = Cluster(initialize_head=True, head_node_args=head)
        try:
            for _ in range(nodes):
                made.add_node(num_cpus=cpus, object_store_memory=STORE)
            ray.init(address=made.address, logging_level="error", log_to_driver=False)
            ray.data.DataContext.get_current().enable_progress_bars = False
            logging.getLogger("ray.data").setLevel(logging.ERROR)
            yield made
        finally:
            ray.shutdown()
            made.shutdown()


def images(count=43):
    made = np.random.default_rng(1).integers(0, 256, (count, 30, 40, 3), dtype=np.uint8)
    made[:, :15] //= 2
    return made


def arrays(folder, **kwargs):
    del folder
    source = sb.ArraySource(images(), np.arange(43) % 4, np.linspace(0, 1, 43, dtype=np.float32))
    return sb.Batches(source, PIPELINE, **{"batch_size": 8, "seed": 7, **kwargs})


def mapped(folder):
    path = Path(folder, "images.npy")
    np.save(path, images())
    source = sb.ArraySource(np.load(path, mmap_mode="r"), np.eye(4, dtype=np.float32)[np.arange(43) % 4])
    return sb.Batches(source, PIPELINE, batch_size=8, seed=7)


def strided(folder):
    del folder
    source = sb.ArraySource(images(86)[::2, ::-1], np.arange(43) % 2 == 0)
    return sb.Batches(source, sb.Pipeline([sb.RandomFlip()], dtype="bfloat16"), batch_size=8, seed=7)


def filled(folder):
    for number, picture in enumerate(images()):
        path = Path(folder, "photos", "ab"[number % 2], f"{number}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            Image.fromarray(picture).save(path)


def photos(folder):
    """Of a relative path, which counts from the driver's folder."""
    filled(folder)
    return sb.Batches(sb.FolderSource("photos", label_mode="input"), PIPELINE, batch_size=8, seed=7)


def table(folder):
    filled(folder)
    rows = {"path": [f"{'ab'[i % 2]}/{i}.png" for i in range(43)], "label": [i % 3 for i in range(43)]}
    return sb.Batches(
        sb.TableSource(rows, label="label", root="photos", cache="memory"), PIPELINE, batch_size=8, seed=7
    )


KINDS = {"arrays": arrays, "mapped": mapped, "strided": strided, "photos": photos, "table": table}


def seen(data, torch=False):
    """What a dataset gives, one entry a row: key, digest, indices."""
    rows = samebatch.ray.iter_torch_batches(data) if torch else samebatch.ray.iter_batches(data)
    return [entry(row) for row in rows]


def entry(row):
    digest = sb.digest(row["x"], row.get("y"), row.get("weights"))
    return [row["epoch"], row["step"], digest, row["indices"].tolist()]


def wanted(train, start=0, epochs=EPOCHS):
    """What one process makes, without Ray."""
    places = [divmod(number, len(train)) for number in range(start, epochs * len(train))]
    return [[*place, train.batch(*place).digest(), train.indices(*place).tolist()] for place in places]


def compare(train, concurrencies, torch=False):
    """Whether a dataset gives what one process makes."""
    want = wanted(train)
    return all(
        seen(samebatch.ray.dataset(train, EPOCHS, concurrency=concurrency), torch) == want
        for concurrency in concurrencies
    )


def one_node(folder):
    """All kinds of data, ranks, starts, and rows as they come."""
    result = {}
    with cluster(1, cpus=4):
        for name, kind in KINDS.items():
            result[name] = compare(kind(folder), (1, 4) if name == "arrays" else (4,), torch=name == "strided")
        train = arrays(folder)
        stored = samebatch.ray.put(train)
        data = samebatch.ray.dataset(stored, EPOCHS, start=(1, 2), rank=9, world_size=20, num_cpus=2)
        result["a rank with empty batches"] = seen(data) == wanted(train.shard(9, 20), len(train) + 2)
        data = samebatch.ray.dataset(stored, EPOCHS, ordered=False, concurrency=4)
        result["in any order"] = sorted(seen(data)) == wanted(train)
        result["counted"] = data.count() == EPOCHS * len(train)
        result["nothing left"] = seen(samebatch.ray.dataset(stored, EPOCHS, start=(EPOCHS, 0))) == []
        result["the last ones"] = seen(samebatch.ray.dataset(stored, EPOCHS, start=(2, 4))) == wanted(train, 16)
        rows = samebatch.ray.dataset(stored, EPOCHS).iter_torch_batches(batch_size=1)
        result["as Ray gives them"] = [sb.digest(row["x"][0], row["y"][0], row["weights"][0]) for row in rows] == [
            row[2] for row in wanted(train)
        ]
    return result


def three_nodes(folder):
    """Ranks as well: each from a put of its own, and all from one."""
    with cluster(3, cpus=2):
        train = arrays(folder)
        result = {"arrays": compare(train, (1, 4)), "photos": compare(photos(folder), (4,))}
        stored = samebatch.ray.put(train)
        for rank in range(3):
            data = samebatch.ray.dataset(stored, EPOCHS, rank=rank, world_size=3)
            result[f"rank {rank} of 3"] = seen(data) == wanted(train.shard(rank, 3))
    return result


def trained(folder):
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

    result = {}
    train = arrays(folder)
    with cluster(1, cpus=5):
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


def killed(folder, moments, seed):
    """A node dies in the midst, again and again; what comes before and after, with the restarts, is the run."""
    random = np.random.default_rng(int(seed))
    train = arrays(folder, threads=1)
    run = wanted(train, epochs=LONG)
    told = []
    with cluster(2) as nodes:
        for _ in range(int(moments)):
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
                            nodes.add_node(num_cpus=1, object_store_memory=STORE)
                except ray.exceptions.RayError as error:
                    errors.append(f"{type(error).__name__}: {error}")
                    if len(errors) > 3:
                        raise
            told.append({"at": at, "same": rows == run, "errors": errors})
    return told


def refused(folder):
    """What goes wrong, and how it is told."""
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
    with cluster(1):
        attempt_all(attempt, train, broken)
    return told


def attempt_all(attempt, train, broken):
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
    attempt("complex", lambda: dataset(sb.Batches(numbers, PIPELINE), 1))
    rows = list(samebatch.ray.iter_batches(dataset(train, 1)))
    attempt("written", lambda: rows[0]["x"].fill(0))


if __name__ == "__main__":
    name, place, *rest = sys.argv[1:]
    sys.stdout.write(json.dumps(globals()[name](place, *rest)) + "\n")

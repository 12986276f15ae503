"""Clusters of Ray with several nodes on this machine, and what goes through them; for processes of their own.

Ray leaves threads, sockets and warnings behind, so no test starts it in its own process.
"""

import contextlib
import io
import logging
import os
import tarfile
import tempfile
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


def shards(folder):
    filled(folder)
    for shard in range(2):
        with tarfile.open(Path(folder, f"train-{shard}.tar"), "w") as archive:
            for number in range(shard, 43, 2):
                archive.add(Path(folder, "photos", "ab"[number % 2], f"{number}.png"), f"{number:02}.png")
                member = tarfile.TarInfo(f"{number:02}.cls")
                member.size = 1
                archive.addfile(member, io.BytesIO(str(number % 5).encode()))
    return sb.Batches(sb.ShardSource("train-{0..1}.tar"), PIPELINE, batch_size=8, seed=7)


def far(folder):
    """By URL, as if from an object store."""
    filled(folder)
    urls = [f"file://{path}" for path in sorted(Path(folder, "photos").resolve().rglob("*.png"))]
    return sb.Batches(sb.FileSource(urls, np.arange(43)), PIPELINE, batch_size=8, seed=7)


KINDS = {kind.__name__: kind for kind in (arrays, mapped, strided, photos, table, shards, far)}


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

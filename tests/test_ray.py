"""Batches from real Ray: clusters of one node and of three, of which one is killed in the midst.

``SAMEBATCH_KILLS=20`` kills so many nodes instead of a few.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MANY = 20
KILLS = int(os.environ.get("SAMEBATCH_KILLS") or 3)

MISSING = [name for name in ("ray", "pandas", "pyarrow", "torch") if find_spec(name) is None]
TRAINS = find_spec("pydantic") is not None

pytestmark = [
    pytest.mark.timeout(max(300, 60 * KILLS)),
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} is not installed"),
]
with_training = pytest.mark.skipif(not TRAINS, reason="pydantic is not installed, and Ray Train needs it")


def scenes(folder, nodes, cpus, *names):
    """Run scenes of ray_scenes.py in a cluster; what each tells."""
    command = [sys.executable, HERE / "ray_scenes.py", nodes, cpus, folder, *names]
    environment = os.environ | {"SAMEBATCH_KILLS": str(KILLS)}
    done = subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def one_node(tmp_path_factory):
    training = ["trained"] if TRAINS else []
    return scenes(tmp_path_factory.mktemp("one"), 1, 5, "tasks", "kinds", "refused", *training)


@pytest.fixture(scope="module")
def three_nodes(tmp_path_factory):
    return scenes(tmp_path_factory.mktemp("three"), 3, 2, "ranks", "killed")


def test_every_row_of_one_node_is_the_batch_of_one_process(one_node):
    told = one_node["kinds"]
    assert len(told) == 14
    assert [what for what, same in told.items() if not same] == []


def test_every_row_of_three_nodes_is_the_batch_of_one_process(three_nodes):
    told = three_nodes["ranks"]
    assert len(told) == 5
    assert [what for what, same in told.items() if not same] == []


def test_tasks_make_every_batch_once(one_node):
    told = one_node["tasks"]
    assert len(told) == 6
    assert [(what, name) for what, marks in told.items() for name, right in marks.items() if not right] == []


@with_training
def test_ray_train_gives_each_worker_its_rows(one_node):
    told = one_node["trained"]
    assert len(told) == 6
    assert [what for what, same in told.items() if not same] == []


def test_nothing_is_lost_and_nothing_doubled_when_nodes_are_killed(three_nodes):
    told = three_nodes["killed"]
    assert len(told) == KILLS
    for moment in told:
        assert moment["same"], moment
        assert all("node" in error or "lost" in error for error in moment["errors"]), moment


REFUSALS = {
    "broken file": ("DecodeError", "broken.png"),
    "no batches": ("SpecError", "batches must be a samebatch.Batches"),
    "other object": ("SpecError", "what samebatch.ray.put made of them"),
    "epochs": ("SpecError", "epochs"),
    "endless": ("SpecError", "a dataset of Ray's ends"),
    "start": ("SpecError", "start is (3, 0), and a run of 2 epochs has ended by then"),
    "rank": ("SpecError", "rank"),
    "concurrency": ("SpecError", "concurrency (None: as Ray decides) must be a whole number from 1"),
    "num_cpus": ("SpecError", "num_cpus must be more than 0"),
    "ordered": ("SpecError", "ordered must be True or False"),
    "put": ("SpecError", "batches must be a samebatch.Batches"),
    "prefetch": ("SpecError", "prefetch must be a whole number from 0"),
    "no dataset": ("TypeError", "data must be a ray.data.Dataset"),
    "other rows": ("SpecError", "a row has no 'x', but id"),
    "names": ("SpecError", "number the classes"),
    "complex": ("SpecError", "labels have dtype complex64"),
    "large workers": ("UserWarning", "num_cpus is 64, and no node of the cluster has more than 5 CPUs"),
    "written": ("ValueError", "read-only"),
}


def test_errors_say_what_is_wrong(one_node):
    told = one_node["refused"]
    assert told.keys() == REFUSALS.keys()
    for name, (kind, words) in REFUSALS.items():
        kinds, text = told[name]
        assert kind in kinds, name
        assert words in text, name
    assert told["large workers"][1].count("no node") == 1


def example(name, *arguments, cwd):
    command = [sys.executable, HERE.parent / "examples" / name, *map(str, arguments)]
    with tempfile.TemporaryDirectory(prefix="sb", ignore_cleanup_errors=True) as place:
        environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": place}
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_of_batches_runs(tmp_path):
    told = example("ray_batches.py", "--count", 40, cwd=tmp_path)
    assert "80 images, every batch as from batches.batch" in told


@pytest.fixture
def checkpoint(tmp_path):
    """What an epoch of the training example leaves."""
    told = example("ray_train.py", "--count", 48, "--epochs", 1, "--storage", "runs", cwd=tmp_path)
    assert "epoch 0: loss" in told
    (weights,) = tmp_path.glob("runs/*/checkpoint_*/weights.pt")
    return weights.parent


@with_training
def test_the_example_of_training_runs(checkpoint):
    state = json.loads((checkpoint / "run.json").read_text(encoding="utf-8"))
    assert (state["epoch"], state["step"]) == (1, 0)


@with_training
@pytest.mark.skipif(KILLS < MANY, reason=f"it takes long: SAMEBATCH_KILLS={MANY} runs it")
def test_the_example_of_training_goes_on_with_more_workers(checkpoint, tmp_path):
    told = example("ray_train.py", "--count", 48, "--epochs", 2, "--workers", 3, "--resume", checkpoint, cwd=tmp_path)
    assert "epoch 1: loss" in told

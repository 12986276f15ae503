"""Grain: the batches of a data source, in threads and in worker processes, and what a checkpoint holds.

One process runs all scenes of frameworks/grain_data.py; the tests look at what it wrote down, and compare with batches
made here.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "frameworks"
sys.path.insert(0, str(HERE))

import scene  # noqa: E402 (it lies there)

from backends import seen_by  # noqa: E402

pytestmark = [pytest.mark.timeout(240)]
if find_spec("grain") is None:
    pytest.skip("Grain is not installed", allow_module_level=True)

WHOLE = scene.digests(scene.batches(), 0, 1, 2)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What each scene saw."""
    return seen_by("grain_data.py", tmp_path_factory.mktemp("scenes"), JAX_PLATFORMS="cpu")


def test_a_record_is_a_batch_whatever_the_order_of_asking(seen):
    assert seen["records"] == [18, WHOLE, True]


def test_a_map_dataset_has_them_by_number_and_in_order(seen):
    assert seen["map_dataset"] == [WHOLE, WHOLE]


def test_processes_change_nothing(seen):
    assert seen["processes"] == scene.digests(scene.batches(dtype="bfloat16", weights=True), 0, 1, 2)


@pytest.mark.parametrize("count", ["0", "2"])
def test_the_loader_gives_the_same_with_any_number_of_workers(seen, count):
    assert seen["workers"][count] == WHOLE


def test_an_iterator_goes_on_from_its_state(seen):
    assert seen["resumed"] == [WHOLE[7:], WHOLE[7:]]


def test_a_checkpoint_of_other_batches_is_refused(seen):
    assert seen["checkpoints"].pop("same") == "nothing was raised"
    assert list(seen["checkpoints"]) == ["seed", "pipeline", "data", "rank"]
    for told in seen["checkpoints"].values():
        assert told.startswith("ValueError: DataSource in checkpoint does not match")


def test_the_shares_of_all_ranks_are_the_global_batch(seen):
    assert seen["ranks"] == WHOLE[:6]


def test_with_indices_it_says_what_is_in_a_batch(seen):
    train = scene.batches(weights=True)
    assert seen["with_indices"] == [
        [
            train.batch(epoch, step).digest(),
            {"indices": train.indices(epoch, step).tolist(), "epoch": epoch, "step": step},
        ]
        for epoch in range(2)
        for step in range(scene.STEPS)
    ]


def test_without_labels_a_record_is_the_images(seen):
    assert seen["unlabelled"] == scene.digests(scene.batches(labels=False), 0)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("words", "SpecError: labels of dtype <U1 cannot be a tensor; number the classes"),
        ("source", "SpecError: batches must be a samebatch.Batches, got"),
        ("endless", "SpecError: epochs must be a whole number from 1"),
        ("epochs", "SpecError: epochs must be a whole number from 1"),
        ("rank", "SpecError: rank (counted from 0, below world_size)"),
        ("with_indices", "SpecError: with_indices must be True or False"),
        ("behind", "IndexError: batch 12 is out of range: <samebatch.grain: 2 epochs of 6 steps"),
        ("negative", "IndexError: batch -1 is out of range"),
        ("fraction", "TypeError: 'float' object cannot be interpreted as an integer"),
    ],
)
def test_what_is_wrong_raises(seen, what, words):
    assert seen["refused"][what].startswith(words)

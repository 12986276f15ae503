"""ImageDataGenerator in fit, evaluate and predict, on TensorFlow, PyTorch and JAX, as scripts that are there call it.

Each backend runs all scenes of frameworks/generator_fits.py once, in a process of its own.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from backends import BACKENDS, seen_on

HERE = Path(__file__).parent / "frameworks"
sys.path.insert(0, str(HERE))

pytestmark = [pytest.mark.timeout(240)]
if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

import generator_scene  # noqa: E402 (it lies there, and needs Keras)

STEPS = 6


@pytest.fixture(scope="module", params=BACKENDS)
def seen(request, tmp_path_factory):
    """What each scene saw on one backend."""
    return seen_on(request.param, "generator_fits.py", tmp_path_factory.mktemp(request.param))


def numbered(*ranges, **flow):
    """Return the digests of batches by their number, counted through all epochs."""
    made = generator_scene.iterator(**flow)
    return generator_scene.digests(made, [divmod(number, len(made)) for numbers in ranges for number in numbers])


def epochs(*which, **flow):
    return numbered(*(range(STEPS * epoch, STEPS * (epoch + 1)) for epoch in which), **flow)


def test_a_shuffling_fit_trains_on_the_epochs_of_the_plan_in_its_order(seen):
    assert seen["plain"]["train"] == epochs(0, 1, 2)
    assert seen["plain"]["test"] == 3 * epochs(0, shuffle=False)


def test_no_scene_is_warned(seen):
    assert {name: told for name, told in seen.items() if name.startswith("warned: ") and told} == {}
    assert sum(name.startswith("warned: ") for name in seen) > 10
    assert seen["global generator kept"]


def test_workers_change_no_batch(seen):
    assert seen["ways"] == 3 * [epochs(0, 1)]
    assert seen["set_afterwards"] == [epochs(0, 1), 1, 20]


def test_steps_per_epoch_counts_on_over_the_ends_of_epochs(seen):
    assert seen["more_steps"] == numbered(range(24))
    assert seen["fewer_steps"] == numbered(range(16))
    assert seen["steps_later"] == numbered(range(8, 16))
    assert seen["one_step"] == numbered(range(6), batch_size=64)


def test_a_later_start_is_that_epoch(seen):
    assert seen["later"] == epochs(2, 3)
    assert seen["told"] == epochs(5, 6)


def test_validation_starts_at_the_same_place_every_time(seen):
    assert seen["validation_steps"]["train"] == numbered(range(6))
    assert seen["validation_steps"]["test"] == 2 * numbered(range(2), shuffle=False)
    assert seen["one_iterator_for_both"]["train"] == numbered(range(8))
    assert seen["one_iterator_for_both"]["test"] == 2 * numbered(range(2))


def test_another_fit_of_the_same_model_goes_on_and_of_another_starts_anew(seen):
    again, other = seen["again"]
    assert again == numbered(range(12), range(12, 16), range(18, 24), range(6, 12))
    assert other == epochs(0)


def test_evaluate_and_predict_see_the_first_epoch(seen):
    assert seen["evaluated"]["test"] == numbered(range(6), range(8))
    made = generator_scene.iterator()
    assert seen["evaluated"]["predict"] == generator_scene.digests(made, [(0, 0), (0, 1)])
    still = generator_scene.iterator(shuffle=False)
    assert seen["predicted_in_order"] == generator_scene.digests(still, [(0, s) for s in range(6)])


def test_after_fit_an_index_is_of_a_whole_epoch(seen):
    """The third epoch of 4 steps began within an epoch of 6."""
    assert seen["indexed_after"] == epochs(1)


def test_a_fit_that_stops_early_leaves_nothing_behind(seen):
    stopped, other = seen["stopped"]
    assert stopped == numbered(range(2))
    assert other == epochs(0)


def test_class_weights_and_functions(seen):
    assert len(seen["weighted_classes"]) == STEPS
    assert seen["with_a_function"] == epochs(0, 1, preprocessing_function=generator_scene.halved)


def test_next_is_endless_and_the_same_batches(seen):
    assert seen["by_hand"] == numbered(range(8))

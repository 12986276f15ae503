"""The Keras adapter: what a model sees in fit, evaluate and predict, on TensorFlow, PyTorch and JAX.

Each backend runs all scenes of frameworks/fits.py once, in a process of its own; the tests look at what it wrote down,
and compare with batches made here.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from backends import BACKENDS, seen_on

HERE = Path(__file__).parent / "frameworks"
sys.path.insert(0, str(HERE))

import scene  # noqa: E402 (it lies there)

pytestmark = [pytest.mark.timeout(240)]
if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)


@pytest.fixture(scope="module", params=BACKENDS)
def seen(request, tmp_path_factory):
    """What each scene saw on one backend, and the backend's name under "backend"."""
    return seen_on(request.param, "fits.py", tmp_path_factory.mktemp(request.param)) | {"backend": request.param}


def epochs(*numbers):
    return scene.digests(scene.batches(), *numbers)


@pytest.mark.parametrize("name", ["plain", "threads"])
def test_fit_trains_on_every_epoch_and_validates_on_the_same_batches(seen, name):
    assert seen[name]["train"] == epochs(0, 1, 2)
    assert seen[name]["test"] == 3 * scene.digests(scene.batches().evaluation(), 0)


@pytest.mark.parametrize(("name", "count"), [("processes", 3), ("nothing_ahead", 2)])
def test_no_way_of_rendering_ahead_changes_a_batch(seen, name, count):
    assert seen[name]["train"] == epochs(*range(count))


def test_the_epochs_of_the_scenes_differ():
    assert len(set(epochs(0, 1, 2, 3))) == 4 * scene.STEPS


@pytest.mark.parametrize("name", ["later", "resumed", "told_the_same_twice"])
def test_a_later_start_continues_with_the_epochs_of_an_uninterrupted_fit(seen, name):
    assert seen[name]["train"] == epochs(2, 3)


def test_a_told_epoch_is_where_each_fit_starts(seen):
    assert seen["told"] == [epochs(5, 6), epochs(9, 10), epochs(9)]


def test_a_callback_may_set_every_epoch(seen):
    assert seen["told_by_callback"]["train"] == epochs(0, 2, 4)


def test_the_state_says_what_the_model_was_trained_on_whatever_was_fetched(seen):
    expected = []
    for epoch in (2, 3):
        for step in range(scene.STEPS):
            after = [epoch, step + 1] if step + 1 < scene.STEPS else [epoch + 1, 0]
            expected += [["on_train_batch_begin", epoch, step], ["on_train_batch_end", *after]]
        expected += [["on_epoch_end", epoch + 1, 0]]
    assert seen["states"] == [*expected, ["on_train_end", 4, 0], ["after", 4, 0]]


def test_a_fit_goes_on_within_an_epoch_and_with_the_next(seen):
    first, second, third, last = seen["taken_up"]
    assert first == [epochs(0)[:3], [6]]
    assert second == [epochs(0)[3:] + epochs(1, 2), [3, 6, 6]]
    assert third == [epochs(1)[4:] + epochs(2), [2, 6]]
    assert last == [epochs(3, 4), [6, 6]]


def test_fits_after_a_loaded_state_go_on_one_where_the_other_ended(seen):
    assert seen["taken_up_and_counted_by_keras"] == [epochs(1)[4:] + epochs(2, 3), 4, 0]


def test_what_no_state_can_say_or_do_raises(seen):
    more, evaluated, changed, stopped, early = seen["refused_states"]
    assert more.startswith("SpecError: a state within an epoch was loaded, of which 2 steps are left")
    assert "fit(initial_epoch=1, epochs=2)" in more
    assert evaluated.startswith("SpecError: a state within an epoch was loaded, of which fit is to see the rest")
    assert "seed was 8 and is 7" in changed
    assert stopped.startswith("RuntimeError: epoch 0 has begun")
    assert early.startswith("RuntimeError: epoch 0 has begun or is about to")


def test_two_contradictory_starts_raise(seen):
    assert seen["contradiction"].startswith(
        "SpecError: fit starts at epoch 2, and the Sequence was told to start at epoch 3"
    )


def test_what_is_no_batches_raises(seen):
    assert seen["no_batches"].startswith("SpecError: batches must be a samebatch.Batches, got")


def test_steps_per_epoch_raises(seen):
    assert seen["steps_per_epoch"].startswith("SpecError: fit(steps_per_epoch=3)")
    assert "an epoch has 6 steps" in seen["steps_per_epoch"]


def test_a_fit_from_the_start_repeats_and_says_so_to_the_same_model_only(seen):
    again = seen["again"]
    assert again["seen"] == epochs(0, 1, 2, 0)
    assert again["other"] == epochs(0)
    first, later, start, other = again["told"]
    assert (first, later, other) == ([], [], [])
    assert len(start) == 1
    assert "fit starts at epoch 0, whose batches this model saw" in start[0]
    assert "fit(initial_epoch=3, epochs=...)" in start[0]


def test_a_fit_after_one_that_stopped_within_an_epoch_starts_afresh(seen):
    stopped, after = seen["stopped"]
    assert stopped == epochs(0)[:2]
    assert after == epochs(0, 1)


def test_a_shuffling_fit_is_noticed_once_and_its_batches_are_right(seen):
    shuffled = seen["shuffled"]
    assert len(shuffled["told"]) == 1
    assert "give fit shuffle=False" in shuffled["told"][0]
    for epoch in (0, 1):
        given = shuffled["seen"][epoch * scene.STEPS : (epoch + 1) * scene.STEPS]
        assert sorted(given) == sorted(epochs(epoch))
    assert shuffled["seen"] != epochs(0, 1)


def test_an_epoch_of_one_step_is_not_taken_for_a_look_ahead(seen):
    assert seen["one_step"]["train"] == scene.digests(scene.batches(batch_size=64), 0, 1, 2)


def test_evaluate_and_predict_see_epoch_0_or_the_told_one_whatever_fit_is_at(seen):
    evaluated = seen["evaluated"]
    assert evaluated["train"] == epochs(0, 1)
    assert evaluated["test"] == epochs(0, 0, 0, 4)
    assert evaluated["predict"] == epochs(0)
    assert seen["predicted_first"]["predict"][-scene.STEPS :] == epochs(0)


def test_weights_come_third(seen):
    assert seen["weighted"]["train"] == scene.digests(scene.batches(weights=True), 0)


def test_without_labels_there_is_x_alone(seen):
    assert seen["unlabelled"]["predict"] == scene.digests(scene.batches(labels=False), 0)


def test_bfloat16_stays_bfloat16(seen):
    assert seen["bfloat16"]["train"] == scene.digests(scene.batches(dtype="bfloat16"), 0)


def test_a_loop_of_ones_own_sets_the_epoch(seen):
    assert seen["own_loop"] == epochs(0, 3)


def test_who_does_not_say_which_epoch_begins_is_told_to(seen):
    untold, told, digest, again = seen["unknown_driver"]
    assert untold.startswith("RuntimeError: an epoch begins, and which one cannot be told")
    assert "sequence.set_epoch(epoch)" in untold
    assert (told, digest) == ("nothing was raised", epochs(1)[2])
    assert again == untold


def test_a_train_step_traced_by_tensorflow_sees_the_same(seen):
    assert seen["traced"] == (epochs(0, 1, 2) if seen["backend"] == "tensorflow" else None)

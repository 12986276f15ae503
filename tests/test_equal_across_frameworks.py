"""The same batches in Keras and in PyTorch, to the byte: whoever asks, where, in what order, and after what."""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "frameworks"
sys.path.insert(0, str(HERE))
pytest.importorskip("torch", reason="PyTorch is not installed")
with pytest.MonkeyPatch.context() as environment:
    environment.setenv("KERAS_BACKEND", "torch")  # which is imported already
    pytest.importorskip("keras", reason="Keras is not installed")

import asking  # noqa: E402 (these lie there)
import scene  # noqa: E402

import samebatch as sb  # noqa: E402
import samebatch.keras  # noqa: E402
import samebatch.torch  # noqa: E402

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # Python 3.12 warns of what is tested here
]
KEYS = [(epoch, step) for epoch in range(3) for step in range(scene.STEPS)]
WAYS = {
    "batches": (asking.of_batches, lambda made: made),
    "torch": (asking.of_dataset, samebatch.torch.Dataset),
    "keras": (asking.of_sequence, samebatch.keras.Sequence),
}
EXPECTED = asking.of_batches(scene.batches(threads=1), KEYS)


@pytest.fixture(params=list(WAYS))
def way(request):
    """How to ask one of the three, and how to make it of batches."""
    return WAYS[request.param]


def shuffled_keys():
    keys = list(zip(KEYS, EXPECTED, strict=True))
    random.Random(5).shuffle(keys)  # noqa: S311 (any order will do)
    return [key for key, _ in keys], [digest for _, digest in keys]


def test_every_batch_is_another_one_and_the_last_of_an_epoch_is_smaller():
    assert len(set(EXPECTED)) == len(KEYS) == 18
    assert [len(scene.batches().batch(0, step)) for step in range(scene.STEPS)] == [4, 4, 4, 4, 4, 3]


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_layout_and_threads_change_no_digest(way, layout, threads):
    ask, make = way
    assert ask(make(scene.batches(layout=layout, threads=threads)), KEYS) == EXPECTED


def test_the_order_of_asking_changes_nothing(way):
    ask, make = way
    keys, expected = shuffled_keys()
    assert ask(make(scene.batches()), keys) == expected


def test_threads_that_ask_at_the_same_time_change_nothing(way):
    ask, make = way
    made = make(scene.batches())
    epochs = [[key for key in shuffled_keys()[0] if key[0] == epoch] for epoch in range(3)]
    for epoch, keys in enumerate(epochs):
        if ask is asking.of_sequence:
            made.set_epoch(epoch)  # its epoch is for all threads
            answers = lambda key: sb.digest(*made[key[1]])  # noqa: E731
        else:
            answers = lambda key: ask(made, [key])[0]  # noqa: E731
        with ThreadPoolExecutor(6) as pool:
            seen = list(pool.map(answers, keys * 5))
        assert seen == 5 * [EXPECTED[KEYS.index(key)] for key in keys]


def test_pickling_changes_nothing(way):
    ask, make = way
    made = make(scene.batches())
    ask(made, KEYS[:1])
    assert ask(pickle.loads(pickle.dumps(made)), KEYS) == EXPECTED  # noqa: S301


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_processes_change_nothing(way):
    ask, make = way
    keys, expected = shuffled_keys()
    assert asking.in_processes("fork", ask, make(scene.batches(threads=2)), keys) == expected


def test_spawned_processes_change_nothing(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keys, expected = shuffled_keys()
    ways = [(ask, make(scene.batches(threads=2))) for ask, make in WAYS.values()]
    assert asking.in_processes("spawn", asking.of_all, ways, keys) == [[digest] * 3 for digest in expected]


def test_a_rendered_ahead_sequence_is_pickled_with_its_epoch():
    sequence = samebatch.keras.Sequence(scene.batches(), workers=2, initial_epoch=2)
    sequence.on_epoch_begin()
    other = pickle.loads(pickle.dumps(sequence))  # noqa: S301
    assert other.epoch == sequence.epoch == 2
    assert [sb.digest(*batch) for batch in other] == [sb.digest(*batch) for batch in sequence] == EXPECTED[12:]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_forked_while_a_thread_holds_the_lock_does_not_wait_for_it():
    sequence = samebatch.keras.Sequence(scene.batches(), workers=2, initial_epoch=0)
    sequence.on_epoch_begin()
    with sequence._ahead._lock:
        assert asking.in_processes("fork", asking.of_running, sequence, KEYS, 1) == EXPECTED


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("settings", [{}, {"SAMEBATCH_LEVEL": "portable", "SAMEBATCH_THREADS": "3"}])
def test_other_processes_fork_warm_and_cold_and_restart_with_the_same_batches(settings):
    done = subprocess.run(
        [sys.executable, str(HERE / "asking.py")],
        env=os.environ | {"KERAS_BACKEND": "torch"} | settings,
        capture_output=True,
        text=True,
        timeout=100,  # a child that waits for its parent's threads would wait for ever
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    seen = json.loads(done.stdout)
    assert seen.pop("restart") == EXPECTED[17:]
    assert len(seen) == 5
    for where, digests in seen.items():
        assert digests == EXPECTED, where


# Keras' traps that need no model


def test_a_batch_of_keras_is_the_very_memory_of_the_native_one():
    class Watched:
        __class__ = sb.Batches  # it passes for such

        def __init__(self):
            self.batches, self.made = scene.batches(), []

        def __getattr__(self, name):
            return getattr(self.batches, name)

        def batch(self, *args):
            self.made.append(self.batches.batch(*args))
            return self.made[-1]

    watched = Watched()
    x, y = samebatch.keras.Sequence(watched)[2]
    assert x is watched.made[0].x
    assert y is watched.made[0].y


def test_the_pools_of_keras_are_not_to_be_switched_on():
    sequence = samebatch.keras.Sequence(scene.batches(), workers=4, use_multiprocessing=True)
    assert (sequence.workers, sequence.use_multiprocessing) == (1, False)
    with pytest.raises(AttributeError, match="workers"):
        sequence.workers = 4


@pytest.mark.parametrize(
    ("arguments", "depth"),
    [({}, 2), ({"workers": 3}, 4), ({"workers": 3, "max_queue_size": 1}, 1), ({"workers": 0}, 0)],
)
def test_so_many_batches_are_rendered_ahead_of_keras_too(arguments, depth):
    sequence = samebatch.keras.Sequence(scene.batches(), initial_epoch=1, **arguments)
    sequence.on_epoch_begin()
    assert [task.key for task in sequence._ahead._waiting] == [(1, step) for step in range(depth)]
    sequence[0]
    assert [task.key for task in sequence._ahead._waiting] == [(1, 1 + step) for step in range(depth)]
    sequence.on_epoch_end()
    assert not sequence._ahead._waiting


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"workers": -1}, sb.SpecError, "workers must be a whole number"),
        ({"workers": 2.0}, sb.SpecError, "workers must be a whole number"),
        ({"max_queue_size": -1}, sb.SpecError, "max_queue_size"),
        ({"use_multiprocessing": 1}, sb.SpecError, "use_multiprocessing must be True or False"),
        ({"initial_epoch": -1}, IndexError, "epoch -1 is out of range"),
        ({"initial_epoch": 1.0}, TypeError, "epoch must be a whole number"),
    ],
)
def test_a_wrong_argument_of_the_sequence_raises(arguments, error, words):
    with pytest.raises(error, match=words):
        samebatch.keras.Sequence(scene.batches(), **arguments)


@pytest.mark.parametrize(
    ("labels", "weights", "words"),
    [(["a"] * 23, None, "number the classes"), (None, [1.0] * 23, "weights but no labels")],
)
def test_targets_that_no_model_can_take_raise(labels, weights, words):
    batches = sb.Batches(sb.ArraySource(scene.images(), labels, weights), scene.pipeline())
    with pytest.raises(sb.SpecError, match=words):
        samebatch.keras.Sequence(batches)


@pytest.mark.parametrize(("step", "error"), [(6, IndexError), (-1, IndexError), (0.5, TypeError)])
def test_a_wrong_step_raises(step, error):
    with pytest.raises(error):
        samebatch.keras.Sequence(scene.batches())[step]

"""tf.data: the batches of a dataset, whoever asks for them, in how many calls and on how many machines.

One process runs all scenes of frameworks/tf_data.py, and two more are workers that train together; the tests look at
what they wrote down, and compare with batches made here.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent / "frameworks"
sys.path.insert(0, str(HERE))

import scene  # noqa: E402 (it lies there)

import samebatch as sb  # noqa: E402

pytestmark = [pytest.mark.timeout(240)]
if find_spec("tensorflow") is None:
    pytest.skip("TensorFlow is not installed", allow_module_level=True)

WHOLE = scene.digests(scene.batches(), 0, 1, 2)
DROPPED = [[[4, 12, 10, 3], "float32"], [[4], "int32"]]
VARYING = [[[None, 12, 10, 3], "float32"], [[None], "int32"]]


def started(script, *arguments):
    return subprocess.Popen(
        [sys.executable, str(HERE / script), *map(str, arguments)],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "KERAS_BACKEND": "tensorflow"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    """Wait for a process; one that cannot end would be waited for until the time is up."""
    try:
        _, told = process.communicate(timeout=200)
    finally:
        process.kill()
    assert process.returncode == 0, told[-6000:]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What each scene saw. The process ends while iterators are there and batches are made."""
    result = tmp_path_factory.mktemp("scenes") / "seen.json"
    ended(started("tf_data.py", result))
    return json.loads(result.read_text(encoding="utf-8"))


@pytest.mark.parametrize("calls", ["1", "2", "4"])
def test_no_number_of_parallel_calls_changes_a_batch_or_their_order(seen, calls):
    assert seen["calls"][calls] == WHOLE


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "uint8"])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_types_and_layouts(seen, dtype, layout):
    pipeline = sb.Pipeline([sb.RandomFlip(), sb.RandomRotation(20)], dtype=dtype, layout=layout)
    batches = sb.Batches(scene.source(weights=True), pipeline, batch_size=4, seed=7, last_batch="drop")
    told, digests = seen["outputs"][f"{dtype} {layout}"]
    shape = [4, 12, 10, 3] if layout == "channels_last" else [4, 3, 12, 10]
    assert told == [5, [[shape, dtype], [[4], "int32"], [[4], "float32"]]]
    assert digests == scene.digests(batches, 0)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("none", []),
        ("columns", [[[None, 2, 3], "float64"]]),
        ("flags", [[[None], "bool"]]),
        ("complex", [[[None, 3], "complex128"]]),
        ("big-endian", [[[None, 3], "int32"]]),
        ("half", [[[None, 3], "float16"]]),
        ("input", [[[None, 12, 10, 3], "bfloat16"]]),
    ],
)
def test_labels_of_every_kind(seen, kind, spec):
    told, digests, expected = seen["labels"][kind]
    assert told == [6, [[[None, 12, 10, 3], "bfloat16"], *spec]]
    assert digests == expected
    assert len(set(digests)) == scene.STEPS


def test_with_indices_it_says_what_is_in_a_batch(seen):
    names, rows = seen["with_indices"]
    train = scene.batches(weights=True)
    assert names == ["epoch", "indices", "step", "weights", "x", "y"]
    assert rows == [
        [epoch, step, train.indices(epoch, step).tolist(), train.batch(epoch, step).digest()]
        for epoch in range(2)
        for step in range(scene.STEPS)
    ]


def test_cardinality_and_shapes_are_known_and_static_where_they_are_always_the_same(seen):
    assert seen["specs"] == {
        "keep": [18, VARYING],
        "drop": [15, DROPPED],
        "whole": [3, [[[23, 12, 10, 3], "float32"], [[23], "int32"]]],
        "rank": [15, [[[1, 12, 10, 3], "float32"], [[1], "int32"]]],
        "turns": [30, [[[2, 12, 10, 3], "float32"], [[2], "int32"]]],
        "uneven turns": [45, VARYING],
        "endless": [-1, DROPPED],  # as TensorFlow writes it
        "endless, later": [-1, [[[23, 12, 10, 3], "float32"], [[23], "int32"]]],
        "started": [8, DROPPED],
        "over": [0, DROPPED],
    }


def test_it_starts_anywhere(seen):
    train = scene.batches()
    assert seen["started"] == {
        "place": WHOLE[10:],
        "far": [train.batch(2**62, 5).digest(), train.batch(2**62 + 1, 0).digest()],
        "state": WHOLE[8:12],
        "end": [],
    }


@pytest.mark.parametrize("shares", ["2 1", "3 1", "6 1", "1 3", "2 2"])
def test_the_shares_of_all_ranks_and_replicas_are_the_global_batch(seen, shares):
    assert seen["ranks"][shares] == WHOLE[:6]


def test_tensors_are_not_copied_and_what_is_kept_never_changes(seen):
    assert seen["kept"]["kept"] == WHOLE[:12]
    assert seen["kept"]["written"] == WHOLE
    assert seen["kept"]["where"] == seen["kept"]["rendered"]
    assert len(set(seen["kept"]["where"])) == 12


def test_so_many_batches_lie_in_memory_at_most(seen):
    assert 3 <= seen["bounded"] <= 3 + 2 + 2


def test_an_iterator_needs_its_dataset_no_more(seen):
    assert seen["dropped"] == WHOLE[:6]


def test_a_saved_iterator_goes_on_where_it_was(seen):
    went_on, restored = seen["saved"]
    assert went_on == restored == WHOLE[4:9]


def test_two_replicas_share_each_global_batch(seen):
    cut, cut_digests, given, given_digests = seen["mirrored"]
    assert cut_digests == given_digests == WHOLE[:12]
    assert cut == [[2, 2]] * 5 + [[2, 1]] + [[2, 2]] * 5 + [[2, 1]]
    assert given == [[2, 2]] * 5 + [[1, 2]] + [[2, 2]] * 5 + [[1, 2]]


def test_tensorflow_does_not_shard_it_again_nor_give_up_order(seen):
    assert seen["options"] == ["OFF", True]


@pytest.mark.parametrize("way", ["endless", "counted"])
def test_fit_walks_through_all_epochs(seen, way):
    assert seen["fitted"][way] == [WHOLE, []]


def test_fit_goes_on_at_a_later_epoch(seen):
    assert seen["fitted"]["later"] == [WHOLE[6:], []]


def test_a_dataset_that_fit_repeats_says_so(seen):
    digests, (told,) = seen["fitted"]["repeated"]
    assert digests == 3 * WHOLE[:6]
    assert "came to its end is iterated over again" in told
    assert "fit(..., steps_per_epoch=len(train))" in told


def test_a_look_at_a_short_dataset_is_not_taken_for_its_end(seen):
    assert seen["looked"][:2] == [0, 0]
    assert sum(seen["looked"]) == 1


def test_an_evaluation_may_be_repeated(seen):
    assert seen["evaluated"] == 4 * scene.digests(scene.batches().evaluation(), 0)


def test_an_error_arrives_in_its_step_with_its_own_words(seen):
    digests, messages = seen["failed"]
    assert len(set(digests)) == scene.STEPS - 1
    (told,) = [told for told in messages if told != "nothing was raised"]
    step = next(step for step in range(scene.STEPS) if 11 in scene.batches().indices(0, step))
    assert messages.index(told) == step
    assert told.startswith("InvalidArgumentError: ")
    assert "DecodeError: sample 11: " in told
    assert "11.png': it is not an image that Pillow knows" in told


def test_files_that_are_skipped_are_told(seen):
    digests, expected, told = seen["skipped"]
    assert digests == expected
    assert told == ["SkippedFilesWarning"]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("words", "SpecError: labels of dtype <U1 cannot be a tensor; number the classes"),
        ("source", "SpecError: batches must be a samebatch.Batches, got"),
        ("epochs", "SpecError: epochs must be a whole number from 1"),
        ("rank", "SpecError: rank (counted from 0, below world_size)"),
        ("start", "SpecError: start is (2, 1), and a run of 2 epochs has ended by then"),
        ("replicas", "SpecError: replicas must be a whole number from 1 to 1024, got 0"),
        ("num_parallel_calls", "SpecError: num_parallel_calls must be a whole number from 1 to 1024, got -1"),
        ("prefetch", "SpecError: prefetch must be a whole number from 0 to 1024, got 1.5"),
        ("with_indices", "SpecError: with_indices must be True or False"),
    ],
)
def test_a_wrong_argument_raises(seen, what, words):
    assert seen["refused"][what].startswith(words)


@pytest.mark.skipif(np.dtype(np.longdouble) == np.float64, reason="long doubles are doubles here")
def test_labels_of_a_type_that_tensorflow_lacks_raise(seen):
    assert seen["refused"]["wide"].startswith("SpecError: labels have dtype float128, which TensorFlow does not have")


def test_workers_of_a_strategy_get_their_shares(tmp_path):
    with socket.socket() as one, socket.socket() as other:  # both at once, so that they differ
        for bound in (one, other):
            bound.bind(("127.0.0.1", 0))
        ports = [bound.getsockname()[1] for bound in (one, other)]
    results = [tmp_path / f"{number}.json" for number in range(2)]
    workers = [started("tf_worker.py", results[number], number, *ports) for number in range(2)]
    try:
        for worker in workers:
            ended(worker)
    finally:
        for worker in workers:
            worker.kill()
    shares = [json.loads(result.read_text(encoding="utf-8")) for result in results]
    assert shares == [
        [
            scene.batches().shard(rank, 2).batch(epoch, step).digest()
            for epoch in range(2)
            for step in range(scene.STEPS)
        ]
        for rank in range(2)
    ]

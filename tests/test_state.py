"""The state of a run: where it is, what it is checked by, and what goes on from it."""

import json
import pickle

import numpy as np
import pytest

import samebatch as sb
from samples import BATCHED


def test_it_is_small_plain_and_goes_through_json(train):
    state = train.state(3, 2)
    assert json.loads(json.dumps(state)) == state == pickle.loads(pickle.dumps(state))  # noqa: S301
    assert state == {
        "version": 1,
        "epoch": 3,
        "step": 2,
        "pipeline": BATCHED.digest,
        "source": train.source.digest,
        "seed": 7,
        "batch_size": 8,
        "shuffle": True,
        "last_batch": "keep",
        "balance": None,
        "n": 23,
    }


def test_the_end_of_an_epoch_is_the_beginning_of_the_next(train):
    assert train.resume(train.state(1, 3)) == (2, 0)
    assert train.resume(train.state(1, 2)) == (1, 2)


def test_the_remaining_batches_follow_whatever_the_shard(train):
    running = train.epoch(2)
    assert running.step == 0
    next(running)
    next(running)
    state = train.state(2, running.step)
    running.close()
    assert running.step == 2
    for world_size in (1, 2, 3):
        shards = [train.shard(rank, world_size) for rank in range(world_size)]
        parts = [list(shard.epoch(*shard.resume(state))) for shard in shards]
        whole = [np.concatenate([part.x for part in step]) for step in zip(*parts, strict=True)]
        assert len(whole) == 1
        np.testing.assert_array_equal(whole[0], train.batch(2, 2).x)


def test_a_batch_that_failed_was_not_seen(tmp_path):
    source = sb.FileSource([tmp_path / "missing.png"] * 4)
    batches = sb.Batches(source, sb.Pipeline(size=(4, 4)), batch_size=2)
    running = batches.epoch(0)
    with pytest.raises(sb.DecodeError):
        next(running)
    assert running.step == 0


def other(source, **kwargs):
    return sb.Batches(source, BATCHED, **{"batch_size": 8, "seed": 7} | kwargs)


def test_what_changed_is_named_with_what_it_was(train, source, images_u8):
    state = train.state(1, 1)
    assert other(source).resume(state) == (1, 1)
    assert other(source, threads=2).resume(state) == (1, 1)
    for batches, words in (
        (other(source, seed=8), "seed was 7 and is 8"),
        (other(source, batch_size=4), "batch_size was 8 and is 4"),
        (other(source, shuffle=False), "shuffle was True and is False"),
        (other(source, last_batch="drop"), "last_batch was 'keep' and is 'drop'"),
        (other(source, balance="classes"), "balance was None and is 'classes'"),
        (other(sb.ArraySource(images_u8[:22])), "n was 23 and is 22"),
        (other(sb.ArraySource(images_u8)), f"source was '{train.source.digest}' and is '"),
        (
            sb.Batches(source, sb.Pipeline(), batch_size=8, seed=7),
            f"pipeline was '{BATCHED.digest}' and is '{sb.Pipeline().digest}'",
        ),
    ):
        with pytest.raises(sb.SpecError, match="other batches") as caught:
            batches.resume(state)
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"version": 2}, sb.SpecError, "version 2"),
        ({"epoch": -1}, IndexError, "epoch -1"),
        ({"step": 4}, IndexError, "step of the state 4"),
        ({"step": 1.0}, TypeError, "step of the state must be a whole number"),
        ({"epoch": None}, TypeError, "epoch must be"),
        ({"shuffle": 1}, sb.SpecError, "shuffle was 1 and is True"),
    ],
)
def test_a_state_that_nobody_wrote_raises(train, change, error, words):
    with pytest.raises(error, match=words):
        train.resume(train.state(1, 1) | change)


@pytest.mark.parametrize("state", [None, {}, [1, 2], "state", (3, 2)])
def test_what_is_no_state_raises(train, state):
    with pytest.raises(sb.SpecError, match="must be a mapping with a version"):
        train.resume(state)


def test_a_state_with_keys_missing_raises(train):
    state = train.state(1, 1)
    del state["seed"], state["step"]
    with pytest.raises(sb.SpecError, match="lacks step, seed"):
        train.resume(state)


@pytest.mark.parametrize(("place", "error"), [((0, 4), IndexError), ((-1, 0), IndexError), ((0, 0.5), TypeError)])
def test_no_state_is_written_of_a_step_that_is_not_there(train, place, error):
    with pytest.raises(error):
        train.state(*place)

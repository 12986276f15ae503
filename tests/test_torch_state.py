"""State of the PyTorch loaders: a run goes on where it was, whatever was rendered ahead, with any number of ranks."""

from __future__ import annotations

import copy
import io
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
sys.path.insert(0, str(Path(__file__).parent / "frameworks"))

import scene  # noqa: E402 (it lies there)

import samebatch as sb  # noqa: E402
import samebatch.torch  # noqa: E402

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),  # on machines with fewer cores
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # Python 3.12 warns of what PyTorch does
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated:UserWarning"),  # torchdata calls it
]
WORKERS = pytest.mark.parametrize("workers", [0, 2])
EXPECTED = [scene.digests(scene.batches(), epoch) for epoch in range(4)]


def digests(batches):
    return [sb.digest(*batch) for batch in batches]


def loader(workers=0, **kwargs):
    return samebatch.torch.DataLoader(scene.batches(), num_workers=workers, **kwargs)


def saved(state):
    """What comes out of a checkpoint."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


# The loader


@WORKERS
@pytest.mark.parametrize("steps", [0, 1, 4, 6])
def test_a_run_goes_on_where_it_was(workers, steps):
    first = loader(workers)
    first.set_epoch(1)
    running = iter(first)
    seen = [sb.digest(*next(running)) for _ in range(steps)]
    state = saved(first.state_dict())
    assert (state["epoch"], state["step"]) == ((1, steps) if steps < scene.STEPS else (2, 0))
    second = loader(2 - workers)
    second.load_state_dict(state)
    for epoch in range(second.epoch, 3):
        second.set_epoch(epoch)  # as loops do; it keeps the step
        seen += digests(second)
    assert seen == EXPECTED[1] + EXPECTED[2]
    assert (second.state_dict()["epoch"], second.state_dict()["step"]) == (3, 0)


def test_the_state_is_that_of_the_batches():
    assert loader().state_dict() == scene.batches().state(0, 0)
    made = loader()
    made.set_epoch(2, 3)
    assert made.state_dict() == scene.batches().state(2, 3)
    assert scene.batches().resume(made.state_dict()) == (2, 3)


@WORKERS
def test_a_loop_broken_off_leaves_the_state_of_its_last_batch(workers):
    made = loader(workers)
    for step, _ in enumerate(made):
        if step == 2:
            break
    assert (made.state_dict()["epoch"], made.state_dict()["step"]) == (0, 3)
    made.set_epoch(1)
    assert (made.state_dict()["epoch"], made.state_dict()["step"]) == (1, 0)


@WORKERS
def test_an_epoch_set_for_the_next_iteration_does_not_touch_the_state_of_the_running_one(workers):
    made = loader(workers)
    running = iter(made)
    next(running)
    made.set_epoch(7)
    assert (made.state_dict()["epoch"], made.state_dict()["step"]) == (0, 1)
    next(running)
    assert (made.state_dict()["epoch"], made.state_dict()["step"]) == (0, 2)
    digests(running)
    assert (made.state_dict()["epoch"], made.state_dict()["step"]) == (1, 0)
    iter(made)
    assert made.state_dict()["epoch"] == 7


@WORKERS
def test_an_epoch_set_between_iter_and_the_first_batch_loses_no_count(workers):
    """As Lightning does it in the first epoch of a fit."""
    made = loader(workers)
    running = iter(made)
    made.set_epoch(0)
    assert [sb.digest(*next(running)) for _ in range(2)] == EXPECTED[0][:2]
    assert (made.state_dict()["epoch"], made.state_dict()["step"]) == (0, 2)


def test_persistent_workers_go_on_from_a_state_too():
    made = loader(1, persistent_workers=True)
    digests(made)
    state = made.state_dict() | {"step": 4}
    made.load_state_dict(state)
    assert digests(made) == EXPECTED[1][4:]
    assert digests(made) == EXPECTED[2]


def test_another_epoch_than_the_loaded_one_has_to_be_meant():
    made = loader()
    made.load_state_dict(scene.batches().state(2, 3))
    with pytest.raises(sb.SpecError, match=r"set_epoch\(0\) after a state of epoch 2, step 3 was loaded"):
        made.set_epoch(0)
    made.set_epoch(0, start=0)
    assert digests(made) == EXPECTED[0]
    made.load_state_dict(scene.batches().state(2, 3))
    assert digests(made) == EXPECTED[2][3:]
    made.set_epoch(0)
    assert digests(made) == EXPECTED[0]


@WORKERS
def test_what_changed_is_named(workers):
    made = samebatch.torch.DataLoader(scene.batches(seed=8), num_workers=workers)
    with pytest.raises(sb.SpecError, match="seed was 7 and is 8"):
        made.load_state_dict(scene.batches().state(2, 3))
    assert digests(made) == scene.digests(scene.batches(seed=8), 0)


@WORKERS
def test_a_batch_that_failed_was_not_seen(workers, tmp_path):
    batches = sb.Batches(
        sb.FileSource([tmp_path / "missing.png"] * 4, range(4)), sb.Pipeline(size=(4, 4)), batch_size=1
    )
    made = samebatch.torch.DataLoader(batches, num_workers=workers)
    running = iter(made)
    with pytest.raises(sb.DecodeError):
        next(running)
    assert made.state_dict()["step"] == 0


@WORKERS
def test_after_a_batch_that_failed_and_was_passed_over_the_count_is_right(workers, tmp_path):
    from PIL import Image  # noqa: PLC0415

    paths = [tmp_path / f"{i}.png" for i in range(4)]
    for path in paths[1:]:
        Image.fromarray(scene.images()[0]).save(path)
    batches = sb.Batches(sb.FileSource(paths, range(4)), sb.Pipeline(size=(4, 4)), batch_size=1, shuffle=False)
    made = samebatch.torch.DataLoader(batches, num_workers=workers)
    running = iter(made)
    with pytest.raises(sb.DecodeError):
        next(running)
    assert next(running)[1].tolist() == [1]
    assert made.state_dict()["step"] == 2


def test_batches_that_come_in_no_order_have_no_state():
    made = loader(1)
    made.in_order = False
    with pytest.raises(sb.SpecError, match="in_order"):
        made.state_dict()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))])  # noqa: S301
def test_a_copied_sampler_begins_where_the_next_iteration_would(copied):
    sampler = samebatch.torch.Sampler(scene.batches())
    next(iter(sampler))
    other = copied(sampler)
    assert (other.state_dict()["epoch"], other.state_dict()["step"]) == (1, 0)


# Ranks


def of_ranks(world_size, state):
    """The remaining global batches of the state's epoch and the next, put together of all ranks' loaders."""
    loaders = [loader(rank=rank, world_size=world_size) for rank in range(world_size)]
    seen = []
    for made in loaders:
        made.load_state_dict(state)
    for _ in range(2):
        for parts in zip(*loaders, strict=True):
            x, y = (torch.cat(part) for part in zip(*parts, strict=True))
            seen.append(sb.digest(x, y))
    return seen


@pytest.mark.parametrize("world_size", [1, 2, 3, 5])
def test_a_run_of_two_ranks_goes_on_with_any_number_of_them(world_size):
    ranks = [loader(rank=rank, world_size=2) for rank in range(2)]
    for made in ranks:
        running = iter(made)
        next(running)
        next(running)
    states = [saved(made.state_dict()) for made in ranks]
    assert states[0] == states[1]
    assert of_ranks(world_size, states[0]) == EXPECTED[0][2:] + EXPECTED[1]


class Distributed:
    """torch.distributed, as far as it is asked."""

    def __init__(self, monkeypatch, rank, world_size):
        for name, value in (("is_initialized", True), ("get_rank", rank), ("get_world_size", world_size)):
            monkeypatch.setattr(torch.distributed, name, lambda value=value: value)


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this PyTorch has no torch.distributed")
def test_rank_and_world_size_are_those_of_the_process(monkeypatch):
    Distributed(monkeypatch, 1, 3)
    made = loader()
    assert (made.rank, made.world_size) == (1, 3)
    assert digests(made) == scene.digests(scene.batches().shard(1, 3), 0)
    sampler = samebatch.torch.Sampler(scene.batches())
    assert next(iter(sampler)) == (0, 0, 1, 3)


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this PyTorch has no torch.distributed")
def test_what_is_said_goes_before_what_the_process_is(monkeypatch):
    Distributed(monkeypatch, 1, 3)
    for made in (loader(rank=0, world_size=1), loader(rank=0), loader(world_size=1)):
        assert digests(made) == EXPECTED[0]
    shard = scene.batches().shard(3, 4)
    made = samebatch.torch.DataLoader(shard)
    assert (made.rank, made.world_size) == (3, 4)


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this PyTorch has no torch.distributed")
def test_whole_batches_asked_for_by_key_stay_whole(monkeypatch):
    Distributed(monkeypatch, 1, 3)
    assert sb.digest(*samebatch.torch.Dataset(scene.batches())[0, 1]) == EXPECTED[0][1]


@pytest.mark.parametrize("world_size", [1, 2, 3, 4, 6])
def test_row_weights_make_the_average_over_ranks_the_gradient_of_the_global_mean(world_size):
    """Also in the last step, whose 3 rows are fewer than some numbers of ranks."""
    batches = scene.batches()
    for step in (0, scene.STEPS - 1):

        def gradient(part, weight):
            torch.manual_seed(1)
            model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(360, 5)).double()
            x, y = part
            losses = torch.nn.functional.cross_entropy(model(x.double()), y.long(), reduction="none")
            (weight(losses)).backward()
            return model[1].weight.grad.numpy()

        made = [loader(rank=rank, world_size=world_size) for rank in range(world_size)]
        gradients = []
        for one in made:
            one.set_epoch(0, step)
            weight = one.row_weight(step)
            gradients.append(gradient(next(iter(one)), lambda losses, weight=weight: weight * losses.sum()))
        whole = gradient(samebatch.torch.Dataset(batches)[0, step], lambda losses: losses.mean())
        # float64 sums in another order
        np.testing.assert_allclose(np.mean(gradients, axis=0), whole, rtol=1e-12, atol=1e-15)


def test_a_row_weight_of_a_step_that_is_not_there_raises():
    with pytest.raises(IndexError, match="an epoch has 6 steps"):
        loader().row_weight(6)


# torchdata's StatefulDataLoader


@pytest.fixture(scope="module")
def stateful():
    reason = "torchdata is not installed"
    return pytest.importorskip("torchdata.stateful_dataloader", reason=reason).StatefulDataLoader


def plain(stateful, workers, **kwargs):
    batches = scene.batches()
    sampler = samebatch.torch.Sampler(batches)
    return stateful(samebatch.torch.Dataset(batches), sampler=sampler, batch_size=None, num_workers=workers, **kwargs)


@WORKERS
@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("steps", [0, 3, 5, 6])
def test_torchdata_goes_on_without_fast_forward(stateful, workers, every, steps):
    first = plain(stateful, workers, snapshot_every_n_steps=every)
    digests(first)
    running = iter(first)
    seen = [sb.digest(*next(running)) for _ in range(steps)]
    state = saved(first.state_dict())
    second = plain(stateful, workers, snapshot_every_n_steps=every)
    second.load_state_dict(state)
    for _ in range(2):
        seen += digests(second)
    assert seen == EXPECTED[1] + EXPECTED[2]


@WORKERS
def test_torchdata_at_the_end_of_an_epoch_goes_on_with_the_next(stateful, workers):
    first = plain(stateful, workers)
    digests(first)
    digests(first)
    second = plain(stateful, workers)
    second.load_state_dict(saved(first.state_dict()))
    assert digests(second) == EXPECTED[2]
    assert digests(second) == EXPECTED[3]


def test_torchdata_says_what_changed(stateful):
    first = plain(stateful, 0)
    next(iter(first))
    batches = scene.batches(batch_size=8)
    sampler = samebatch.torch.Sampler(batches)
    second = stateful(samebatch.torch.Dataset(batches), sampler=sampler, batch_size=None)
    second.load_state_dict(first.state_dict())
    with pytest.raises(sb.SpecError, match="batch_size was 4 and is 8"):
        next(iter(second))

"""The PyTorch adapter: samples, whole batches, workers of every kind, and the epochs they are at."""

from __future__ import annotations

import copy
import pickle
import random
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
sys.path.insert(0, str(Path(__file__).parent / "frameworks"))

import scene  # noqa: E402 (it lies there)

import samebatch as sb  # noqa: E402
import samebatch.torch  # noqa: E402
from samebatch.threads import resolve_threads  # noqa: E402
from samebatch.torch import ring  # noqa: E402

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),  # on machines with fewer cores
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # Python 3.12 warns of what PyTorch does
]
METHODS = ["fork", "spawn", "forkserver"]
METHODS = [method for method in METHODS if method in torch.multiprocessing.get_all_start_methods()]
Plain = torch.utils.data.DataLoader


class Watched:
    """Batches that keep what they made, and count the calls."""

    __class__ = sb.Batches  # it passes for such

    def __init__(self, batches):
        self.batches, self.made = batches, []

    def __getattr__(self, name):
        return getattr(self.batches, name)

    def batch(self, *args, **kwargs):
        self.made.append(self.batches.batch(*args, **kwargs))
        return self.made[-1]

    def samples(self, *args, **kwargs):
        self.made.append(self.batches.samples(*args, **kwargs))
        return self.made[-1]


def digests(loader):
    return [sb.digest(*batch) for batch in loader]


def expected(*epochs):
    return scene.digests(scene.batches(), *epochs)


# Samples


def test_a_sample_has_no_batch_axis_and_keeps_its_types():
    dataset = samebatch.torch.Dataset(scene.batches())
    assert len(dataset) == scene.COUNT
    made = scene.batches().samples(0, [5])
    x, y = dataset[5]
    assert (x.dtype, y.dtype, tuple(x.shape), y.shape) == (torch.float32, torch.int32, made.x.shape[1:], ())
    np.testing.assert_array_equal(x.numpy(), made.x[0])
    assert y.item() == made.y[0]


def test_samples_follow_the_epoch():
    dataset = samebatch.torch.Dataset(scene.batches())
    dataset.set_epoch(3)
    assert dataset.epoch == 3
    np.testing.assert_array_equal(dataset[5][0].numpy(), scene.batches().samples(3, [5]).x[0])


def test_a_list_of_samples_is_one_native_call_and_no_copy():
    watched = Watched(scene.batches())
    samples = samebatch.torch.Dataset(watched).__getitems__([3, 22, 3])
    assert len(watched.made) == 1
    for row, (x, y) in enumerate(samples):
        assert x.data_ptr() == watched.made[0].x[row].ctypes.data
        assert y.item() == watched.made[0].y[row]


def test_iterating_over_a_dataset_ends():
    assert sum(1 for _ in samebatch.torch.Dataset(scene.batches())) == scene.COUNT


@pytest.mark.parametrize(
    ("key", "error", "words"),
    [
        (23, IndexError, "from 0 to 22"),
        (-1, IndexError, "from 0 to 22"),
        (1.5, TypeError, "whole numbers"),
        (slice(3), TypeError, "whole numbers"),
        ((0, 6), IndexError, "an epoch has 6 steps"),
        ((-1, 0), IndexError, "epoch -1 is out of range"),
        ((0, 0, 2, 2), sb.SpecError, "rank"),
        ((0,), TypeError, r"must be \(epoch, step\) or a BatchKey, got \(0,\)"),
    ],
)
def test_a_wrong_key_raises(key, error, words):
    with pytest.raises(error, match=words):
        samebatch.torch.Dataset(scene.batches())[key]


def test_a_loader_made_before_the_ranks_meet_says_so(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.warns(UserWarning, match="WORLD_SIZE=2 is in the environment.*every rank gets whole batches"):
        assert samebatch.torch.DataLoader(scene.batches()).world_size == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samebatch.torch.DataLoader(scene.batches(), rank=0, world_size=1)
        samebatch.torch.DataLoader(scene.batches().shard(1, 2))
        monkeypatch.setenv("WORLD_SIZE", "1")
        samebatch.torch.DataLoader(scene.batches())


@pytest.mark.parametrize("kind", [samebatch.torch.Dataset, samebatch.torch.Sampler, samebatch.torch.DataLoader])
def test_what_is_no_batches_raises(kind):
    with pytest.raises(
        sb.SpecError, match=r"must be a samebatch.Batches, got .*ArraySource.*Batches\(source, pipeline"
    ):
        kind(scene.source())


# Whole batches


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "uint8"])
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_a_whole_batch_is_the_very_memory_of_the_native_one(dtype, layout):
    pipeline = sb.Pipeline([sb.RandomRotation(20)], dtype=dtype, layout=layout)
    watched = Watched(sb.Batches(scene.source(weights=True), pipeline, batch_size=4, seed=7))
    x, y, weights = samebatch.torch.Dataset(watched)[3, 5]
    [batch] = watched.made
    assert x.dtype == getattr(torch, dtype)
    assert (x.data_ptr(), y.data_ptr(), weights.data_ptr()) == tuple(
        part.ctypes.data for part in (batch.x, batch.y, batch.weights)
    )
    assert sb.digest(x, y, weights, layout=layout) == watched.batches.batch(3, 5).digest()


def test_a_batch_that_is_kept_never_changes():
    dataset = samebatch.torch.Dataset(scene.batches())
    x, _ = dataset[0, 0]
    before = x.clone()
    for step in range(scene.STEPS):
        dataset[1, step]
    assert torch.equal(x, before)


def test_without_labels_there_is_x_alone():
    dataset = samebatch.torch.Dataset(scene.batches(labels=False))
    assert dataset[0, 0].shape == (4, scene.HEIGHT, scene.WIDTH, 3)
    assert dataset[5].shape == (scene.HEIGHT, scene.WIDTH, 3)
    assert next(iter(Plain(dataset, batch_size=4))).shape == (4, scene.HEIGHT, scene.WIDTH, 3)


@pytest.mark.parametrize(
    ("labels", "weights", "words"),
    [(["a", "b"], None, "number the classes"), (None, [1.0, 2.0], "weights but no labels")],
)
def test_targets_that_no_model_can_take_raise(labels, weights, words):
    source = sb.ArraySource(np.zeros((2, 3, 3, 1), np.uint8), labels, weights)
    with pytest.raises(sb.SpecError, match=words):
        samebatch.torch.Dataset(sb.Batches(source, sb.Pipeline()))


def test_the_ranks_of_a_key_share_the_global_batch():
    dataset = samebatch.torch.Dataset(scene.batches())
    for step in range(scene.STEPS):
        parts = [dataset[samebatch.torch.BatchKey(2, step, rank, 3)] for rank in range(3)]
        x, y = (torch.cat(part) for part in zip(*parts, strict=True))
        assert sb.digest(x, y) == scene.batches().batch(2, step).digest()


def test_sharded_batches_are_the_default_of_key_sampler_and_loader():
    shard = scene.batches().shard(1, 2)
    wanted = scene.digests(shard, 0)
    assert digests(samebatch.torch.DataLoader(shard)) == wanted
    assert digests(samebatch.torch.DataLoader(scene.batches(), rank=1, world_size=2)) == wanted
    assert sb.digest(*samebatch.torch.Dataset(shard)[0, 3]) == wanted[3]
    assert wanted != expected(0)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_rank_that_gets_no_rows_gets_an_empty_batch(workers):
    loader = samebatch.torch.DataLoader(scene.batches(), num_workers=workers, rank=0, world_size=4)
    assert [len(y) for _, y in loader] == [1, 1, 1, 1, 1, 0]


# Loaders and workers


def same_epochs(loader):
    """Three epochs that count themselves, one that is set, and a restart within one."""
    for epoch in range(3):
        assert digests(loader) == expected(epoch)
    loader.set_epoch(1)
    assert digests(loader) == expected(1)
    loader.set_epoch(2, start=5)
    assert digests(loader) == expected(2)[5:]
    assert digests(loader) == expected(3)


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_loader_yields_the_batches_of_each_epoch(workers, persistent):
    if workers == 0 and persistent:
        with pytest.raises(ValueError, match="persistent_workers"):
            samebatch.torch.DataLoader(scene.batches(), persistent_workers=True)
        return
    loader = samebatch.torch.DataLoader(scene.batches(), num_workers=workers, persistent_workers=persistent)
    assert len(loader) == scene.STEPS
    same_epochs(loader)


@pytest.mark.parametrize("method", METHODS)
def test_a_loader_yields_the_same_however_its_workers_are_started(method):
    same_epochs(
        samebatch.torch.DataLoader(
            scene.batches(), num_workers=2, persistent_workers=True, multiprocessing_context=method
        )
    )


@pytest.mark.parametrize("method", METHODS)
def test_persistent_workers_see_the_epoch_of_samples_change(method):
    dataset = samebatch.torch.Dataset(scene.batches())
    loader = Plain(dataset, batch_size=4, num_workers=1, persistent_workers=True, multiprocessing_context=method)
    for epoch in (0, 3, 1):
        dataset.set_epoch(epoch)
        x = torch.cat([x for x, _ in loader])
        np.testing.assert_array_equal(x.numpy(), scene.batches().samples(epoch, range(scene.COUNT)).x)


def test_the_sampler_in_a_plain_loader_yields_whole_batches():
    batches = scene.batches()
    sampler = samebatch.torch.Sampler(batches, rank=0, world_size=1)
    dataset = samebatch.torch.Dataset(batches)
    loader = Plain(dataset, sampler=sampler, batch_size=None, num_workers=2, persistent_workers=True)
    assert len(sampler) == len(loader) == scene.STEPS
    sampler.set_epoch(4)
    assert digests(loader) == expected(4)


def test_a_loader_that_batches_the_sampler_once_more_raises():
    batches = scene.batches()
    loader = Plain(samebatch.torch.Dataset(batches), sampler=samebatch.torch.Sampler(batches))
    with pytest.raises(TypeError, match="batch_size=None"):
        next(iter(loader))


def test_any_order_of_pytorch_gives_the_pixels_of_the_sample():
    dataset = samebatch.torch.Dataset(sb.Batches(scene.numbered(), scene.pipeline(), seed=7))
    dataset.set_epoch(2)
    order = []
    for x, y in Plain(dataset, batch_size=5, shuffle=True, num_workers=2):
        np.testing.assert_array_equal(x.numpy(), dataset.batches.samples(2, y.numpy()).x)
        order += y.tolist()
    assert sorted(order) == list(range(scene.COUNT))


def test_an_epoch_changed_while_a_loader_iterates_is_the_next_ones():
    loader = samebatch.torch.DataLoader(scene.batches())
    running = iter(loader)
    seen = [sb.digest(*next(running))]
    loader.set_epoch(7)
    seen += digests(running)
    assert seen == expected(0)
    assert digests(loader) == expected(7)


def test_an_iteration_broken_off_counts():
    loader = samebatch.torch.DataLoader(scene.batches(), num_workers=1)
    next(iter(loader))
    assert digests(loader) == expected(1)


@pytest.mark.parametrize("arguments", [(-1,), (0, 7), (0, -1)])
def test_an_epoch_or_step_that_is_not_there_raises(arguments):
    loader = samebatch.torch.DataLoader(scene.batches())
    loader.set_epoch(1)
    with pytest.raises(IndexError, match="out of range"):
        loader.set_epoch(*arguments)
    assert digests(loader) == expected(1)


@pytest.mark.parametrize("name", ["batch_size", "batch_sampler", "drop_last", "sampler", "shuffle"])
def test_what_the_batches_decide_is_no_argument_of_the_loader(name):
    with pytest.raises(TypeError, match=rf"does not take {name}.*samebatch\.Batches"):
        samebatch.torch.DataLoader(scene.batches(), **{name: None})


def where_it_lies(batch):
    x = batch[0]
    travels = x.is_shared() or (ring._ring is not None and ring._ring.find(x.untyped_storage()) is not None)
    return batch, travels, resolve_threads(None)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_worker_renders_into_shared_memory_on_one_thread(dtype):
    batches = scene.batches(dtype=dtype)
    loader = samebatch.torch.DataLoader(batches, num_workers=1, collate_fn=where_it_lies)
    for step, (batch, shared, threads) in enumerate(loader):
        assert shared
        assert threads == 1
        assert sb.digest(*batch) == batches.batch(0, step).digest()
    _, shared, _ = next(iter(samebatch.torch.DataLoader(batches, collate_fn=where_it_lies)))
    assert not shared


def test_no_global_generator_is_read_or_written():
    def state():
        return torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002

    before = state()
    digests(samebatch.torch.DataLoader(scene.batches()))
    digests(samebatch.torch.DataLoader(scene.batches(), num_workers=1))
    assert state() == before
    torch.manual_seed(99)
    assert digests(samebatch.torch.DataLoader(scene.batches())) == expected(0)


# Epochs that nobody sets


def served(dataset, epochs):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(epochs):
            for _ in Plain(dataset, batch_size=4):
                pass
    return [str(warning.message) for warning in caught]


def test_epochs_that_nobody_sets_are_noticed_once():
    dataset = samebatch.torch.Dataset(scene.batches())
    assert served(dataset, 1) == []
    [message] = served(dataset, 3)
    assert "dataset.set_epoch(epoch)" in message


def test_neither_a_set_epoch_nor_an_evaluation_is_warned_of():
    dataset = samebatch.torch.Dataset(scene.batches())
    dataset.set_epoch(0)
    assert served(dataset, 3) == []
    assert served(samebatch.torch.Dataset(scene.batches().evaluation()), 3) == []


# Copies, and a missing framework


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda dataset: pickle.loads(pickle.dumps(dataset))])  # noqa: S301
def test_a_copy_has_an_epoch_of_its_own_that_its_workers_see(copied):
    dataset = samebatch.torch.Dataset(scene.batches())
    dataset.set_epoch(2)
    other = copied(dataset)
    assert other.epoch == 2
    loader = Plain(other, batch_size=scene.COUNT, num_workers=1, persistent_workers=True)
    other.set_epoch(5)
    next(iter(loader))
    other.set_epoch(6)
    [(x, _)] = loader
    np.testing.assert_array_equal(x.numpy(), scene.batches().samples(6, range(scene.COUNT)).x)
    assert dataset.epoch == 2


@pytest.mark.parametrize(("name", "framework"), [("torch", "PyTorch"), ("keras", "Keras 3")])
def test_a_missing_framework_says_which_extra_installs_it(name, framework):
    code = f"import sys; sys.modules['{name}'] = None; import samebatch; samebatch.{name}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert f"ImportError: samebatch.{name} needs {framework}" in done.stderr
    assert f'pip install "samebatch[{name}]"' in done.stderr

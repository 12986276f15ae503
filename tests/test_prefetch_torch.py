"""samebatch.torch.DataLoader without workers renders ahead in its own process: the same batches, whatever happens."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
sys.path.insert(0, str(Path(__file__).parent / "frameworks"))

import scene  # noqa: E402 (it lies there)

import samebatch as sb  # noqa: E402
import samebatch.torch  # noqa: E402
from samebatch.batch.ahead import _Worker  # noqa: E402

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),  # on machines with fewer cores
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # Python 3.12 warns of what is tested here
]


class Watched:
    """Batches that take down which thread made which of them."""

    __class__ = sb.Batches  # it passes for such

    def __init__(self, batches):
        self.batches, self.made = batches, []

    def __getattr__(self, name):
        return getattr(self.batches, name)

    def batch(self, epoch, step, **kwargs):
        made = self.batches.batch(epoch, step, **kwargs)
        self.made.append((epoch, step, isinstance(threading.current_thread(), _Worker)))
        return made


def digests(loader):
    return [sb.digest(*batch) for batch in loader]


def expected(*epochs):
    return scene.digests(scene.batches(), *epochs)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.001)


def workers():
    """The threads that render ahead; some may be those of tests before."""
    return {thread for thread in threading.enumerate() if isinstance(thread, _Worker)}


@pytest.mark.parametrize("prefetch", [0, 1, 2, 100])
def test_the_depth_changes_no_batch(prefetch):
    loader = samebatch.torch.DataLoader(scene.batches(), prefetch=prefetch)
    for epoch in range(3):
        assert digests(loader) == expected(epoch)
    loader.set_epoch(2, start=4)
    assert digests(loader) == expected(2)[4:]
    assert digests(loader) == expected(3)
    assert len(loader) == scene.STEPS


def test_two_are_rendered_ahead_and_each_once():
    watched = Watched(scene.batches())
    running = iter(samebatch.torch.DataLoader(watched))
    for step in range(scene.STEPS):
        next(running)
        ready = min(step + 3, scene.STEPS)
        until(lambda ready=ready: len(watched.made) >= ready)
        time.sleep(0.002)
        assert watched.made == [(0, step, True) for step in range(ready)]
    assert next(running, None) is None


@pytest.mark.parametrize("arguments", [{"prefetch": 0}, {"num_workers": 1}])
def test_without_a_depth_and_with_workers_nothing_is(arguments):
    watched = Watched(scene.batches())
    before = workers()
    iterator = iter(samebatch.torch.DataLoader(watched, **arguments))
    next(iterator)
    assert workers() <= before
    assert watched.made == ([] if "num_workers" in arguments else [(0, 0, False)])


@pytest.mark.parametrize("prefetch", [-1, 2.0, None, 1025])
def test_a_wrong_depth_is_refused(prefetch):
    with pytest.raises(sb.SpecError, match="prefetch must be a whole number from 0 to 1024"):
        samebatch.torch.DataLoader(scene.batches(), prefetch=prefetch)


def test_an_epoch_set_in_the_midst_is_the_next_iterations():
    loader = samebatch.torch.DataLoader(scene.batches())
    running = iter(loader)
    seen = [sb.digest(*next(running))]
    loader.set_epoch(7, start=1)
    other = iter(loader)
    seen_there = [sb.digest(*next(other))]
    assert seen + digests(running) == expected(0)
    assert seen_there + digests(other) == expected(7)[1:]


def test_two_iterations_at_once_have_an_epoch_each():
    loader = samebatch.torch.DataLoader(scene.batches())
    both = [(sb.digest(*one), sb.digest(*other)) for one, other in zip(loader, loader, strict=True)]
    assert both == list(zip(expected(0), expected(1), strict=True))


@pytest.mark.parametrize("prefetch", [0, 2])
def test_an_error_is_raised_in_its_step_and_the_others_still_come(prefetch):
    images = np.ones((6, 5, 5, 1), np.float32)
    images[[2, 5]] = np.nan
    batches = sb.Batches(sb.ArraySource(images, range(6)), sb.Pipeline(), batch_size=1, shuffle=False)
    running = iter(samebatch.torch.DataLoader(batches, prefetch=prefetch))
    seen = []
    for step in range(6):
        if step in (2, 5):
            with pytest.raises(sb.PixelError, match=f"sample {step}"):
                next(running)
        else:
            seen += next(running)[1].tolist()
    assert seen == [0, 1, 3, 4]
    assert next(running, None) is None


def test_broken_off_it_leaves_neither_threads_nor_buffers():
    before, buffers = workers(), sb.memory().buffers_in_use
    for _ in samebatch.torch.DataLoader(scene.batches()):
        break
    del _
    until(lambda: workers() <= before and sb.memory().buffers_in_use <= buffers)


def test_shards_and_functions_of_ones_own_are_as_without():
    shard = scene.batches().shard(1, 2)
    wanted = [batch.digest() for batch in shard.epoch(0)]
    assert digests(samebatch.torch.DataLoader(scene.batches(), rank=1, world_size=2)) == wanted
    loader = samebatch.torch.DataLoader(shard, collate_fn=lambda batch: sb.digest(*batch))
    assert list(loader) == wanted


def test_a_sampler_of_the_loader_serves_other_loaders_and_processes():
    loader = samebatch.torch.DataLoader(scene.batches())
    keys = list(loader.sampler)
    assert keys == [(0, step, 0, 1) for step in range(scene.STEPS)]
    assert [type(key) for key in pickle.loads(pickle.dumps(keys))] == scene.STEPS * [samebatch.torch.BatchKey]  # noqa: S301
    other = torch.utils.data.DataLoader(loader.dataset, sampler=loader.sampler, batch_size=None, num_workers=1)
    assert digests(other) == expected(1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_goes_on_by_itself_and_so_does_its_parent():
    running = iter(samebatch.torch.DataLoader(scene.batches(threads=1)))
    seen = [sb.digest(*next(running))]
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if digests(running) == expected(0)[1:] and not workers() else 1)
        finally:
            os._exit(2)
    status = []
    until(lambda: status.append(os.waitpid(pid, os.WNOHANG)) or status[-1][0] == pid)
    assert os.waitstatus_to_exitcode(status[-1][1]) == 0
    assert seen + digests(running) == expected(0)

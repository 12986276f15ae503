"""The memory that worker processes render into again: what is taken, lent, kept and let go of."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import samebatch as sb  # noqa: E402
from samebatch.torch import lent  # noqa: E402
from samebatch.torch.ring import MOST, MOST_FREE, Ring, take  # noqa: E402

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(sys.platform != "linux" or not hasattr(os, "memfd_create"), reason="needs memfd_create"),
]
SIZE = 5000


@pytest.fixture
def ring():
    made = Ring()
    yield made
    for segment in made._segments.values():
        segment.let_go()


def sent(ring, view):
    """Return what the receiver gets; here it is this very process."""
    segment = ring.find(torch.from_numpy(view).untyped_storage())
    return lent.receive(*segment.lend(view.nbytes))


def address(view):
    return view.ctypes.data


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_what_is_dropped_is_taken_again_and_what_is_held_is_not(ring):
    first, second = ring.take(SIZE), ring.take(SIZE)
    assert not np.shares_memory(first, second)
    where = address(first)
    row = first[7:9]
    del first
    third = ring.take(SIZE)
    assert len({where, address(second), address(third)}) == 3
    del row
    assert address(ring.take(SIZE)) == where


def test_what_was_sent_is_taken_again_when_the_receiver_drops_it(ring):
    view = ring.take(SIZE)
    view[:] = 7
    where = address(view)
    storage = sent(ring, view)
    row = torch.empty(0, dtype=torch.uint8).set_(storage)[3:5].numpy()
    del view, storage
    other = ring.take(SIZE)
    other[:] = 9
    assert address(other) != where
    assert row.tolist() == [7, 7]
    del row
    assert address(ring.take(SIZE)) == where


def test_each_of_several_leases_counts(ring):
    view = ring.take(SIZE)
    where = address(view)
    storages = [sent(ring, view) for _ in range(3)]
    del view
    while storages:
        assert address(ring.take(SIZE)) != where
        storages.pop()
    assert where in {address(view) for view in [ring.take(SIZE), ring.take(SIZE)]}


def test_what_is_on_its_way_is_neither_taken_nor_let_go(ring):
    views = [ring.take(SIZE) for _ in range(2 * MOST)]
    messages = [ring._segments[address(view)].lend(SIZE) for view in views]
    views = None
    ring.take(SIZE)
    storages = [lent.receive(*message) for message in messages]
    assert len({storage.data_ptr() for storage in storages}) == 2 * MOST


def test_what_is_held_for_longest_is_let_go(ring):
    before = open_files()
    storages = [sent(ring, ring.take(SIZE)) for _ in range(2 * MOST)]
    assert len(ring._segments) <= MOST + 2
    del storages
    ring.take(SIZE)
    assert len(ring._segments) <= MOST_FREE
    assert open_files() <= before + 2 * MOST_FREE


def test_free_memory_is_bounded(ring, monkeypatch):
    free = [ring.take(SIZE) for _ in range(3)]
    del free
    ring.take(SIZE)
    assert len(ring._segments) == 3
    none = sb.Memory(in_use=0, free=0, limit=2 * SIZE, buffers_in_use=0, buffers_free=0)
    monkeypatch.setattr("samebatch.torch.ring.pool", lambda: none)
    ring.take(SIZE)
    assert len(ring._segments) == 2


def test_smaller_batches_fit_and_larger_ones_do_not(ring):
    where = address(ring.take(SIZE))
    small = ring.take(SIZE - 1)
    assert (address(small), small.nbytes) == (where, SIZE - 1)
    del small
    assert ring.take(SIZE + 1).nbytes == SIZE + 1
    assert [segment.room for segment in ring._segments.values()] == [SIZE + 1]


def test_a_worker_that_is_gone_is_an_error(ring):
    view = ring.take(SIZE)
    pid, descriptor, name, *rest = ring._segments[address(view)].lend(SIZE)
    for wrong in [(pid, 1 << 20, name), (1 << 30, descriptor, name), (pid, descriptor, bytes(16))]:
        with pytest.raises(RuntimeError, match=f"worker process {wrong[0]} sent a batch and ended"):
            lent.receive(*wrong, *rest)


def test_a_process_that_is_no_worker_has_none():
    assert take(SIZE) is None


def test_what_a_forked_child_sees_is_never_taken_again(ring):
    storage = sent(ring, ring.take(SIZE))
    [seen] = ring._segments.values()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    del storage
    ring.take(SIZE)
    assert seen not in ring._segments.values()

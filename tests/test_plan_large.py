"""10**9 samples: no step costs more memory than its own rows, and none has to wait for those before it."""

import tracemalloc

import numpy as np
import pytest

import samebatch as sb

N = 10**9
MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def batches():
    images = np.broadcast_to(np.arange(48, dtype=np.uint8).reshape(4, 4, 3), (N, 4, 4, 3))
    return sb.Batches(sb.ArraySource(images), sb.Pipeline([sb.RandomFlip()]), batch_size=256, seed=7)


@pytest.mark.parametrize("place", [(0, 0), (0, -1), (10**6, 0.5), (2**63 - 1, -1)])
def test_any_step_takes_less_than_a_mebibyte(batches, place):
    epoch, step = place
    step = batches.steps + step if step < 0 else int(step * batches.steps)
    tracemalloc.start()
    try:
        indices = batches.indices(epoch, step)
        state = batches.state(epoch, step)
        assert batches.resume(state)[0] >= epoch
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEBIBYTE
    assert indices.dtype == np.int64
    assert len(np.unique(indices)) == len(indices) == (256 if step < batches.steps - 1 else N % 256 or 256)
    assert (indices >= 0).all()
    assert (indices < N).all()
    assert indices.max() > N // 2


def test_shards_and_batches_come_from_it_too(batches):
    batch = batches.batch(5, batches.steps // 2)
    assert batch.x.shape == (256, 4, 4, 3)
    parts = [batches.shard(rank, 100).indices(5, batches.steps // 2) for rank in range(100)]
    np.testing.assert_array_equal(np.concatenate(parts), batches.indices(5, batches.steps // 2))


def test_neighbouring_steps_and_epochs_have_other_samples(batches):
    seen = [batches.indices(epoch, step) for epoch in (0, 1) for step in (0, 1, batches.steps - 2)]
    assert len(np.unique(np.concatenate(seen[:3]))) == 3 * 256
    assert not np.array_equal(seen[0], seen[3])

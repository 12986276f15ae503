"""samebatch.memory(): what the pool of output buffers holds."""

import dataclasses
import gc
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import samebatch as sb

MIB = 1 << 20
GROW = """
import dataclasses, json, numpy, samebatch as sb
images = numpy.zeros((64, 128, 128, 3), 'uint8')
train = sb.Batches(sb.ArraySource(images), sb.Pipeline(), batch_size=16)  # 3 MiB each, in buffers of 4
seen = [sb.memory()]
kept = [train.batch(0, step) for step in range(4)]
seen.append(sb.memory())
del kept
seen.append(sb.memory())
print(json.dumps([dataclasses.asdict(memory) for memory in seen]))
"""


def grown(**environment):
    done = subprocess.run(
        [sys.executable, "-c", GROW], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [sb.Memory(**memory) for memory in json.loads(done.stdout)]


@pytest.fixture
def train():
    return sb.Batches(sb.ArraySource(np.zeros((64, 128, 128, 3), np.uint8)), sb.Pipeline(), batch_size=16)


def test_what_is_kept_is_in_use_and_what_is_dropped_lies_free():
    before, kept, dropped = grown(SAMEBATCH_POOL_BYTES="")
    assert before == sb.Memory(in_use=0, free=0, limit=1 << 30, buffers_in_use=0, buffers_free=0)
    assert kept == sb.Memory(in_use=16 * MIB, free=0, limit=1 << 30, buffers_in_use=4, buffers_free=0)
    assert dropped == sb.Memory(in_use=0, free=16 * MIB, limit=1 << 30, buffers_in_use=0, buffers_free=4)


@pytest.mark.parametrize(("limit", "free"), [(0, 0), (4 * MIB - 1, 0), (4 * MIB, 1), (11 * MIB, 2), (1 << 40, 4)])
def test_the_environment_bounds_what_lies_free(limit, free):
    before, kept, dropped = grown(SAMEBATCH_POOL_BYTES=str(limit))
    assert before.limit == kept.limit == dropped.limit == limit
    assert kept.buffers_in_use == 4
    assert (dropped.buffers_free, dropped.free) == (free, free * 4 * MIB)


@pytest.mark.parametrize("limit", ["1 GiB", "-1", "1e9", "1.5"])
def test_a_limit_that_is_no_whole_number_is_an_error_wherever_it_counts(limit):
    for call in ("sb.memory()", "sb.Pipeline()(numpy.zeros((1, 2, 2, 3), 'uint8'), seed=0)"):
        code = f"import numpy, samebatch as sb\ntry: {call}\nexcept sb.SpecError as error: print(error)"
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"SAMEBATCH_POOL_BYTES": limit},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (
            done.stdout == f'the environment\'s SAMEBATCH_POOL_BYTES must be a whole number of bytes, got "{limit}"\n'
        )


def test_any_view_keeps_the_buffer_in_use_and_no_other_batch_gets_it(train):
    gc.collect()
    before = sb.memory()
    row = train.batch(0, 0).x[3, 5]
    assert sb.memory().buffers_in_use == before.buffers_in_use + 1
    others = [train.batch(0, step).x for step in range(4)]
    assert not any(np.shares_memory(row, other) for other in others)
    del row, others
    assert sb.memory().in_use == before.in_use


def test_memory_of_ones_own_is_none_of_the_pools(train):
    room = np.empty((16, 128, 128, 3), np.float32)
    before = sb.memory().buffers_in_use
    batch = train.batch(0, 0, out=room)
    assert sb.memory().buffers_in_use == before
    assert np.shares_memory(batch.x, room)


def test_it_is_a_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        sb.memory().free = 0
    for field in dataclasses.fields(sb.Memory):
        assert f"{field.name}: " in sb.Memory.__doc__

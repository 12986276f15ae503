"""Batches rendered ahead: the same bytes in the same order, bounded, and nothing left behind however it ends."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from samebatch.batch import ahead
from samebatch.batch.epoch import Epoch

HERE = Path(__file__).parent
DEPTHS = [0, 1, 2, 5, 1000]
STEPS = 6  # of the 23 images in `train`
PIPELINE = sb.Pipeline([sb.RandomFlip(), sb.RandomRotation(20), sb.RandomBrightness(0.8, 1.2)])
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture
def train(images_u8, labels):
    return sb.Batches(sb.ArraySource(images_u8, labels), PIPELINE, batch_size=4, seed=7)


@pytest.fixture
def spoilt():
    """12 batches of one float image each, of which those of steps 3, 4 and 11 cannot be made."""
    images = np.ones((12, 5, 5, 1), np.float32)
    images[[3, 4, 11]] = np.nan
    return sb.Batches(sb.ArraySource(images), sb.Pipeline(), batch_size=1, shuffle=False)


def expected(train, epoch=0, start=0):
    return [train.batch(epoch, step).digest() for step in range(start, len(train))]


def digests(batches):
    return [batch.digest() for batch in batches]


def workers():
    """The threads that render ahead; some may be those of tests before."""
    return {thread for thread in threading.enumerate() if isinstance(thread, ahead._Worker)}


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.001)


class Making:
    """Makes numbers of steps, and takes down what it does; ``gate`` lets it."""

    def __init__(self, *, is_open=True):
        self.gate = threading.Event()
        self.made, self.at_once, self.most_at_once = [], 0, 0
        if is_open:
            self.gate.set()

    def __call__(self, step):
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.gate.wait(20)
        self.made.append(step)
        self.at_once -= 1
        return step


# What comes


@pytest.mark.parametrize("prefetch", DEPTHS)
@pytest.mark.parametrize("start", [0, 1, STEPS])
def test_the_batches_are_those_asked_for_one_by_one(train, prefetch, start):
    epoch = train.epoch(3, start, prefetch)
    seen = list(epoch)
    assert [(batch.epoch, batch.step) for batch in seen] == [(3, step) for step in range(start, STEPS)]
    assert digests(seen) == expected(train, 3, start)
    assert next(epoch, "the end") == "the end"


def test_two_are_rendered_ahead_unless_told_otherwise(train):
    assert train.epoch(0)._ahead.depth == 2


@pytest.mark.parametrize(
    ("prefetch", "told"),
    [(-1, "from 0 to 1024, got -1"), (1025, "got 1025"), (2.0, "got 2.0"), (True, "got True"), (None, "got None")],
)
def test_a_wrong_depth_is_refused_at_once(train, prefetch, told):
    with pytest.raises(sb.SpecError, match=f"prefetch must be a whole number.*{told}"):
        train.epoch(0, prefetch=prefetch)


@pytest.mark.parametrize("prefetch", [1, 2, 5])
def test_just_so_many_are_made_ahead_one_at_a_time_and_in_order(prefetch):
    make = Making()
    epoch = Epoch(make, range(20), prefetch)
    time.sleep(0.01)
    assert make.made == []  # before anything is asked for
    for step in range(20):
        assert next(epoch) == step
        ready = min(step + 1 + prefetch, 20)
        until(lambda ready=ready: len(make.made) >= ready)
        time.sleep(0.002)  # it would make more now, if it ever did
        assert make.made == list(range(ready))
    assert make.most_at_once == 1


@pytest.mark.parametrize("prefetch", [1, 2, 4])
def test_no_more_lie_in_memory_than_the_depth_and_two(prefetch):
    images = np.zeros((400, 64, 64, 3), np.uint8)
    train = sb.Batches(sb.ArraySource(images), sb.Pipeline(), batch_size=4, threads=1)
    before = sb.memory().buffers_in_use
    most = 0
    for batch in train.epoch(0, prefetch=prefetch):
        time.sleep(0.0005)
        most = max(most, sb.memory().buffers_in_use - before)
        assert batch.x.shape[0] == 4
    assert prefetch + 1 <= most <= prefetch + 2


def test_python_runs_on_while_a_batch_is_rendered():
    images = np.zeros((128, 96, 96, 3), np.uint8)
    pipeline = sb.Pipeline([sb.RandomRotation(20)], size=(512, 512), dtype="uint8")
    train = sb.Batches(sb.ArraySource(images), pipeline, batch_size=128, threads=1)
    calls = []

    def make(step):
        begun = time.perf_counter_ns()
        train.batch(0, step)
        calls.append((begun, time.perf_counter_ns()))

    making = ahead.Ahead(make, 1)
    making.expect([0])
    moments = set()
    while not calls:
        moments.add(time.perf_counter_ns() // 1_000_000)
    [(begun, ended)] = calls
    assert ended - begun > 20_000_000  # else there is nothing to see
    # In the first half: a call that held the lock would give it away at its end, before the clock is read.
    within = [moment for moment in moments if begun < moment * 1_000_000 < (begun + ended) // 2]
    assert len(within) > 2


# What goes wrong


@pytest.mark.parametrize("prefetch", DEPTHS)
def test_an_error_is_raised_in_its_step_and_the_others_still_come(spoilt, prefetch):
    epoch = spoilt.epoch(0, prefetch=prefetch)
    seen = []
    for step in range(12):
        if step in (3, 4, 11):
            with pytest.raises(sb.PixelError, match=f"sample {step}"):
                next(epoch)
        else:
            seen.append(next(epoch).step)
    assert seen == [0, 1, 2, 5, 6, 7, 8, 9, 10]
    assert next(epoch, None) is None


def test_without_a_thread_to_be_had_each_is_rendered_when_it_is_asked_for(train, monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ahead._Worker, "start", refuse)
    assert digests(train.epoch(1)) == expected(train, 1)


def test_it_cannot_be_pickled_and_says_what_to_do(train):
    with pytest.raises(TypeError, match=r"batches.epoch\(epoch, start=step\)"):
        pickle.dumps(train.epoch(0))


# How it ends


def to_the_end(epoch):
    list(epoch)


def broken_off(epoch):
    for _ in epoch:
        break


def closed(epoch):
    next(epoch)
    epoch.close()
    assert list(epoch) == []


def closed_unused(epoch):
    epoch.close()
    assert list(epoch) == []


def failed(epoch):
    def use(batch):
        raise ZeroDivisionError(batch)

    with pytest.raises(ZeroDivisionError):
        list(map(use, epoch))


@pytest.mark.parametrize("end", [to_the_end, broken_off, closed, closed_unused, failed])
def test_however_it_ends_neither_threads_nor_buffers_are_left(train, end):
    before, buffers = workers(), sb.memory().buffers_in_use
    end(train.epoch(0))
    until(lambda: workers() <= before and sb.memory().buffers_in_use <= buffers)


def test_what_waits_is_not_rendered_any_more():
    before, make = workers(), Making(is_open=False)
    epoch = Epoch(make, range(20), 5)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(next, epoch)
        until(lambda: make.at_once == 1)
        epoch.close()
        make.gate.set()
        assert first.result(20) == 0
    assert list(epoch) == []
    until(lambda: workers() <= before)
    assert set(make.made) <= {0, 1}


@pytest.mark.parametrize("by_name", [True, False])
def test_what_an_end_finds_waiting_is_never_begun(by_name):
    before, make = workers(), Making(is_open=False)
    making = ahead.Ahead(make, 5)
    making.expect(range(20))
    until(lambda: make.at_once == 1)
    if by_name:
        making.close()
    del making
    make.gate.set()
    until(lambda: workers() <= before)
    assert make.made == [0]


def test_what_was_taken_is_kept_by_nobody_but_the_taker(train):
    making = ahead.Ahead(lambda step: train.batch(0, step), 2)
    making.expect(range(STEPS))
    for step in range(STEPS):
        x = weakref.ref(making.take(step).x)
        until(lambda x=x: x() is None)


# Several at once


def test_several_iterators_at_once_do_not_disturb_each_other(train):
    valid = train.evaluation()
    both = [(one.digest(), other.digest()) for one, other in zip(train.epoch(2), valid.epoch(0), strict=True)]
    assert both == list(zip(expected(train, 2), expected(valid), strict=True))
    assert digests(train.epoch(2)) == expected(train, 2)


def test_each_of_many_threads_has_an_iterator(train):
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda epoch: digests(train.epoch(epoch % 3)), range(48)))
    assert seen == 16 * [expected(train, epoch) for epoch in range(3)]


@pytest.mark.parametrize("prefetch", [0, 2])
def test_threads_that_share_an_iterator_get_each_batch_once(train, prefetch):
    for epoch in range(20):
        shared = train.epoch(epoch, prefetch=prefetch)
        with ThreadPoolExecutor(6) as pool:
            parts = list(pool.map(list, 6 * [shared]))
        seen = sorted((batch for part in parts for batch in part), key=lambda batch: batch.step)
        assert digests(seen) == expected(train, epoch)


# Other processes


def in_child(work):
    """Fork; fail unless ``work`` returns True in the child, and soon."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    end = time.monotonic() + 30
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            pytest.fail("the child hangs")
        time.sleep(0.001)


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # Python 3.12 warns of what is tested here
def test_a_forked_child_goes_on_by_itself_and_so_does_its_parent(train):
    wanted = expected(train, 1)
    for taken in range(STEPS):
        epoch = train.epoch(1)
        seen = [next(epoch).digest() for _ in range(taken)]
        in_child(lambda epoch=epoch, taken=taken: digests(epoch) == wanted[taken:] and not workers())
        in_child(lambda: digests(train.epoch(1)) == wanted)
        assert seen + digests(epoch) == wanted


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_forked_while_a_thread_waits_in_the_iterator_does_not_wait_for_it():
    make = Making(is_open=False)
    epoch = Epoch(make, range(3), 2)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(next, epoch)
        until(lambda: make.at_once == 1)

        def work():
            make.gate = threading.Event()
            make.gate.set()
            return list(epoch) == [0, 1, 2]

        in_child(work)
        make.gate.set()
        assert first.result(20) == 0
    assert list(epoch) == [1, 2]


@pytest.mark.parametrize(
    "name",
    [
        "in_the_midst",
        "with_many_waiting",
        "ready",
        "by_sys_exit",
        "in_a_cycle",
        "main_ends_first",
        "daemon_goes_on",
        "used_at_exit",
    ],
)
def test_the_interpreter_ends_without_a_word(name):
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, str(HERE / "ends.py"), name], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_the_wait_for_a_batch_at_once_and_loses_none():
    child = subprocess.Popen([sys.executable, str(HERE / "ctrl_c.py")], stdout=subprocess.PIPE, text=True)
    with child:
        for _ in range(3):
            assert child.stdout.readline().strip() == "waiting"
            time.sleep(0.05)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            assert child.stdout.readline().strip() == "interrupted"
            assert time.monotonic() - sent < 2
        assert child.stdout.readline().strip() == "[0, 1, 2, 3, 4]"
    assert child.returncode == 0

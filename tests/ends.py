"""Ways for a program to end while batches are rendered ahead: run as ``ends.py NAME`` by test_prefetch.py.

What each leaves running at its end is kept alive by this module's globals.
"""

import atexit
import sys
import threading
import time

import numpy as np

kept = []


def told_at_exit():
    """Called after samebatch has ended its threads, as it was registered before."""
    assert "samebatch-ahead" not in [thread.name for thread in threading.enumerate()]
    for epoch in kept:
        if isinstance(epoch, list):
            assert len(list(epoch[0])) == STEPS - 2


atexit.register(told_at_exit)

import samebatch as sb  # noqa: E402 (after the above)

STEPS = 12


def train():
    """Batches that take a few milliseconds each."""
    images = np.zeros((STEPS * 16, 64, 64, 3), np.uint8)
    pipeline = sb.Pipeline([sb.RandomRotation(20)], size=(256, 256))
    return sb.Batches(sb.ArraySource(images), pipeline, batch_size=16, threads=1)


def begun(prefetch=2):
    epoch = train().epoch(0, prefetch=prefetch)
    next(epoch)
    return epoch


def in_the_midst():
    """Most likely while a batch is rendered."""
    kept.append(begun())


def with_many_waiting():
    kept.extend(begun(1000) for _ in range(4))


def ready():
    """The thread waits for something to do."""
    kept.append(begun())
    time.sleep(0.2)


def by_sys_exit():
    kept.append(begun())
    sys.exit()


def in_a_cycle():
    """Collected at the very end, if at all."""
    cycle = [begun()]
    cycle.append(cycle)


def main_ends_first():
    """A thread goes on with its epoch after the main one has ended."""

    def go_on():
        threading.main_thread().join()
        assert len(list(train().epoch(0))) == STEPS

    threading.Thread(target=go_on).start()


def daemon_goes_on():
    """A thread that Python does not wait for goes through epochs."""

    def go_on():
        while True:
            for _ in train().epoch(0):
                pass

    threading.Thread(target=go_on, daemon=True).start()
    time.sleep(0.1)


def used_at_exit():
    epoch = begun()
    next(epoch)
    kept.append([epoch])


if __name__ == "__main__":
    globals()[sys.argv[1]]()

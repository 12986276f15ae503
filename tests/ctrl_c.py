"""Wait for batches that only come after a Ctrl-C; say what then came. Run by test_prefetch.py."""

import signal
import sys
import threading

from samebatch.batch.epoch import Epoch

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
gates = [threading.Event() for _ in range(5)]
for step in (0, 2):
    gates[step].set()


def make(step):
    gates[step].wait(30)
    return step


def say(what):
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def wait(epoch, gate):
    """Return the next thing, which comes after a Ctrl-C if the gate is not open yet."""
    try:
        if not gate.is_set():
            say("waiting")
        return next(epoch)
    except KeyboardInterrupt:
        say("interrupted")
        gate.set()
        return next(epoch)


running = Epoch(make, range(5), 2)
say([wait(running, gate) for gate in gates])

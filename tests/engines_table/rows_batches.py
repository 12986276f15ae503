"""One process, without a framework."""

from common import EPOCHS, Rows, batches, expected

NEEDS = ()


def of_epochs(threads: int) -> list[str]:
    return [batch.digest() for epoch in range(EPOCHS) for batch in batches(threads=threads).epoch(epoch)]


def rows() -> Rows:
    return {
        "batches.batch": expected,
        "batches.epoch, threads: 1": lambda: of_epochs(1),
        "batches.epoch, threads: 3": lambda: of_epochs(3),
    }

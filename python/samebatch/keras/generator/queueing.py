"""How batches are rendered ahead, as Keras has words for it; what Keras is told is not what is done."""

from __future__ import annotations

from typing import Any

from samebatch.keras.generator.served import Served


class Queued(Served):
    """Batches that are rendered ahead by threads, or processes, of our own.

    Keras' workers would serve what is left in their queue from the epoch before, so it is told that there is one.
    """

    _queue: dict[str, Any]

    @property
    def workers(self) -> int:
        """What Keras is told, always 1: its own workers would serve batches of an epoch before. May be set."""
        return 1

    @workers.setter
    def workers(self, value: int) -> None:
        self._set("workers", value)

    @property
    def use_multiprocessing(self) -> bool:
        """What Keras is told, always False, likewise. May be set."""
        return False

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        self._set("processes", value)

    @property
    def max_queue_size(self) -> int:
        """How many rendered batches may wait at most. May be set."""
        return int(self._queue["queue"])

    @max_queue_size.setter
    def max_queue_size(self, value: int) -> None:
        self._set("queue", value)

    def _set(self, name: str, value: object) -> None:
        self._queue = self._queue | {name: value}

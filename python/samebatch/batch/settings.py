"""What batches are made with, and what can be told of them before any is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from samebatch import binding
from samebatch.batch.foresight import Foresight

if TYPE_CHECKING:
    from samebatch import _native
    from samebatch.checks import DType
    from samebatch.pipeline import Pipeline
    from samebatch.plan import Plan
    from samebatch.source import Source


class Settings:
    """The arguments of :class:`samebatch.Batches`, to be read and not to be set."""

    __slots__ = ("_bound", "_foresight", "_pipeline", "_plan", "_source", "_threads")

    _source: Source
    _pipeline: Pipeline
    _plan: Plan
    _threads: int | None
    _bound: _native.Pipeline | None
    _foresight: Foresight

    def _fill(self, source: Source, pipeline: Pipeline, plan: Plan, threads: int | None) -> None:
        self._source, self._pipeline, self._plan, self._threads = source, pipeline, plan, threads
        self._bound = None  # made with the first batch, and not pickled
        self._foresight = Foresight()  # likewise a process's own

    @property
    def source(self) -> Source:
        """The images, labels and weights."""
        return self._source

    @property
    def pipeline(self) -> Pipeline:
        """What is done to the images."""
        return self._pipeline

    @property
    def batch_size(self) -> int:
        """Samples of a global batch."""
        return self._plan.batch_size

    @property
    def seed(self) -> int:
        """What fixes order and augmentation."""
        return self._plan.seed

    @property
    def shuffle(self) -> bool:
        """Whether samples come in another order every epoch."""
        return self._plan.shuffle

    @property
    def last_batch(self) -> str:
        """What happens to a last batch with fewer samples: ``"keep"`` or ``"drop"``."""
        return self._plan.last_batch

    @property
    def balance(self) -> Literal["classes"] | None:
        """Whether every class gets the same share."""
        return None if self._plan.classes is None else "classes"

    @property
    def threads(self) -> int | None:
        """Native threads, or None: decided anew wherever a batch is made."""
        return self._threads

    @property
    def rank(self) -> int:
        """Which shard of each global batch this is."""
        return self._plan.rank

    @property
    def world_size(self) -> int:
        """Into how many shards each global batch is cut."""
        return self._plan.world_size

    @property
    def steps(self) -> int:
        """Batches of an epoch, as ``len()``."""
        return self._plan.steps

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return self._plan.steps

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """Shape of one image of x, in the pipeline's layout."""
        height, width = binding.output_size(self._pipeline, self._source)
        channels = self._source.channels
        first = self._pipeline.layout == "channels_first"
        return (channels, height, width) if first else (height, width, channels)

    @property
    def output_dtype(self) -> DType:
        """The pipeline's dtype; bfloat16 comes as uint16 bits."""
        return self._pipeline.dtype

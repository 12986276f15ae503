"""All batches: each the images, labels and weights of one step, as a function of (epoch, step)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from samebatch import binding, indexing
from samebatch.batch import state as states
from samebatch.batch.ahead import DEEPEST
from samebatch.batch.batch import Batch
from samebatch.batch.epoch import Epoch
from samebatch.batch.labels import labels_of
from samebatch.batch.settings import Settings
from samebatch.batch.skip import Renderer, Rows, skips, warn
from samebatch.checks import LastBatch, describe, integer
from samebatch.errors import SpecError
from samebatch.pipeline import Pipeline
from samebatch.plan import Plan
from samebatch.source import Source
from samebatch.threads import check_threads, resolve_threads

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import ArrayLike, NDArray


class Batches(Settings):
    """All batches of all epochs. ``batch(epoch, step)`` is a pure function; nothing is remembered between calls.

    Args:
        source: the images, with labels and weights.
        pipeline: what is done to them.
        batch_size: samples a step, at least 1.
        seed: 0 to 2**64 - 1; fixes order and augmentation.
        shuffle: True: another order every epoch; False: the source's order.
        last_batch: ``"keep"`` a last batch with fewer samples, or ``"drop"`` it.
        balance: ``"classes"``: every class gets the same share of each epoch, small ones by repeating their samples,
            each time with other numbers drawn; None: every sample once an epoch.
        threads: native threads, 1 to 1024; None: the environment's ``SAMEBATCH_THREADS``, else 1 in a worker process,
            else every core this process may use. Changes no byte.

    Raises:
        SpecError: an argument is wrong, the pipeline does not fit the source, or no batch is left.
        ShapeError: the pipeline needs square images, and they are not.
    """

    __slots__ = ()

    def __init__(
        self,
        source: Source,
        pipeline: Pipeline,
        *,
        batch_size: int = 32,
        seed: int = 0,
        shuffle: bool = True,
        last_batch: LastBatch = "keep",
        balance: Literal["classes"] | None = None,
        threads: int | None = None,
    ) -> None:
        if not isinstance(source, Source):
            raise SpecError(
                f"source must be a source, got {describe(source)}; wrap arrays: ArraySource(images, labels); "
                "files: FileSource(paths, labels)"
            )
        if not isinstance(pipeline, Pipeline):
            raise SpecError(f"pipeline must be a Pipeline, got {describe(pipeline)}; wrap transforms: Pipeline([...])")
        plan = Plan.checked(
            source.labels,
            len(source),
            batch_size=batch_size,
            seed=seed,
            shuffle=shuffle,
            last_batch=last_batch,
            balance=balance,
        )
        binding.check(pipeline, source)
        self._fill(source, pipeline, plan, check_threads(threads))

    def rows(self, epoch: int, step: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Return (indices, repeats) of a step as planned, without making it.

        A file that gives no image is not known before: with ``on_error="skip"`` the batch says what is in its rows.

        Raises:
            IndexError: the epoch or the step is negative or too large.
            TypeError: one of them is no whole number.
        """
        return self._plan.rows(epoch, step)

    def indices(self, epoch: int, step: int) -> NDArray[np.int64]:
        """Return which samples are in a step, without making it; raises as :meth:`rows`."""
        return self._plan.rows(epoch, step)[0]

    def global_rows(self, step: int) -> int:
        """Return how many samples the global batch of a step has, over all ranks; raises as :meth:`rows`."""
        return self._plan.size(step)

    def batch(self, epoch: int, step: int, out: NDArray[Any] | None = None) -> Batch:
        """Return the batch of a step.

        Args:
            epoch: 0 to 2**63 - 1.
            step: 0 to ``len(self) - 1``.
            out: where to put x: a C-contiguous, writable array of its shape and type; None: memory of its own.

        Raises:
            IndexError: the epoch or the step is negative or too large.
            TypeError: one of them is no whole number.
            ShapeError: ``out`` has another shape, or is not contiguous or not writable.
            PixelError: a pixel is NaN or outside the value range, or ``out`` has another type.
            DecodeError: a file gives no image, or with ``on_error="skip"`` none that could stand in its place does.
            FetchError: an image could not be fetched.
        """
        indices, repeats = self._plan.rows(epoch, step)
        if self._source.read_ahead:
            self._foresight.look(self._source, self._plan, epoch, step)
        return self._render(epoch, step, indices, repeats, out)

    def samples(
        self, epoch: int, indices: ArrayLike, repeats: ArrayLike | None = None, out: NDArray[Any] | None = None
    ) -> Batch:
        """Return any samples of an epoch, in the order asked for, each as it would be in its batch.

        Args:
            epoch: 0 to 2**63 - 1.
            indices: the samples, each 0 to ``len(self.source) - 1``.
            repeats: which draw of its sample within the epoch each is; None: the first, 0.
            out: as for :meth:`batch`.

        Raises:
            IndexError, TypeError, ShapeError, PixelError, DecodeError: as for :meth:`batch`.
        """
        chosen = indexing.samples("indices", indices, len(self._source))
        if self._source.read_ahead:
            self._source.expect(chosen)
        return self._render(indexing.epoch(epoch), None, chosen, indexing.repeats(repeats, len(chosen)), out)

    def epoch(self, epoch: int, start: int = 0, prefetch: int = 2) -> Epoch:
        """Return an iterator over the batches of an epoch, in order; each is the one that :meth:`batch` returns.

        Args:
            epoch: 0 to 2**63 - 1.
            start: the first step, 0 to ``len(self)``.
            prefetch: how many batches are rendered ahead, from the first that is asked for on, 0 to 1024; one at a
                time, on native threads. With the one in use and the one asked for, ``prefetch + 2`` of them lie in
                memory at most. 0: each is rendered when it is asked for. Changes no byte.

        Raises:
            IndexError: the epoch or the step is negative or too large.
            SpecError: ``prefetch`` is out of range.
            TypeError: the epoch or the step is no whole number.
        """
        which = indexing.epoch(epoch)
        meaning = f"an epoch has {self.steps} steps, and {self.steps} starts at its end"
        first = indexing.position("start", start, self.steps + 1, meaning)
        depth = integer("prefetch", prefetch, 0, DEEPEST)
        tell = partial(warn, self._source, f"in epoch {which}") if skips(self._source) else None
        return Epoch(partial(self.batch, which), range(first, self.steps), depth, tell)

    def state(self, epoch: int, step: int) -> dict[str, Any]:
        """Return the state of a run whose next batch is that of (epoch, step), for :meth:`resume`.

        It is small and plain (JSON holds it): where the run is, and by what its batches are known: the digests of
        pipeline and source, the seed, the batch size and so on. The shard is not in it.

        Args:
            epoch: 0 to 2**63 - 1.
            step: 0 to ``len(self)``, which is the next epoch's step 0.

        Raises:
            IndexError: the epoch or the step is negative or too large.
            TypeError: one of them is no whole number.
        """
        meaning = f"an epoch has {self.steps} steps, and {self.steps} is its end"
        return states.after(self, indexing.epoch(epoch), indexing.position("step", step, self.steps + 1, meaning))

    def resume(self, state: Mapping[str, Any]) -> tuple[int, int]:
        """Return the (epoch, step) to go on with: ``batches.epoch(*batches.resume(state))`` are the remaining batches.

        Raises:
            SpecError: it is the state of other batches: of another pipeline, source, seed, ...; it names the change.
        """
        return states.place(self, state)

    def evaluation(self) -> Batches:
        """Return every sample once, in the source's order, without Random* transforms; batch size and shard stay."""
        whole = Batches(
            self._source,
            self._pipeline.evaluation(),
            batch_size=self.batch_size,
            seed=self.seed,
            shuffle=False,
            threads=self._threads,
        )
        return whole.shard(self.rank, self.world_size)

    def shard(self, rank: int, world_size: int) -> Batches:
        """Return one rank's share of every global batch; all ranks' shares, in order, are the global batch.

        The shard of a shard is again one of the global batch. Where a global batch has fewer samples than there are
        ranks, some ranks get none.

        Args:
            rank: 0 to ``world_size - 1``.
            world_size: 1 to 2**31 - 1.

        Raises:
            SpecError: one of them is out of range.
        """
        shard = _rebuild(self._source, self._pipeline, self._plan.shard(rank, world_size), self._threads)
        shard._bound = self._bound  # noqa: SLF001 (its own)
        return shard

    def portable(self, threads: int | None) -> Batches:
        """Return the same batches in the form in which they travel best to other processes and machines.

        Args:
            threads: native threads there; None: as here.

        Raises:
            SpecError: it is no whole number from 1 to 1024.
        """
        count = self._threads if threads is None else check_threads(threads)
        return _rebuild(self._source.portable(), self._pipeline, self._plan, count)

    def _render(
        self,
        epoch: int,
        step: int | None,
        indices: NDArray[np.int64],
        repeats: NDArray[np.uint64],
        out: NDArray[Any] | None,
    ) -> Batch:
        if self._bound is None:
            self._bound = binding.bind(self._pipeline, self._source)
        source, bound, count = self._source, self._bound, resolve_threads(self._threads)
        if skips(source):
            rows = Renderer(bound, source, self.seed, epoch, count)(indices, repeats, out)
        else:
            rows = Rows(bound.batch(source.native, indices, self.seed, epoch, repeats, count, out), indices, repeats)
        return Batch(
            x=rows.x,
            y=labels_of(source, rows),
            weights=None if source.weights is None else source.weights[rows.indices],
            indices=rows.indices,
            repeats=rows.repeats,
            epoch=int(epoch),
            step=None if step is None else int(step),
            layout=self._pipeline.layout,
            seed=self.seed,
            channels=source.channels,
            pipeline=self._pipeline,
            label_mode=source.label_mode,
            skipped=rows.skipped,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without the native pipeline, which is made anew where it is needed."""
        return _rebuild, (self._source, self._pipeline, self._plan, self._threads)

    def __repr__(self) -> str:
        """Return how many there are, and of what."""
        shard = f", rank {self.rank} of {self.world_size}" if self.world_size > 1 else ""
        return f"<Batches: {self.steps} steps of {self.batch_size}, seed={self.seed}{shard}, {self._source!r}>"


def _rebuild(source: Source, pipeline: Pipeline, plan: Plan, threads: int | None) -> Batches:
    batches = object.__new__(Batches)
    batches._fill(source, pipeline, plan, threads)
    return batches

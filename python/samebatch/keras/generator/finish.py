"""Batches with a user's function in the middle: rendered up to it, given to it image by image, and then finished.

This is all that is computed in Python; without a ``preprocessing_function`` a batch is made in one native pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from samebatch.batch import Batches
from samebatch.checks import describe
from samebatch.errors import PixelError
from samebatch.keras.generator import translate
from samebatch.params import Params
from samebatch.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from samebatch.batch import Batch
    from samebatch.checks import DType, Layout
    from samebatch.keras.generator.arguments import Arguments
    from samebatch.keras.generator.fitted import Fitted
    from samebatch.plan import Plan
    from samebatch.source import Source

LEAST_POWER, LARGEST_POWER = 8, 99
NATIVE: Final = ("float32", "float16", "bfloat16", "uint8")


@dataclass(frozen=True)
class Finish:
    """What is done to images after the native pass, each on its own: the function, and the scaling that follows it.

    Attributes:
        arguments: of the generator; the function sees images in its ``data_format``.
        fitted: what it found.
        first: the first stage of the scaling that is done here.
        dtype: of the result: one that the native core gives.
    """

    arguments: Arguments
    fitted: Fitted
    first: int
    dtype: DType

    @classmethod
    def of(cls, arguments: Arguments, fitted: Fitted, dtype: DType) -> Finish | None:
        """Return what is left to do after the native pass, or None if nothing is."""
        first = 0 if arguments.preprocessing_function is not None else 1
        if first == translate.stages(arguments):
            return None
        return cls(arguments, replace(fitted), first, dtype)

    def __call__(self, x: NDArray[np.float32], samples: Sequence[int], threads: int | None = None) -> NDArray[Any]:
        """Return finished images; ``x``, float32 in ``data_format``, may be overwritten.

        Args:
            x: the images.
            samples: how messages call them.
            threads: native threads.

        Raises:
            TypeError: the function returned something else than an image.
            ValueError: likewise, of another shape, or with a pixel that is not finite.
            Exception: what the function raises, with a note that names the sample where Python has notes.
        """
        if self.first == 0 and self.arguments.preprocessing_function is not None:
            for row, sample in zip(x, samples, strict=True):
                self._apply(self.arguments.preprocessing_function, row, sample)
        made: NDArray[Any] = x.transpose(0, 2, 3, 1) if self.arguments.data_format == "channels_first" else x
        for stage in range(self.first, translate.stages(self.arguments)):
            made = self._scale(made, stage, threads)
        return made

    def _scale(self, x: NDArray[np.float32], stage: int, threads: int | None) -> NDArray[Any]:
        """Scale images with a value range that follows from each image alone, whatever else is in the batch."""
        powers = [_power(row) for row in x]
        parts = [np.flatnonzero(np.equal(powers, power)) for power in sorted(set(powers))]
        made = [self._scale_alike(x[rows], stage, powers[rows[0]], threads) for rows in parts]
        if len(made) == 1:
            return made[0]
        result = np.empty((len(x), *made[0].shape[1:]), made[0].dtype)
        for rows, part in zip(parts, made, strict=True):
            result[rows] = part
        return result

    def _scale_alike(self, x: NDArray[np.float32], stage: int, power: int, threads: int | None) -> NDArray[Any]:
        bounds = (-(2.0**power), 2.0**power)
        last = stage == translate.stages(self.arguments) - 1
        pipeline = Pipeline(
            translate.scaling(self.arguments, self.fitted, stage, bounds),
            dtype=self.dtype if last else "float32",
            layout=cast("Layout", self.arguments.data_format) if last else "channels_last",
        )
        nothing = Params((), np.empty((len(x), 0)), np.arange(len(x)), seed=0)
        return pipeline.apply(x, nothing, value_range=bounds, threads=threads)

    def _apply(self, function: Callable[[Any], Any], row: NDArray[np.float32], sample: int) -> None:
        name = getattr(function, "__qualname__", None) or repr(function)
        try:
            made = function(row)
        except Exception as error:
            note = f"in preprocessing_function {name}, sample {sample}"
            if hasattr(error, "add_note"):
                error.add_note(note)
                raise
            raise RuntimeError(f"{note}: {type(error).__name__}: {error}") from error
        if made is None:
            raise TypeError(
                f"sample {sample}: preprocessing_function {name} returned None; it must return the image, of shape "
                f"{row.shape}"
            )
        try:
            row[...] = np.asarray(made)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"sample {sample}: preprocessing_function {name} returned {describe(made)}, and must return an image "
                f"of shape {row.shape}, as it was given: {error}"
            ) from error
        if not np.isfinite(row).all():
            raise PixelError(
                f"sample {sample}: preprocessing_function {name} returned a pixel that is not finite; "
                "does it divide by 0?"
            )


class FinishedBatches(Batches):
    """Batches whose images go through a :class:`Finish` after the native pass, whoever asks for them."""

    __slots__ = ("_finish",)

    _finish: Finish

    @classmethod
    def of(cls, batches: Batches, finish: Finish) -> FinishedBatches:
        """Return ``batches`` with another end; their pipeline must give float32, in the finish's layout."""
        return _rebuild(batches.source, batches.pipeline, batches._plan, batches.threads, finish)  # noqa: SLF001 (a subclass)

    @property
    def output_dtype(self) -> DType:
        """The type of x; bfloat16 comes as uint16 bits."""
        return self._finish.dtype

    def shard(self, rank: int, world_size: int) -> FinishedBatches:
        """Return one rank's share: see :meth:`samebatch.Batches.shard`."""
        return self.of(super().shard(rank, world_size), self._finish)

    def _render(
        self,
        epoch: int,
        step: int | None,
        indices: NDArray[np.int64],
        repeats: NDArray[np.uint64],
        out: NDArray[Any] | None,
    ) -> Batch:
        batch = super()._render(epoch, step, indices, repeats, None)
        x = self._finish(batch.x, batch.indices.tolist(), self.threads)
        if out is not None:
            out[...] = x
            x = out
        return replace(batch, x=x)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the user's function, which must be one that can be."""
        return _rebuild, (self._source, self._pipeline, self._plan, self._threads, self._finish)


def _rebuild(source: Source, pipeline: Pipeline, plan: Plan, threads: int | None, finish: Finish) -> FinishedBatches:
    batches = object.__new__(FinishedBatches)
    batches._fill(source, pipeline, plan, threads)
    batches._finish = finish
    return batches


def native_dtype(dtype: str) -> DType:
    """Return the type that the native core is to give for an output type; what it lacks is made of float32."""
    return cast("DType", dtype if dtype in NATIVE else "float32")


def _power(image: NDArray[np.float32]) -> int:
    """Return the smallest power of 2 that no value of an image exceeds, from 2**8 on."""
    largest = float(np.abs(image).max())
    return min(max(int(np.ceil(np.log2(max(largest, 1.0)))), LEAST_POWER), LARGEST_POWER)

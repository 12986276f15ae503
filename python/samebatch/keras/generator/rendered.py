"""What the iterators of the default mode render: batches of samebatch, of a source, as the generator says."""
# ruff: noqa: ANN401 -- batches have the shape that Keras gives them

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from samebatch.keras.ahead import ahead
from samebatch.keras.generator import subset as subsets
from samebatch.keras.generator.queueing import Queued
from samebatch.keras.generator.rendering import Rendering
from samebatch.keras.generator.saving import Saving, numbers
from samebatch.targets import as_bfloat16

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from samebatch.batch import Batches
    from samebatch.batch.ahead import Ahead
    from samebatch.keras.ahead import Arrays, Key
    from samebatch.pipeline import Pipeline
    from samebatch.source import Source


class Rendered(Queued):
    """Batches of a source, made anew when the generator was changed or fitted."""

    seed: int  # never None

    _made: tuple[Any, Batches, Ahead[Key, Arrays]] | None = None
    _following: Key | None = None  # the key that next() is expected to take

    @property
    def reading(self) -> dict[str, Any]:
        """How an image is brought to its size, as keys of a pipeline."""
        return {}

    @property
    def augmented(self) -> bool:
        """Whether images are transformed at random: not those for validation."""
        return self.subset != "validation"

    @property
    def pipeline(self) -> Pipeline:
        """What is done to the images, as a plain samebatch pipeline."""
        return self._rendering().pipeline(self._value_range(), whole=True)

    @property
    def batches(self) -> Batches:
        """The batches as samebatch has them, without labels; made anew when the generator was changed or fitted."""
        return self._current()[0]

    def torch(self, **kwargs: Any) -> Any:
        """Return a :class:`samebatch.torch.DataLoader` over the same batches, as tensors.

        Args:
            **kwargs: as for that class: num_workers, pin_memory...

        Raises:
            ValueError: the batches are not (x, y) or (x, y, weights) of plain arrays.
            ImportError: PyTorch is not installed.
        """
        import samebatch.torch  # noqa: PLC0415 (only here)

        labels, weights = self._labels()
        return samebatch.torch.DataLoader(self._render(self._source(labels, weights)), **kwargs)

    def _typed(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return images in the generator's dtype, which need not be one that the native core gives."""
        rendered = self._rendering().dtype
        if rendered == "bfloat16":
            return as_bfloat16(x)
        return x if rendered == self.dtype else x.astype(self.dtype, copy=False)

    def _assembled(self, x: NDArray[Any], indices: NDArray[np.int64], epoch: int) -> Any:
        x = self._typed(x)
        if self.save_to_dir:
            save = Saving(self.save_to_dir, self.save_prefix, self.save_format, self.data_format)
            save(x, indices.tolist(), numbers(self.seed, epoch, indices.tolist()))
        return self._joined(x, indices)

    def _held_out(self, count: int, classes: NDArray[np.int64] | None, group: int = 0) -> NDArray[np.bool_]:
        share = self.image_data_generator.arguments.validation_split or 0.0
        return subsets.validation(count, share, group) if classes is None else subsets.stratified(classes, share)

    @abstractmethod
    def _source(self, labels: Any = None, weights: Any = None) -> Source:
        """Return the images as a source, with what belongs to them."""

    @abstractmethod
    def _labels(self) -> tuple[Any, Any]:
        """Return the labels and weights that the source has."""

    def _value_range(self) -> tuple[float, float]:
        return 0.0, 255.0

    def _rendering(self) -> Rendering:
        generator = self.image_data_generator
        return Rendering(generator.arguments, generator.fitted, self.reading, self.augmented)

    def _render(self, source: Source) -> Batches:
        plan = {"batch_size": self.batch_size, "seed": self.seed, "shuffle": bool(self.shuffle)}
        return self._rendering().batches(source, **plan)

    def _current(self) -> tuple[Batches, Ahead[Key, Arrays]]:
        """Return the batches of the generator as it is now, and what renders them ahead."""
        queue = tuple(self._queue.values())
        state = (self.image_data_generator.state, self.batch_size, self.seed, self.shuffle, queue)
        if self._made is None or self._made[0] != state:
            batches = self._render(self._source())
            self._made = state, batches, ahead(batches, **self._queue)
            self._following = None
        return self._made[1:]

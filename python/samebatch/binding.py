"""What a pipeline demands of a source: checked here, where the words are the user's, and once more in the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from samebatch import _native
from samebatch.errors import ShapeError, SpecError
from samebatch.source import LARGEST_VALUE
from samebatch.transforms import Normalize, RandomQuarterTurn, Rescale, Whiten

if TYPE_CHECKING:
    from samebatch.pipeline import Pipeline

LARGEST_UINT8 = 255.0


class Bindable(Protocol):
    """What a pipeline needs to know of a source."""

    @property
    def height(self) -> int | None:
        """Rows of every image, in pixels; None: they differ."""

    @property
    def width(self) -> int | None:
        """Columns of every image, in pixels; None: they differ."""

    @property
    def channels(self) -> int:
        """Numbers of a pixel."""

    @property
    def dtype(self) -> str:
        """The pixels' type: ``"uint8"`` or ``"float32"``."""

    @property
    def value_range(self) -> tuple[float, float]:
        """(low, high): all pixels lie between them."""


def bind(pipeline: Pipeline, source: Bindable) -> _native.Pipeline:
    """Return the native pipeline for images as the source has them."""
    low, high = source.value_range
    whiten = pipeline.whiten
    return _native.Pipeline(
        pipeline.to_json(),
        source.height,
        source.width,
        source.channels,
        source.dtype,
        low,
        high,
        None if whiten is None else whiten.native(),
    )


def check(pipeline: Pipeline, source: Bindable) -> None:
    """Check that a pipeline can be bound to a source.

    Raises:
        SpecError: a Normalize is not fitted or has statistics of another number of channels; a Whiten has no matrix, or
            one for images of another size; ``fill_value`` is no value
            that a pixel of the source can have; the results do not fit into ``dtype="uint8"``; or the images differ in
            size and the pipeline has no ``size``.
        ShapeError: an odd number of quarter turns, and images that are not square.
    """
    _check_fill(pipeline, source)
    height, width = output_size(pipeline, source)
    for transform in pipeline.transforms:
        if isinstance(transform, Normalize):
            _check_statistics(transform, source.channels)
        if isinstance(transform, Whiten):
            _check_whitening(transform, (height, width, source.channels))
        if isinstance(transform, RandomQuarterTurn) and height != width and any(turn % 2 for turn in transform.turns):
            raise ShapeError(
                f"RandomQuarterTurn (id {transform.id!r}) with an odd number of turns needs square images, and these "
                f"are {height} x {width} (height x width); give the pipeline a square size=, or use turns=(0, 2)"
            )
    _check_range(pipeline, source)


def output_size(pipeline: Pipeline, source: Bindable) -> tuple[int, int]:
    """Return (height, width) of a pipeline's images.

    Raises:
        SpecError: the source's images differ in size, and the pipeline has no ``size``.
    """
    if pipeline.size is not None:
        return pipeline.size
    if source.height is None or source.width is None:
        raise SpecError(
            "the source's images differ in size, so the pipeline needs one: Pipeline(..., size=(height, width)), for "
            "example size=(224, 224)"
        )
    return source.height, source.width


def _check_fill(pipeline: Pipeline, source: Bindable) -> None:
    if pipeline.fill_mode != "constant" and pipeline.fit != "pad":
        return
    low, high = source.value_range
    if not low <= pipeline.fill_value <= high:
        raise SpecError(
            f"fill_value is {pipeline.fill_value}, outside the source's value range ({low}, {high}); "
            "it is a pixel's value before any photometry or scaling"
        )
    if source.dtype == "uint8" and not pipeline.fill_value.is_integer():
        raise SpecError(f"fill_value is {pipeline.fill_value}; for a uint8 source it must be a whole number")


def _check_statistics(normalize: Normalize, channels: int) -> None:
    name = f"Normalize (id {normalize.id!r})"
    if normalize.mean is None:
        raise SpecError(
            f"{name} is not fitted: it has no mean and std; use Normalize.fit(source) of the training images, "
            "or give it mean= and std="
        )
    if len(normalize.mean) not in (1, channels):
        raise SpecError(
            f"{name} has mean and std of {len(normalize.mean)} channels, and the source has {channels}; "
            "give one number for all channels, or one for each"
        )


def _check_whitening(whiten: Whiten, shape: tuple[int, int, int]) -> None:
    name = f"Whiten (id {whiten.id!r})"
    if whiten.matrix is None:
        raise SpecError(f"{name} has no matrix; {whiten.remedy()}")
    count = shape[0] * shape[1] * shape[2]
    if whiten.features != count:
        raise SpecError(
            f"{name} whitens images of {whiten.features} numbers, and these are {shape[0]} x {shape[1]} x {shape[2]} "
            f"(height x width x channels), {count} numbers; fit it to them: Whiten.fit(source, pipeline=...)"
        )


def _check_range(pipeline: Pipeline, source: Bindable) -> None:
    """Check that values stay apart, and that what comes out fits into uint8 and is not rounded to next to nothing."""
    low, high = source.value_range
    for transform in pipeline.transforms:
        if isinstance(transform, Rescale):
            ends = (low * transform.scale + transform.offset, high * transform.scale + transform.offset)
            low, high = min(ends), max(ends)
            if low == high or max(-low, high) > LARGEST_VALUE:
                raise SpecError(
                    f"Rescale (id {transform.id!r}) takes the value range to ({low}, {high}), where float32 cannot "
                    "tell values apart; use a scale and an offset of the range's own size"
                )
    if pipeline.dtype != "uint8":
        return
    if low < 0.0 or high > LARGEST_UINT8 or not high - low > 1.0:
        raise SpecError(
            f'dtype="uint8" holds whole numbers from 0 to 255, and the results lie between {low} and {high}; '
            "bring them there, as Rescale(255) does for values from 0 to 1, or use a float dtype"
        )

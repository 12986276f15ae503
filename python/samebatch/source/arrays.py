"""Images that are in one array already."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch import indexing
from samebatch.checks import LARGEST_CHANNELS, LARGEST_SIDE, describe, number
from samebatch.errors import PixelError, ShapeError, SpecError
from samebatch.source import columns
from samebatch.source.base import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_VALUE = 1e30
COLOURS = (1, 3, 4)  # channels of grey, RGB and RGBA images
LIKELY_SIDE = 8  # pixels: who has smaller square images knows what they do
CHANNELS_FIRST = "is it channels_first? images.transpose(0, 2, 3, 1)"
DEFAULT_RANGES = {"uint8": (0.0, 255.0), "float32": (0.0, 1.0)}


class ArraySource(Source):
    """Images in one array, with their labels and weights.

    The images are kept by reference: never copied, never written; read-only, strided and memory-mapped arrays will do.
    Do not write them while a batch is made.

    Args:
        images: a NumPy array of shape (n, height, width, channels), or (n, height, width) for one channel, of dtype
            uint8 or float32; 1 to 16384 pixels a side, 1 to 32 channels.
        labels: anything :func:`numpy.asarray` takes, of first length n; None: no labels.
        weights: likewise, of finite numbers; None: no weights.
        value_range: (low, high), between which all pixels lie, or PixelError when they are read. None: (0, 255) for
            uint8, and no other range may exceed it; (0, 1) for float32. For float32 the two are rounded to float32, in
            which they are compared.

    Raises:
        PixelError: the images are not uint8 or float32 in the machine's byte order.
        ShapeError: the images' rank or size, or a length, is wrong; or they look like channels_first: (n, 3, 32, 32).
        SpecError: the value range is reversed or not finite, or labels or weights are of an unusable type.
    """

    __slots__ = ("_images", "_labels", "_value_range", "_weights")

    def __init__(
        self,
        images: NDArray[np.uint8] | NDArray[np.float32],
        labels: Any = None,  # noqa: ANN401 (whatever numpy.asarray takes)
        weights: Any = None,  # noqa: ANN401
        *,
        value_range: tuple[float, float] | None = None,
    ) -> None:
        _check_type(images)
        _check_shape(images)
        self._images = images if images.ndim == 4 else images[..., np.newaxis]  # noqa: PLR2004 (n, h, w, c)
        self._value_range = _range(value_range, images.dtype)
        self._labels = None if labels is None else columns.labels(labels, len(images))
        self._weights = None if weights is None else columns.weights(weights, len(images))

    @property
    def images(self) -> NDArray[Any]:
        """The images: the array itself, or a view of it, of shape (n, height, width, channels)."""
        return self._images

    @property
    def native(self) -> NDArray[Any]:
        """The images: what the native core reads."""
        return self._images

    @property
    def labels(self) -> NDArray[Any] | None:
        """The labels, first length n, or None."""
        return self._labels

    @property
    def weights(self) -> NDArray[Any] | None:
        """The weights, first length n, or None."""
        return self._weights

    @property
    def value_range(self) -> tuple[float, float]:
        """(low, high): all pixels lie between them."""
        return self._value_range

    @property
    def height(self) -> int:
        """Rows of an image, in pixels."""
        return int(self._images.shape[1])

    @property
    def width(self) -> int:
        """Columns of an image, in pixels."""
        return int(self._images.shape[2])

    @property
    def channels(self) -> int:
        """Numbers of a pixel."""
        return int(self._images.shape[3])

    @property
    def dtype(self) -> str:
        """The pixels' type: ``"uint8"`` or ``"float32"``."""
        return str(self._images.dtype)

    def read(self, index: int) -> NDArray[Any]:
        """Return one image, (height, width, channels), as a fresh copy.

        Args:
            index: 0 to ``len(self) - 1``.

        Raises:
            IndexError: the index is negative or too large.
            TypeError: it is no whole number.
        """
        which = indexing.position("index", index, len(self), f"there are {len(self)} images")
        return np.array(self._images[which], order="C")

    def portable(self) -> ArraySource:
        """Return the same images as one plain piece of memory, which can be passed on without a copy; itself, if so."""
        images = np.ascontiguousarray(
            np.asarray(self._images)
        )  # a mapped file, and strided arrays, are pickled by value
        if images is self._images:
            return self
        made = copy.copy(self)
        made._images = images  # noqa: SLF001 (its own)
        return made

    def __len__(self) -> int:
        """Return the number of images."""
        return int(self._images.shape[0])

    def __repr__(self) -> str:
        """Return shape and type, not the pixels."""
        parts = [f"{len(self)} images of {self.height} x {self.width} x {self.channels}", self.dtype]
        parts += [] if self._labels is None else [f"labels {self._labels.dtype}{list(self._labels.shape)}"]
        parts += [] if self._weights is None else [f"weights {self._weights.dtype}{list(self._weights.shape)}"]
        return f"<ArraySource: {', '.join(parts)}, value_range={self._value_range}>"


def _check_type(images: object) -> None:
    if not isinstance(images, np.ndarray):
        raise PixelError(
            f"images must be a NumPy array of uint8 or float32, got {type(images).__name__}; "
            'convert it, for example with numpy.asarray(images, dtype="uint8")'
        )
    if isinstance(images, np.ma.MaskedArray):
        raise PixelError("images must not be a masked array, its mask would be ignored; fill it: images.filled(value)")
    dtype = images.dtype
    if dtype in (np.uint8, np.float32):  # in native byte order: numpy.float32 is not equal to the other one
        return
    if not dtype.isnative:
        fix = f'they are in foreign byte order: images.astype("{dtype.newbyteorder("=").name}")'
    elif dtype.kind == "f":
        fix = 'images.astype("float32")'
    elif dtype.kind in "iu":
        fix = 'images.astype("uint8") if they lie in 0..255, else images.astype("float32") with value_range='
    elif dtype.kind == "b":
        fix = 'images.astype("uint8"), with value_range=(0, 1)'
    elif dtype.kind == "O":
        fix = 'are they of different sizes? make them one array of one size: numpy.stack(list(images)).astype("uint8")'
    else:
        fix = 'images.astype("uint8") or images.astype("float32")'
    raise PixelError(f"images must be uint8 or float32, got dtype {dtype.str} ({dtype}); {fix}")


def _check_shape(images: NDArray[Any]) -> None:
    shape = images.shape
    if images.ndim not in (3, 4):
        fix = "; a single image is images[numpy.newaxis]" if images.ndim == 2 else ""  # noqa: PLR2004 (h, w)
        raise ShapeError(
            f"images must have shape (n, height, width, channels) or (n, height, width), got {shape}, "
            f"rank {images.ndim}{fix}"
        )
    if 0 in shape:
        names = ("images", "rows", "columns", "channels")
        raise ShapeError(f"there are no {names[shape.index(0)]} in an array of images of shape {shape}")
    height, width = shape[1:3]
    if max(height, width) > LARGEST_SIDE:
        raise ShapeError(
            f"images are {height} x {width} pixels (shape {shape}); at most {LARGEST_SIDE} a side can be read"
        )
    channels = shape[3] if images.ndim == 4 else 1  # noqa: PLR2004 (n, h, w, c)
    if channels > LARGEST_CHANNELS:
        first = f"; {CHANNELS_FIRST}" if height <= LARGEST_CHANNELS else ""
        raise ShapeError(
            f"images have {channels} channels (the last of shape {shape}); at most {LARGEST_CHANNELS} can be "
            f"read{first}"
        )
    if height in COLOURS and width == channels >= LIKELY_SIDE:
        raise ShapeError(
            f"an array of shape {shape} would be read as images of {height} x {width} pixels with {channels} channels; "
            + CHANNELS_FIRST
        )


def _range(value_range: object, dtype: np.dtype[Any]) -> tuple[float, float]:
    if value_range is None:
        return DEFAULT_RANGES[dtype.name]
    if not isinstance(value_range, tuple | list | np.ndarray) or len(value_range) != 2:  # noqa: PLR2004 (low, high)
        raise SpecError(f"value_range must be (low, high) or None, got {describe(value_range)}")
    low, high = (number(f"value_range[{i}]", end, -LARGEST_VALUE, LARGEST_VALUE) for i, end in enumerate(value_range))
    if dtype == np.float32:
        low, high = float(np.float32(low)), float(np.float32(high))
    if not low < high:
        raise SpecError(f"value_range must be (low, high) with low < high, got {value_range!r}")
    if dtype == np.uint8 and not 0.0 <= low < high <= 255.0:  # noqa: PLR2004 (the largest uint8)
        raise SpecError(f"value_range of uint8 images must lie within (0, 255), got {value_range!r}")
    return low, high

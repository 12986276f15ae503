"""What every source of images has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from samebatch.source import identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from samebatch import _native


class Source(ABC):
    """Images by their number, with labels and weights: :class:`samebatch.ArraySource`, :class:`samebatch.FileSource`.

    A source is a value: what it returns for an index is the same at any time, in any process.
    """

    __slots__ = ("_digest",)

    _digest: str

    @property
    def digest(self) -> str:
        """What tells this data, in this order, from others: 32 hexadecimal digits, the same in every process.

        It is what a run that goes on is checked by, and has to be cheap: of pixels at most 64 images, spread evenly,
        are looked at, and of files none is opened; their names, labels and weights count, and how they are read. Made
        when it is first asked for.
        """
        if not hasattr(self, "_digest"):
            self._digest = identity.of(self._parts())
        return self._digest

    def _parts(self) -> Iterator[identity.Part]:
        """Yield what :attr:`digest` is the hash of."""
        yield "images", [len(self), self.height, self.width, self.channels]
        yield "pixels", [self.dtype, *self.value_range]
        yield from self._targets()
        for index in identity.spread(len(self)):
            yield f"image {index}", identity.part_of(self.read(index))

    def _targets(self) -> Iterator[identity.Part]:
        """Yield what comes with the images."""
        yield "labels", self.labels
        yield "input", True if self.label_mode == "input" else None
        yield "weights", self.weights

    @property
    def read_ahead(self) -> int:
        """How many samples it helps to name before they are read, by :meth:`expect`; 0: none."""
        return 0

    def expect(self, indices: NDArray[np.int64]) -> None:  # noqa: B027 (to take no hint is fine)
        """Take a hint: these samples will be read soon, in this order. It changes no result.

        Args:
            indices: shape (n,), each 0 to ``len(self) - 1``.
        """

    @property
    @abstractmethod
    def labels(self) -> NDArray[Any] | None:
        """The labels, first length n, or None."""

    @property
    def label_mode(self) -> str | None:
        """``"input"``: y of a batch is a copy of its x. Anything else, or None: it is of :attr:`labels`."""
        return None

    @property
    @abstractmethod
    def weights(self) -> NDArray[Any] | None:
        """The weights, first length n, or None."""

    @property
    @abstractmethod
    def value_range(self) -> tuple[float, float]:
        """(low, high): all pixels lie between them."""

    @property
    @abstractmethod
    def height(self) -> int | None:
        """Rows of every image, in pixels; None: they differ."""

    @property
    @abstractmethod
    def width(self) -> int | None:
        """Columns of every image, in pixels; None: they differ."""

    @property
    @abstractmethod
    def channels(self) -> int:
        """Numbers of a pixel."""

    @property
    @abstractmethod
    def dtype(self) -> str:
        """The pixels' type: ``"uint8"`` or ``"float32"``."""

    @property
    @abstractmethod
    def native(self) -> NDArray[Any] | _native.Files:
        """What the native core reads the images from; it belongs to this process and is never pickled with a source."""

    @abstractmethod
    def read(self, index: int) -> NDArray[np.uint8] | NDArray[np.float32]:
        """Return a fresh copy of one image, (height, width, channels), as a pipeline sees it."""

    def portable(self) -> Source:
        """Return the source in the form in which it travels best to other processes and machines; itself, as a rule."""
        return self

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of images."""

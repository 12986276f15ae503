"""Images that are encoded, each on its own, wherever their bytes lie."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from samebatch import indexing
from samebatch.errors import DecodeError
from samebatch.source import columns
from samebatch.source.base import Source
from samebatch.source.opened import Opened
from samebatch.source.pillow import CHANNELS, pillow_pixels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from samebatch import _native
    from samebatch.source.identity import Part
    from samebatch.source.options import Options
    from samebatch.source.origin import Origin

VALUE_RANGE: Final = (0.0, 255.0)


class EncodedSource(Source):
    """What sources of encoded images have in common: :class:`samebatch.FileSource` and others.

    The pixels of an image are those of ``PIL.Image.open(file).convert(mode)``. None is read before it is asked for.
    """

    __slots__ = ("_classes", "_label_mode", "_labels", "_opened", "_options", "_origin", "_weights")

    _origin: Origin
    _labels: NDArray[Any] | None
    _weights: NDArray[Any] | None
    _classes: tuple[str, ...] | None
    _label_mode: str | None
    _options: Options
    _opened: Opened

    def _fill(
        self,
        origin: Origin,
        labels: object,
        weights: object,
        classes: Sequence[str] | None,
        options: Options,
        label_mode: str | None = None,
    ) -> None:
        self._origin, self._options, self._opened = origin, options, Opened()
        self._label_mode = label_mode
        self._labels = None if labels is None else columns.labels(labels, len(origin))
        self._weights = None if weights is None else columns.weights(weights, len(origin))
        self._classes = None if classes is None else tuple(classes)

    @property
    def names(self) -> Sequence[str]:
        """What errors call each image: where it is."""
        return self._origin.names

    @property
    def labels(self) -> NDArray[Any] | None:
        """The labels, first length n, or None."""
        return self._labels

    @property
    def label_mode(self) -> str | None:
        """How labels were asked for, as ``"sparse"``; ``"input"``: y of a batch is a copy of its x. None: as given."""
        return self._label_mode

    @property
    def weights(self) -> NDArray[Any] | None:
        """The weights, first length n, or None."""
        return self._weights

    @property
    def classes(self) -> list[str] | None:
        """The classes' names, in the order of their numbers, or None where labels are no classes with names."""
        return None if self._classes is None else list(self._classes)

    @property
    def class_indices(self) -> dict[str, int] | None:
        """The number of each class, or None."""
        return None if self._classes is None else {name: i for i, name in enumerate(self._classes)}

    @property
    def value_range(self) -> tuple[float, float]:
        """(0, 255): all pixels lie between them."""
        return VALUE_RANGE

    @property
    def height(self) -> None:
        """None: images may differ in size."""
        return

    @property
    def width(self) -> None:
        """None: images may differ in size."""
        return

    @property
    def channels(self) -> int:
        """Numbers of a pixel: 3, 4 or 1."""
        return CHANNELS[self._options.color]

    @property
    def dtype(self) -> str:
        """The pixels' type: ``"uint8"``."""
        return "uint8"

    @property
    def on_error(self) -> str:
        """What happens with a file that gives no image: ``"raise"`` or ``"skip"``."""
        return self._options.on_error

    @property
    def cache(self) -> str | tuple[str, int] | None:
        """Where decoded images are kept."""
        return self._options.cache

    @property
    def fast(self) -> bool:
        """Whether JPEG may be decoded at a reduced scale."""
        return self._options.fast

    @property
    def color(self) -> str:
        """``"rgb"``, ``"rgba"`` or ``"grey"``."""
        return self._options.color

    @property
    def upright(self) -> bool:
        """Whether images are turned as their EXIF orientation says."""
        return self._options.upright

    @property
    def native(self) -> _native.Files:
        """The images as the native core reads them; made when first asked for, in each process."""
        return self._opened.files(self._origin, self._options)

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """(name, reason) of those that gave no image in this process, in their order in the source."""
        return [(self.names[index], reason) for index, reason in self._opened.skipped()]

    @property
    def cache_failure(self) -> str | None:
        """Why no more decoded images are kept in the cache's folder (the disk is full, ...), or None."""
        return self.native.cache_failure

    def note_skipped(self, reasons: Mapping[int, str]) -> None:
        """Enter samples that gave no image, and why, into :attr:`skipped`."""
        self._opened.note(reasons)

    def untold_skipped(self) -> list[int]:
        """Return those samples of :attr:`skipped` that were not returned here before, for who warns of them."""
        return self._opened.untold()

    @property
    def read_ahead(self) -> int:
        """How many samples it helps to name before they are read: see :meth:`expect`; 0: none."""
        return self._origin.read_ahead

    def expect(self, indices: NDArray[np.int64]) -> None:
        """Begin to fetch these samples, in this order, where their bytes are far away."""
        self._origin.expect(indices)

    def encoded(self, index: int) -> str | bytes:
        """Return an image as it is before it is decoded: the path of a file of this machine, or bytes.

        Args:
            index: 0 to ``len(self) - 1``.

        Raises:
            DecodeError: there is no such image; it names the sample, the image and the reason.
            FetchError: it could not be fetched.
            IndexError: the index is negative or too large.
            TypeError: it is no whole number.
        """
        which = self._position(index)
        try:
            return self._origin.encoded(which)
        except DecodeError as error:
            raise DecodeError(f"sample {which}: {self.names[which]!r}: {error}") from error.__cause__

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return one image, (height, width, channels), at its full size, as Pillow decodes it.

        Args:
            index: 0 to ``len(self) - 1``.

        Raises:
            DecodeError: there is no image; it names the sample, the image and the reason.
            FetchError: it could not be fetched.
            IndexError: the index is negative or too large.
            TypeError: it is no whole number.
        """
        which = self._position(index)
        content = self.encoded(which)
        try:
            name = repr(self.names[which])
            return pillow_pixels(content, self._options.color, upright=self._options.upright, name=name)
        except DecodeError as error:
            raise DecodeError(f"sample {which}: {error}") from error.__cause__

    def _position(self, index: object) -> int:
        return indexing.position("index", index, len(self), f"there are {len(self)} {self._unit()}")

    def _parts(self) -> Iterator[Part]:
        # What a cache keeps and what becomes of broken files may change from run to run.
        yield from self._origin.parts()
        options = self._options
        yield "read as", [options.color, options.upright, options.fast]
        yield "classes", self._classes
        yield from self._targets()

    def portable(self) -> EncodedSource:
        """Return the same images, and the same folder as a cache, by paths that count from no current folder."""
        origin, options = self._origin.portable(), self._options.absolute()
        if origin is self._origin and options == self._options:
            return self
        made = copy.copy(self)
        made._origin, made._options = origin, options  # noqa: SLF001 (its own)
        return made

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        named = {name for kind in type(self).__mro__ for name in getattr(kind, "__slots__", ())}
        slots = {name: getattr(self, name) for name in named - {"_opened"} if hasattr(self, name)}
        return getattr(self, "__dict__", {}) | slots

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start afresh in this process."""
        for name, value in state.items():
            setattr(self, name, value)
        self._opened = Opened()

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self._origin)

    def __repr__(self) -> str:
        """Return how many there are and what comes with them."""
        parts = [f"{len(self)} {self._unit()}" + ("" if self._classes is None else f" of {len(self._classes)} classes")]
        parts += [self._options.color]
        parts += [] if self._labels is None else [f"labels {self._labels.dtype}{list(self._labels.shape)}"]
        parts += ["labels: the images themselves"] if self._label_mode == "input" else []
        parts += [] if self._weights is None else [f"weights {self._weights.dtype}{list(self._weights.shape)}"]
        return f"<{type(self).__name__}: {', '.join([*parts, *self._notes()])}>"

    def _unit(self) -> str:
        """Return what there are many of."""
        return "images"

    def _notes(self) -> list[str]:
        """Return what else there is to say."""
        return []

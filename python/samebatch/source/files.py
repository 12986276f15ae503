"""Images in files, one a file, read when they are asked for."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from samebatch import indexing
from samebatch.errors import DecodeError
from samebatch.source import columns
from samebatch.source.base import Source
from samebatch.source.opened import Opened
from samebatch.source.options import Cache, Color, OnError, Options
from samebatch.source.paths import Paths, encoded
from samebatch.source.pillow import CHANNELS, pillow_pixels

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from samebatch import _native
    from samebatch.source.identity import Part

VALUE_RANGE: Final = (0.0, 255.0)


class FileSource(Source):
    """Images in files, with their labels and weights.

    The pixels of a file are those of ``PIL.Image.open(path).convert(mode)``. Pillow warns of images of more than
    ``PIL.Image.MAX_IMAGE_PIXELS`` pixels and refuses those of more than twice that number, which may be set. No file is
    opened before its image is asked for; ``samebatch verify FOLDER`` looks at all of them. Paths are kept as they are
    given: relative ones count from the current folder at the time of reading.

    Args:
        paths: a list of paths, str or path-like.
        labels: anything :func:`numpy.asarray` takes, one entry for each file; None: no labels.
        weights: likewise, of finite numbers; None: no weights.
        on_error: what to do with a file that gives no image: ``"raise"`` DecodeError, or ``"skip"`` it: another sample
            stands in its place, with its own label and weight, the same one whoever asks; see :attr:`skipped`.
        cache: where decoded images are kept: None: nowhere; ``"memory"``: up to a quarter of the memory that is free,
            in each process, or ``("memory", bytes)``: up to a number of bytes; what is kept stays, even if its file
            changes. Or the path of a folder, for later runs: as long as a file keeps its size and time.
        fast: decode JPEG at a reduced scale where that is still as large as needed; the bytes are then others.
        color: ``"rgb"``, ``"rgba"`` or ``"grey"``: 3, 4 or 1 channels (Pillow's modes RGB, RGBA and L).
        upright: turn images as their EXIF orientation says.

    Raises:
        SpecError: ``paths`` is empty, is a single path or holds something else than paths; an option is wrong.
        ShapeError: the labels or weights are not as many as the paths.
    """

    __slots__ = ("_classes", "_label_mode", "_labels", "_opened", "_options", "_paths", "_weights")

    _paths: Paths
    _labels: NDArray[Any] | None
    _weights: NDArray[Any] | None
    _classes: tuple[str, ...] | None
    _label_mode: str | None
    _options: Options
    _opened: Opened

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        labels: Any = None,  # noqa: ANN401 (whatever numpy.asarray takes)
        weights: Any = None,  # noqa: ANN401
        *,
        on_error: OnError = "raise",
        cache: Cache = None,
        fast: bool = False,
        color: Color = "rgb",
        upright: bool = False,
    ) -> None:
        options = Options.checked(on_error=on_error, cache=cache, fast=fast, color=color, upright=upright)
        self._fill(Paths(encoded(paths)), labels, weights, None, options)

    def _fill(
        self,
        paths: Paths,
        labels: object,
        weights: object,
        classes: Sequence[str] | None,
        options: Options,
        label_mode: str | None = None,
    ) -> None:
        self._paths, self._options, self._opened = paths, options, Opened()
        self._label_mode = label_mode
        self._labels = None if labels is None else columns.labels(labels, len(paths))
        self._weights = None if weights is None else columns.weights(weights, len(paths))
        self._classes = None if classes is None else tuple(classes)

    @property
    def paths(self) -> Sequence[str]:
        """The files' paths."""
        return self._paths

    @property
    def path_blob(self) -> bytes:
        """The paths' bytes (:func:`os.fsencode`), one after the other with nothing between; made when asked for."""
        return self._paths.blob

    @property
    def path_ends(self) -> NDArray[np.int64]:
        """Where each path ends in :attr:`path_blob`, shape (n,)."""
        return self._paths.ends

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
        """The files as the native core reads them; made when first asked for, in each process."""
        return self._opened.files(self._paths, self._options)

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """(path, reason) of the files that gave no image in this process, in their order in the source."""
        return [(self._paths[index], reason) for index, reason in self._opened.skipped()]

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

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return one image, (height, width, channels), at its full size, as Pillow decodes it.

        Args:
            index: 0 to ``len(self) - 1``.

        Raises:
            DecodeError: the file gives no image; it names the sample, the file and the reason.
            IndexError: the index is negative or too large.
            TypeError: it is no whole number.
        """
        which = indexing.position("index", index, len(self), f"there are {len(self)} files")
        try:
            return pillow_pixels(self._paths[which], self._options.color, upright=self._options.upright)
        except DecodeError as error:
            raise DecodeError(f"sample {which}: {error}") from error.__cause__

    def _parts(self) -> Iterator[Part]:
        # Below the root, so that a folder that was moved is the same data. What a cache keeps and what becomes of
        # broken files may change from run to run.
        yield "names", self._paths.joined
        yield "ends", self._paths.joined_ends
        options = self._options
        yield "read as", [options.color, options.upright, options.fast]
        yield "classes", self._classes
        yield from self._targets()

    def portable(self) -> FileSource:
        """Return the same files, and the same folder as a cache, by paths that do not count from the current folder."""
        paths, options = self._paths.absolute(), self._options.absolute()
        if paths is self._paths and options == self._options:
            return self
        made = copy.copy(self)
        made._paths, made._options = paths, options  # noqa: SLF001 (its own)
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
        return len(self._paths)

    def __repr__(self) -> str:
        """Return how many there are and what comes with them."""
        parts = [f"{len(self)} files" + ("" if self._classes is None else f" of {len(self._classes)} classes")]
        parts += [self._options.color]
        parts += [] if self._labels is None else [f"labels {self._labels.dtype}{list(self._labels.shape)}"]
        parts += ["labels: the images themselves"] if self._label_mode == "input" else []
        parts += [] if self._weights is None else [f"weights {self._weights.dtype}{list(self._weights.shape)}"]
        return f"<{type(self).__name__}: {', '.join([*parts, *self._notes()])}>"

    def _notes(self) -> list[str]:
        """Return what else there is to say."""
        return []

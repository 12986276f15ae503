"""Images in files, one a file, read when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samebatch.errors import SpecError
from samebatch.source.encoded import EncodedSource
from samebatch.source.options import Cache, Color, OnError, Options
from samebatch.source.origin import InFiles, Origin
from samebatch.source.paths import Paths, encoded
from samebatch.source.remote.objects import Objects
from samebatch.source.remote.options import NO_URLS, Access, Remote, all_urls
from samebatch.source.remote.origin import InObjects

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray


class FileSource(EncodedSource):
    """Images in files, with their labels and weights.

    The pixels of a file are those of ``PIL.Image.open(path).convert(mode)``. Pillow warns of images of more than
    ``PIL.Image.MAX_IMAGE_PIXELS`` pixels and refuses those of more than twice that number, which may be set. No file is
    opened before its image is asked for; ``samebatch verify FOLDER`` looks at all of them. Paths are kept as they are
    given: relative ones count from the current folder at the time of reading.

    Args:
        paths: a list of paths, str or path-like; or of URLs.
        labels: anything :func:`numpy.asarray` takes, one entry for each file; None: no labels.
        weights: likewise, of finite numbers; None: no weights.
        on_error: what to do with a file that gives no image: ``"raise"`` DecodeError, or ``"skip"`` it: another sample
            stands in its place, with its own label and weight, the same one whoever asks; see :attr:`skipped`.
        cache: where decoded images are kept: None: nowhere; ``"memory"``: up to a quarter of the memory that is free,
            in each process, or ``("memory", bytes)``: up to a number of bytes; what is kept stays, even if its file
            changes. Or the path of a folder, for later runs: as long as a file keeps its size and time.
        fast: decode JPEG at 1/2, 1/4 or 1/8 of its size where that still has three quarters of the height and width
            that the pipeline makes of it, which is faster and less sharp; the bytes are then others.
        color: ``"rgb"``, ``"rgba"`` or ``"grey"``: 3, 4 or 1 channels (Pillow's modes RGB, RGBA and L).
        upright: turn images as their EXIF orientation says.
        storage_options: for URLs (``s3://bucket/key``, ``gs://``, ``https://``, ``memory://``, whatever fsspec knows):
            what fsspec opens their file system with.
        remote: likewise: how they are fetched, :class:`samebatch.Remote`.

    Raises:
        SpecError: ``paths`` is empty, is a single path or holds something else than paths; an option is wrong.
        ShapeError: the labels or weights are not as many as the paths.
    """

    __slots__ = ("_paths",)

    _paths: Paths

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
        storage_options: Mapping[str, Any] | None = None,
        remote: Remote | None = None,
    ) -> None:
        options = Options.checked(on_error=on_error, cache=cache, fast=fast, color=color, upright=upright)
        access = Access.given(storage_options, remote)
        self._of_paths(Paths(encoded(paths)), labels, weights, None, options, access=access)

    def _of_paths(
        self,
        paths: Paths,
        labels: object,
        weights: object,
        classes: Sequence[str] | None,
        options: Options,
        label_mode: str | None = None,
        access: Access | None = None,
    ) -> None:
        self._paths = paths
        origin: Origin = InFiles(paths)
        if all_urls(paths):
            access = access or Access()
            Objects(access).check(paths[0])
            origin = InObjects(paths, access, options)
        elif access is not None:
            raise SpecError(NO_URLS)
        self._fill(origin, labels, weights, classes, options, label_mode)

    def portable(self) -> EncodedSource:
        """Return the same files, and the same folder as a cache, by paths that count from no current folder."""
        made = super().portable()
        if isinstance(made, FileSource) and isinstance(made._origin, InFiles):  # noqa: SLF001 (its own)
            made._paths = made._origin.names  # noqa: SLF001 (as above)
        return made

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

    def _unit(self) -> str:
        return "files"

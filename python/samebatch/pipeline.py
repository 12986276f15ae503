"""Pipeline: what is done to every image, as an immutable value with a canonical form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from samebatch import _native, binding, checks, indexing, order, spec, toml
from samebatch.checks import DType, FillMode, Fit, Interpolation, Layout, Resample, describe
from samebatch.errors import ShapeError, SpecError
from samebatch.params import Params
from samebatch.source import ArraySource
from samebatch.threads import check_threads, resolve_threads
from samebatch.transforms import Whiten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from samebatch.transforms import Transform


@dataclass(frozen=True, slots=True, init=False, repr=False, eq=False)
class Pipeline:
    """Transforms in their order, and how images are read and returned. Immutable, hashable and picklable.

    Images are resized first (only if ``size`` is given), then moved by all geometry at once, then changed by photometry
    and scaling in the order of the transforms, then converted to ``dtype``.

    Args:
        transforms: what is done, in this order. Each gets an id: its own, or its kind's default.
        size: (height, width) in pixels, 1 to 16384 each, to resize to before anything else, as Pillow does; None keeps
            the source's size.
        resample: how ``size`` resizes: ``"nearest"``, or one of Pillow's antialiased filters ``"box"``, ``"bilinear"``,
            ``"hamming"``, ``"bicubic"``, ``"lanczos"``; None: as ``interpolation``.
        fit: how an image of another aspect comes to ``size``: ``"stretch"``, ``"crop"`` (its largest centred part of
            that aspect) or ``"pad"`` (all of it, centred, with ``fill_value`` around).
        interpolation: how geometry reads between pixels, ``"bilinear"`` or ``"nearest"``.
        fill_mode: what geometry sees outside the image: ``"nearest"`` (the edge), ``"constant"`` (``fill_value``),
            ``"reflect"`` (the image mirrored at its edge, the edge twice) or ``"wrap"`` (the image again).
        fill_value: the value outside with ``"constant"``, and around the image with ``fit="pad"``, in the source's
            units.
        dtype: the type of the result: ``"float32"``, ``"float16"``, ``"bfloat16"`` (as uint16 bits) or ``"uint8"``.
        layout: ``"channels_last"`` (height, width, channels) or ``"channels_first"`` (channels, height, width).

    Raises:
        SpecError: an argument is wrong, two ids are equal, or a transform cannot stand where it does.
    """

    transforms: tuple[Transform, ...]
    size: tuple[int, int] | None
    resample: Resample
    fit: Fit
    interpolation: Interpolation
    fill_mode: FillMode
    fill_value: float
    dtype: DType
    layout: Layout
    _json: str = field(repr=False)

    def __init__(
        self,
        transforms: Iterable[Transform] = (),
        *,
        size: tuple[int, int] | None = None,
        resample: Resample | None = None,
        fit: Fit = "stretch",
        interpolation: Interpolation = "bilinear",
        fill_mode: FillMode = "nearest",
        fill_value: float = 0.0,
        dtype: DType = "float32",
        layout: Layout = "channels_last",
    ) -> None:
        named = order.with_ids(order.listed(transforms))
        interpolation = cast("Interpolation", checks.literal("interpolation", interpolation, Interpolation))
        values: dict[str, Any] = {
            "transforms": named,
            "size": _size(size),
            "resample": interpolation if resample is None else checks.literal("resample", resample, Resample),
            "fit": checks.literal("fit", fit, Fit),
            "interpolation": interpolation,
            "fill_mode": checks.literal("fill_mode", fill_mode, FillMode),
            "fill_value": checks.number("fill_value", fill_value),
            "dtype": checks.literal("dtype", dtype, DType),
            "layout": checks.literal("layout", layout, Layout),
        }
        order.check_order(named, values["dtype"])
        order.check_size(named, values["size"], values["fit"])
        for name, value in values.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_json", spec.canonical(self._document()))

    @classmethod
    def from_json(cls, text: str, *, whiten: Whiten | None = None) -> Pipeline:
        """Return the pipeline that :meth:`to_json` wrote; keys with a default may be left out.

        Args:
            text: JSON.
            whiten: the matrix of the pipeline's Whiten, of which the text holds the digest: ``Whiten.load(path)``.
                None: without it the pipeline draws, compares and writes, but makes no images.

        Raises:
            SpecError: it is not JSON, a key is unknown or missing, a value is wrong, or ``whiten`` is not the one that
                the text names.
        """
        return cls._from_document(spec.read_json(text), whiten)

    @classmethod
    def from_toml(cls, text: str, *, whiten: Whiten | None = None) -> Pipeline:
        """Return the pipeline that :meth:`to_toml` or a person wrote; keys with a default may be left out.

        Args:
            text: TOML.
            whiten: as for :meth:`from_json`.

        Raises:
            SpecError: it is not TOML, a key is unknown or missing, a value is wrong, or ``whiten`` is not the one that
                the text names.
        """
        return cls._from_document(toml.read(text), whiten)

    def to_json(self) -> str:
        """Return the canonical form: JSON with sorted keys, no spaces, ranges resolved and ids filled in."""
        return self._json

    def to_toml(self) -> str:
        """Return the same as TOML, for people to read and edit."""
        return toml.write(self._document())

    @property
    def digest(self) -> str:
        """The hash of the canonical form, 32 hexadecimal digits: equal for equal pipelines."""
        return spec.digest_of(self._json)

    def evaluation(self) -> Pipeline:
        """Return this pipeline without its Random* transforms: the same reading, scaling, type and layout."""
        kept = [transform for transform in self.transforms if not transform.RANDOM]
        return Pipeline(kept, **{name: getattr(self, name) for name in spec.DEFAULTS})

    @property
    def whiten(self) -> Whiten | None:
        """The Whiten of the pipeline, if it has one."""
        return next((transform for transform in self.transforms if isinstance(transform, Whiten)), None)

    def params(
        self, *, seed: int, epoch: int = 0, indices: ArrayLike, repeats: ArrayLike | None = None, channels: int = 3
    ) -> Params:
        """Draw the numbers of some samples; no image is needed.

        Args:
            seed: 0 to 2**64 - 1.
            epoch: 0 to 2**63 - 1.
            indices: the samples' numbers, 0 to 2**63 - 1 each.
            repeats: which draw of its sample within the epoch each is; None: the first, 0.
            channels: of the images, 1 to 32; RandomChannelShift draws a number for each.

        Raises:
            SpecError: the seed or the channels are out of range.
            IndexError: the epoch, an index or a repeat is.
            TypeError: one of these is no whole number.
            ShapeError: indices or repeats are no sequences of one length.
        """
        key = checks.seed("seed", seed)
        which = indexing.epoch(epoch)
        count = checks.integer("channels", channels, 1, checks.LARGEST_CHANNELS)
        samples = indexing.samples("indices", indices)
        draws = indexing.repeats(repeats, len(samples))
        values = _native.draw(self._json, count, key, which, samples.astype(np.uint64), draws)
        return Params(_native.columns(self._json, count), values, samples, draws, seed=key, epoch=which)

    def apply(
        self,
        images: NDArray[np.uint8] | NDArray[np.float32],
        params: Params,
        *,
        value_range: tuple[float, float] | None = None,
        threads: int | None = None,
    ) -> NDArray[Any]:
        """Return images as the pipeline makes them from drawn numbers: row i of ``params`` belongs to ``images[i]``.

        Args:
            images: uint8 or float32 of shape (n, height, width, channels) or (n, height, width); not changed.
            params: numbers for n samples, from :meth:`params`, of this pipeline or one that draws the same numbers.
            value_range: as for :class:`samebatch.ArraySource`.
            threads: as for :class:`samebatch.Batches`; changes no byte.

        Raises:
            SpecError: the columns are not this pipeline's, or the pipeline does not fit the images.
            ShapeError: there are not as many rows as images, or the images' shape is wrong.
            PixelError: the images' type or a pixel's value is.
        """
        return self._render(ArraySource(images, value_range=value_range), params, threads)

    def __call__(
        self,
        images: NDArray[np.uint8] | NDArray[np.float32],
        *,
        seed: int,
        epoch: int = 0,
        value_range: tuple[float, float] | None = None,
    ) -> NDArray[Any]:
        """Draw for samples 0 to n - 1 and apply: for a quick look. See :meth:`params` and :meth:`apply`."""
        source = ArraySource(images, value_range=value_range)
        params = self.params(seed=seed, epoch=epoch, indices=np.arange(len(source)), channels=source.channels)
        return self._render(source, params, None)

    def _render(self, source: ArraySource, params: Params, count: int | None) -> NDArray[Any]:
        if not isinstance(params, Params):
            raise SpecError(f"params must be a Params table, as Pipeline.params makes it; got {describe(params)}")
        binding.check(self, source)
        native = binding.bind(self, source)
        if tuple(native.columns) != params.names:
            raise SpecError(
                f"these params have the columns {params.names}, and the pipeline draws {tuple(native.columns)} for "
                f"images of {source.channels} channels; draw them with this pipeline: params(..., channels=...)"
            )
        if len(params) != len(source):
            raise ShapeError(f"there are {len(params)} rows of params and {len(source)} images; give one for each")
        rows = np.arange(len(source), dtype=np.int64)
        names = params.indices.astype(np.uint64)
        return native.render(source.images, rows, params.values, resolve_threads(check_threads(count)), None, names)

    @classmethod
    def _from_document(cls, document: dict[str, Any], whiten: Whiten | None) -> Pipeline:
        transforms, arguments = spec.parse(document)
        return cls(transforms if whiten is None else spec.with_matrix(transforms, whiten), **arguments)

    def _document(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in spec.DEFAULTS}
        return {
            "stream": spec.STREAM,
            **{k: v for k, v in values.items() if k not in spec.LATER or v != spec.DEFAULTS[k]},
            "transforms": [spec.table(transform) for transform in self.transforms],
        }

    def __eq__(self, other: object) -> bool:
        """Return whether the canonical forms are equal."""
        return self._json == other._json if isinstance(other, Pipeline) else NotImplemented

    def __hash__(self) -> int:
        """Return a hash of the canonical form."""
        return hash(self._json)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the canonical form, which is read and checked again, and the matrix beside it."""
        whiten = self.whiten
        if whiten is None or whiten.matrix is None:
            return Pipeline.from_json, (self._json,)
        return _with_matrix, (self._json, whiten)

    def __repr__(self) -> str:
        """Return the call that makes this pipeline, without arguments and ids that are their default."""
        defaults = {**spec.DEFAULTS, "resample": self.interpolation}
        given = {name: getattr(self, name) for name in defaults if getattr(self, name) != defaults[name]}
        arguments = [repr(order.without_ids(self.transforms)), *(f"{name}={value!r}" for name, value in given.items())]
        return f"Pipeline({', '.join(arguments)})"


def _with_matrix(text: str, whiten: Whiten) -> Pipeline:
    return Pipeline.from_json(text, whiten=whiten)


def _size(size: object) -> tuple[int, int] | None:
    if size is None:
        return None
    if not isinstance(size, tuple | list | np.ndarray) or len(size) != 2:  # noqa: PLR2004 (height, width)
        raise SpecError(f"size must be (height, width) or None, got {describe(size)}")
    height, width = (
        checks.integer(f"size, {name}", side, 1, checks.LARGEST_SIDE)
        for name, side in zip(("height", "width"), size, strict=True)
    )
    return height, width

"""Scaling: transforms that bring pixel values to the units a model wants. None of them draws anything."""
# ruff: noqa: A002 -- `id` is what a transform's name is called in the spec, in messages and in params

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from samebatch.checks import LARGEST_CHANNELS, boolean, describe, number, numbers
from samebatch.errors import SpecError
from samebatch.statistics import Statistics, location_and_scale
from samebatch.transforms.base import REQUIRED, Transform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samebatch.checks import Number
    from samebatch.pipeline import Pipeline
    from samebatch.source import Source
    from samebatch.statistics import Robust

SMALLEST, LARGEST = 1e-30, 1e30


@dataclass(frozen=True, slots=True, init=False, repr=False)
class _Scaling(Transform):
    GROUP: ClassVar[Literal["scaling"]] = "scaling"
    RANDOM: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Rescale(_Scaling):
    """Compute ``pixel * scale + offset``; the value range moves along.

    Args:
        scale: the factor, 1e-30 to 1e30 or its negative, as in ``Rescale(1 / 255)``.
        offset: what is added afterwards: 0, or 1e-30 to 1e30 or its negative.
        id: its name in messages; None: ``"rescale"``.

    Raises:
        SpecError: a number is not finite, out of bounds, or the scale is 0.
    """

    scale: float
    offset: float

    DEFAULT_ID: ClassVar[str] = "rescale"
    KEYS: ClassVar[dict[str, object]] = {"scale": REQUIRED, "offset": 0.0}

    def __init__(self, scale: Number, offset: Number = 0.0, *, id: str | None = None) -> None:
        factor = number("Rescale: scale", scale, -LARGEST, LARGEST)
        added = number("Rescale: offset", offset, -LARGEST, LARGEST)
        if abs(factor) < SMALLEST:
            raise SpecError(
                f"Rescale: scale must be at least 1e-30 from 0, or every pixel would be equal; got {scale!r}"
            )
        if 0.0 < abs(added) < SMALLEST:
            raise SpecError(f"Rescale: offset must be 0 or at least 1e-30 from it, got {offset!r}; write 0")
        self._set(id, scale=factor, offset=added)

    def fields(self) -> dict[str, Any]:
        """Return scale, offset."""
        return {"scale": self.scale, "offset": self.offset}

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> Rescale:
        """Make it from scale, offset."""
        return cls(**values, id=id)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Normalize(_Scaling):
    """Take off the mean of the data and divide by its standard deviation, channel by channel.

    ``((pixel - low) / (high - low) - mean) / std``, with (low, high) the value range where it stands in the pipeline:
    mean and std are in units of that range, so the same numbers serve uint8 pixels and floats from 0 to 1. Without
    numbers it is unfitted, and binding it to a source raises: see :meth:`fit`.

    Args:
        mean: one number for all channels, or one a channel (1 to 32); None: unfitted.
        std: likewise, above 0.
        id: its name in messages; None: ``"normalize"``.

    Raises:
        SpecError: only one of the two is given, their lengths differ, or a number is not finite or a std not above 0.
    """

    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None

    DEFAULT_ID: ClassVar[str] = "normalize"
    KEYS: ClassVar[dict[str, object]] = {"mean": None, "std": None}

    def __init__(
        self,
        mean: Number | Sequence[Number] | None = None,
        std: Number | Sequence[Number] | None = None,
        *,
        id: str | None = None,
    ) -> None:
        if (mean is None) != (std is None):
            missing = "mean" if mean is None else "std"
            raise SpecError(f"Normalize: {missing} is missing; give mean and std, or neither and fit them to a source")
        means = None if mean is None else numbers("Normalize: mean", mean, -LARGEST, LARGEST, LARGEST_CHANNELS)
        stds = None if std is None else numbers("Normalize: std", std, SMALLEST, LARGEST, LARGEST_CHANNELS)
        if means is not None and stds is not None and len(means) != len(stds):
            raise SpecError(f"Normalize: mean has {len(means)} entries and std has {len(stds)}; give as many of each")
        self._set(id, mean=means, std=stds)

    @property
    def fitted(self) -> bool:
        """Whether it has its numbers."""
        return self.mean is not None

    @classmethod
    def fit(
        cls,
        source: Source,
        *,
        pipeline: Pipeline | None = None,
        robust: Robust | None = None,
        progress: bool | None = None,
        threads: int | None = None,
        id: str | None = None,
    ) -> Normalize:
        """Return a Normalize with the mean and standard deviation of a source's pixels, one of each a channel.

        The sums are exact, so the numbers depend on the pixels alone: not on their order, on threads or on the machine.
        The source is read in constant memory, once; with ``robust``, float32 pixels are read up to three times. To keep
        what was found, or to merge it, take :class:`samebatch.Statistics` and use :meth:`from_statistics`.

        Args:
            source: the images; of training, not of validation. Files that give no image are left out, with a warning,
                where it says ``on_error="skip"``.
            pipeline: None: they describe the source's own pixels, before ``size=`` and before any transform; a Rescale
                with a negative scale in front turns the range round and needs ``1 - mean``. A pipeline: the images as
                ``pipeline.evaluation()`` has them before its first Normalize, Standardize or Whiten (which may be
                unfitted).
            robust: None: mean and standard deviation. ``"iqr"``: the median, and the interquartile range / 1.349, which
                of normal data is the standard deviation. Two percentiles such as ``(1, 99)``: mean and standard
                deviation of the values clipped to them. Outliers then weigh less in the two numbers; the pixels
                themselves are not clipped.
            progress: True: show a progress bar on stderr; False: do not; None: if it takes longer than a second and
                stderr is a terminal.
            threads: as for :class:`samebatch.Batches`; changes no number.
            id: as for the transform itself.

        Raises:
            SpecError: ``source`` is not a source, the pipeline does not fit it, or another argument is wrong.
            PixelError: a pixel is NaN or outside the value range, or all pixels of a channel are equal (with "iqr":
                half of them).
            DecodeError: a file gives no image.
            ShapeError: the pipeline needs square images, and they are not.
        """
        found = Statistics.of(source, pipeline=pipeline, robust=robust, progress=progress, threads=threads)
        return cls.from_statistics(found, robust=robust, id=id)

    @classmethod
    def from_statistics(
        cls, statistics: Statistics, *, robust: Robust | None = None, id: str | None = None
    ) -> Normalize:
        """Return what :meth:`fit` returns, from statistics that were taken before.

        Args:
            statistics: of the images of training.
            robust: as for :meth:`fit`; statistics of float32 pixels must have been taken with it.
            id: as for the transform itself.

        Raises:
            SpecError: ``statistics`` are none, or of float32 pixels and taken without this ``robust``.
            PixelError: all pixels of a channel are equal (with "iqr": half of them).
        """
        if not isinstance(statistics, Statistics):
            raise SpecError(
                f"Normalize.from_statistics: statistics must be a Statistics, got {describe(statistics)}; "
                "take them of a source: Statistics.of(source)"
            )
        mean, std = location_and_scale(statistics, robust)
        return cls(mean, std, id=id)

    def fields(self) -> dict[str, Any]:
        """Return mean, std: lists, or both None."""
        return {
            "mean": None if self.mean is None else list(self.mean),
            "std": None if self.std is None else list(self.std),
        }

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> Normalize:
        """Make it from mean, std."""
        return cls(**values, id=id)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Standardize(_Scaling):
    """Take off each sample's own mean and divide by its own standard deviation.

    Args:
        mean: whether to take off the mean.
        std: whether to divide by the standard deviation (of all its pixels, not of a sample of them).
        per_channel: True: every channel by its own numbers; False: all channels together.
        epsilon: added to the standard deviation, as a fraction of the value range: 0 to 1e30.
        id: its name in messages; None: ``"standardize"``.

    Raises:
        SpecError: a flag is not True or False, or epsilon is negative or not finite.
    """

    mean: bool
    std: bool
    per_channel: bool
    epsilon: float

    DEFAULT_ID: ClassVar[str] = "standardize"
    KEYS: ClassVar[dict[str, object]] = {"mean": True, "std": True, "per_channel": False, "epsilon": 1e-6}

    def __init__(
        self,
        *,
        mean: bool = True,
        std: bool = True,
        per_channel: bool = False,
        epsilon: Number = 1e-6,
        id: str | None = None,
    ) -> None:
        self._set(
            id,
            mean=boolean("Standardize: mean", mean),
            std=boolean("Standardize: std", std),
            per_channel=boolean("Standardize: per_channel", per_channel),
            epsilon=number("Standardize: epsilon", epsilon, 0.0, LARGEST),
        )

    def fields(self) -> dict[str, Any]:
        """Return mean, std, per_channel, epsilon."""
        return {"mean": self.mean, "std": self.std, "per_channel": self.per_channel, "epsilon": self.epsilon}

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> Standardize:
        """Make it from mean, std, per_channel, epsilon."""
        return cls(**values, id=id)

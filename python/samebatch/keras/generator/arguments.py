"""The arguments of ImageDataGenerator: the same names, defaults, corrections, warnings and errors as in Keras 3."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import keras
import numpy as np

from samebatch.checks import describe, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Compat = Literal["keras3"]

BELONGS_TO_FLOW: Final = (
    "batch_size", "class_mode", "classes", "color_mode", "directory", "follow_links", "interpolation",
    "keep_aspect_ratio", "max_queue_size", "sample_weight", "save_format", "save_prefix", "save_to_dir", "seed",
    "shuffle", "subset", "target_size", "use_multiprocessing", "weight_col", "workers", "x_col", "y_col",
)  # fmt: skip
"""Arguments of flow(), flow_from_directory() and flow_from_dataframe() that are often given to the constructor."""

STACKLEVEL: Final = 4  # a warning points to the line that makes the generator


@dataclass(frozen=True)
class Arguments:
    """What the constructor of ImageDataGenerator was told, checked and completed as Keras does it.

    The names are those of the constructor's arguments, and so are meanings and units. What Keras changes is changed:
    ``zoom_range`` is a list [low, high]; ``featurewise_center``, ``samplewise_center`` and
    ``featurewise_std_normalization`` are as other arguments demand; ``data_format`` and ``dtype`` are filled in.
    """

    featurewise_center: bool = False
    samplewise_center: bool = False
    featurewise_std_normalization: bool = False
    samplewise_std_normalization: bool = False
    zca_whitening: bool = False
    zca_epsilon: float = 1e-6
    rotation_range: float = 0
    width_shift_range: Any = 0.0
    height_shift_range: Any = 0.0
    brightness_range: Any = None
    shear_range: float = 0.0
    zoom_range: Any = 0.0
    channel_shift_range: float = 0.0
    fill_mode: str = "nearest"
    cval: float = 0.0
    horizontal_flip: bool = False
    vertical_flip: bool = False
    rescale: float | None = None
    preprocessing_function: Callable[[Any], Any] | None = None
    data_format: str | None = None
    validation_split: float | None = 0.0
    interpolation_order: int = 1
    dtype: Any = None
    compat: Compat | None = None

    @classmethod
    def checked(cls, **given: object) -> Arguments:
        """Make arguments of what a user wrote.

        Raises:
            TypeError: zoom_range is no number and no sequence.
            ValueError: an argument is not one that Keras takes; the words are Keras'.
        """
        arguments = cls(**given)  # type: ignore[arg-type]  # they are what a user wrote
        arguments = replace(
            arguments,
            data_format=keras.backend.image_data_format() if arguments.data_format is None else arguments.data_format,
            dtype=keras.backend.floatx() if arguments.dtype is None else arguments.dtype,
        )
        _check_choices(arguments)
        completed = replace(arguments, zoom_range=_zoom_range(arguments.zoom_range), **_demanded(arguments))
        _check_brightness(arguments.brightness_range)
        return completed

    @property
    def channel_axis(self) -> int:
        """The axis of a batch that counts channels."""
        return 1 if self.data_format == "channels_first" else 3

    @property
    def row_axis(self) -> int:
        """The axis of a batch that counts rows."""
        return 2 if self.data_format == "channels_first" else 1

    @property
    def col_axis(self) -> int:
        """The axis of a batch that counts columns."""
        return 3 if self.data_format == "channels_first" else 2

    def given(self) -> dict[str, Any]:
        """Return the arguments that are not their default, in the constructor's order, for repr."""
        filled = {"data_format": keras.backend.image_data_format(), "dtype": keras.backend.floatx()}
        neutral = {"zoom_range": [1.0, 1.0], **filled}
        found = {
            field.name: (getattr(self, field.name), neutral.get(field.name, field.default)) for field in fields(self)
        }
        return {name: value for name, (value, default) in found.items() if not _equal(value, default)}


def refuse_unknown(names: Iterable[str]) -> None:
    """Refuse arguments that the constructor does not have, if there are any.

    Raises:
        TypeError: there are; it says where they belong, or what may be meant.
    """
    for name in names:
        if name in BELONGS_TO_FLOW:
            raise TypeError(
                f"ImageDataGenerator() got an unexpected keyword argument {name!r}: it belongs to flow(), "
                f"flow_from_directory() and flow_from_dataframe(), as in generator.flow(x, y, {name}=...)"
            )
        known = [field.name for field in fields(Arguments)]
        raise TypeError(f"ImageDataGenerator() got an unexpected keyword argument {name!r}{nearest(name, known)}")


def _check_choices(arguments: Arguments) -> None:
    if arguments.data_format not in {"channels_last", "channels_first"}:
        raise ValueError(
            '`data_format` should be `"channels_last"` (channel after row and column) or `"channels_first"` '
            f"(channel before row and column). Received: {arguments.data_format}"
        )
    split = arguments.validation_split
    if split and not 0 < split < 1:
        raise ValueError(f"`validation_split` must be strictly between 0 and 1.  Received: {split}")
    if arguments.compat not in (None, "keras3"):
        raise ValueError(
            f'compat must be None (corrected geometry, reproducible batches) or "keras3" (what Keras 3 computes), got '
            f"{describe(arguments.compat)}"
        )


def _zoom_range(zoom: Any) -> list[float]:  # noqa: ANN401 (what a user wrote)
    number = (float, int, np.floating, np.integer)
    if isinstance(zoom, number):
        return [1 - zoom, 1 + zoom]
    if len(zoom) == 2 and all(isinstance(value, number) for value in zoom):  # noqa: PLR2004 (low, high)
        return [zoom[0], zoom[1]]
    raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {zoom}")


def _demanded(arguments: Arguments) -> dict[str, Any]:
    """Return the flags that other flags change, with Keras' warnings."""
    changed: dict[str, bool] = {}
    if arguments.zca_whitening:
        if not arguments.featurewise_center:
            changed["featurewise_center"] = True
            _warn("`zca_whitening`, which overrides setting of `featurewise_center`.")
        if arguments.featurewise_std_normalization:
            changed["featurewise_std_normalization"] = False
            _warn("`zca_whitening` which overrides setting of`featurewise_std_normalization`.")
    if arguments.featurewise_std_normalization and not arguments.featurewise_center:
        changed["featurewise_center"] = True
        _warn("`featurewise_std_normalization`, which overrides setting of `featurewise_center`.")
    if arguments.samplewise_std_normalization and not arguments.samplewise_center:
        changed["samplewise_center"] = True
        _warn("`samplewise_std_normalization`, which overrides setting of `samplewise_center`.")
    return changed


def _warn(what: str) -> None:
    warnings.warn(f"This ImageDataGenerator specifies {what}", stacklevel=STACKLEVEL + 1)


def _check_brightness(brightness: Any) -> None:  # noqa: ANN401 (what a user wrote)
    if brightness is not None and (not isinstance(brightness, tuple | list) or len(brightness) != 2):  # noqa: PLR2004
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness}")


def _equal(value: object, default: object) -> bool:
    same: object = value is default or (type(value) is not np.ndarray and value == default)
    return bool(same)

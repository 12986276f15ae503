"""Translation: the arguments of ImageDataGenerator as transforms of samebatch, in Keras' order of composition.

``[RandomRotation, RandomShift, RandomShear, RandomZoom, RandomChannelShift, RandomFlip, RandomBrightness]`` is the
augmentation, ``[Rescale, Standardize, Normalize, Whiten]`` brings values to the units a model wants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from samebatch.checks import FillMode, describe, literal
from samebatch.errors import SpecError
from samebatch.keras.generator.shifts import shifts
from samebatch.transforms import (
    Normalize,
    RandomBrightness,
    RandomChannelShift,
    RandomFlip,
    RandomRotation,
    RandomShear,
    RandomZoom,
    Rescale,
    Standardize,
    Transform,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from samebatch.keras.generator.arguments import Arguments
    from samebatch.keras.generator.fitted import Fitted

Range = tuple[float, float]
T = TypeVar("T")

EPSILON: Final = 1e-6
"""What Keras adds to a standard deviation before it divides by it."""

INTERPOLATIONS: Final = ("nearest", "bilinear")
"""By ``interpolation_order``."""


def check(arguments: Arguments) -> None:
    """Check what only the default mode demands, before there are any images.

    Raises:
        ValueError: an argument that Keras takes, but that is out of range here; it says why and what to write.
    """
    order = arguments.interpolation_order
    if order not in (0, 1):
        raise ValueError(
            f"interpolation_order must be 0 (nearest) or 1 (bilinear), got {describe(order)}; splines of a "
            'higher order are SciPy\'s, for which there is compat="keras3"'
        )
    _named("fill_mode", arguments.fill_mode, lambda: literal("fill_mode", arguments.fill_mode, FillMode))
    augmentation(arguments, abs(arguments.channel_shift_range))


def augmentation(arguments: Arguments, span: float) -> list[Transform]:
    """Return the random transforms.

    Args:
        arguments: what the generator was told.
        span: the width of the value range of the images.

    Raises:
        ValueError: an argument is out of range.
    """
    found: list[Transform] = []
    a = arguments
    if a.rotation_range:
        found.append(_named("rotation_range", a.rotation_range, lambda: RandomRotation(abs(a.rotation_range))))
    found += shifts(a.width_shift_range, a.height_shift_range)
    if a.shear_range:
        found.append(_named("shear_range", a.shear_range, lambda: RandomShear(x=abs(a.shear_range))))
    low, high = sorted(a.zoom_range)
    if (low, high) != (1, 1):
        found.append(_zoom(a.zoom_range, low, high))
    if a.channel_shift_range:
        found.append(_channel_shift(abs(a.channel_shift_range), span))
    if a.horizontal_flip or a.vertical_flip:
        found.append(RandomFlip(0.5 if a.horizontal_flip else 0.0, 0.5 if a.vertical_flip else 0.0))
    if a.brightness_range is not None:
        found.append(_brightness(a.brightness_range))
    return found


def reshapes_values(arguments: Arguments) -> bool:
    """Return whether more than a factor stands between the pixels and the featurewise scaling."""
    return arguments.preprocessing_function is not None or _own(arguments)


def stages(arguments: Arguments) -> int:
    """Return how many pipelines the scaling takes: two, if each image's own statistics are followed by those of all."""
    return 2 if _own(arguments) and _of_all(arguments) else 1


def scaling(arguments: Arguments, fitted: Fitted, stage: int, value_range: Range) -> list[Transform]:
    """Return what brings values to a model's units, after the augmentation.

    Args:
        arguments: what the generator was told.
        fitted: what it found; where it has nothing yet, the Normalize is unfitted.
        stage: which of the :func:`stages`.
        value_range: of what is scaled.
    """
    if stage == 1:
        return [_normalize(arguments, fitted, value_range), *_whiten(arguments, fitted)]
    found: list[Transform] = []
    low, high = value_range
    if arguments.rescale:
        scale = arguments.rescale
        found.append(_named("rescale", scale, lambda: Rescale(scale)))
        low, high = sorted((low * float(scale), high * float(scale)))
    if _own(arguments):
        centre, divide = bool(arguments.samplewise_center), bool(arguments.samplewise_std_normalization)
        return [*found, Standardize(mean=centre, std=divide, epsilon=EPSILON / (high - low))]
    if _of_all(arguments):
        found.append(_normalize(arguments, fitted, (low, high)))
    return [*found, *_whiten(arguments, fitted)]


def unfitted(arguments: Arguments, fitted: Fitted) -> str | None:
    """Return the first argument whose statistics are missing, or None."""
    for name, found in (
        ("zca_whitening", fitted.zca_whitening_matrix),
        ("featurewise_center", fitted.mean),
        ("featurewise_std_normalization", fitted.std),
    ):
        if getattr(arguments, name) and found is None:
            return name
    return None


def demand_fitted(arguments: Arguments, fitted: Fitted) -> None:
    """Check that there are the statistics that the arguments need.

    Raises:
        ValueError: one is missing.
    """
    missing = unfitted(arguments, fitted)
    if missing:
        raise ValueError(
            f"{missing}=True needs statistics of the training images, and there are none: call generator.fit(x) first, "
            "with the training images, a folder's iterator or a source (Keras would warn and leave the images as they "
            "are)"
        )


def _own(arguments: Arguments) -> bool:
    return bool(arguments.samplewise_center or arguments.samplewise_std_normalization)


def _of_all(arguments: Arguments) -> bool:
    return bool(arguments.featurewise_center or arguments.featurewise_std_normalization)


def _normalize(arguments: Arguments, fitted: Fitted, value_range: Range) -> Normalize:
    low, high = value_range
    span = high - low
    if unfitted(arguments, fitted):
        return Normalize()
    mean = np.zeros(1) if not arguments.featurewise_center else np.ravel(np.asarray(fitted.mean, np.float64))
    std = np.ones(1)
    if arguments.featurewise_std_normalization:
        std = np.ravel(np.asarray(fitted.std, np.float64)) + EPSILON
    mean, std = np.broadcast_arrays(mean, std)
    return Normalize(((mean - low) / span).tolist(), (std / span).tolist())


def _whiten(arguments: Arguments, fitted: Fitted) -> list[Transform]:
    if not arguments.zca_whitening:
        return []
    return [fitted.whiten_channels_first if arguments.data_format == "channels_first" else fitted.whiten]


def _zoom(given: Any, low: float, high: float) -> RandomZoom:  # noqa: ANN401 (as a user wrote it)
    if low <= 0:
        raise ValueError(
            f"zoom_range comes to {[float(end) for end in given]}, how much of the image is seen: at 0 that is a "
            "single point, and below it Keras mirrors the image. Write the two ends you mean, as zoom_range=[0.5, 1.5] "
            'for half to one and a half times the image, or compat="keras3" for what Keras does'
        )
    return _named("zoom_range", given, lambda: RandomZoom(low, high, independent=True, reciprocal=True))


def _channel_shift(largest: float, span: float) -> RandomChannelShift:
    if not largest <= span:
        raise ValueError(
            f"channel_shift_range={largest} is added to pixel values, whose range is {span} wide here: most images "
            f"would be of one flat colour. Write a part of that range, as channel_shift_range={span / 10:g}, or give "
            "images from 0 to 255 and let rescale= bring them down"
        )
    return _named("channel_shift_range", largest, lambda: RandomChannelShift(largest / span, independent=False))


def _brightness(given: Any) -> RandomBrightness:  # noqa: ANN401 (as a user wrote it)
    low, high = sorted(given)
    if low < 0:
        raise ValueError(
            f"brightness_range={given!r} holds factors, and reaches below 0, where Keras makes images black; write the "
            "two ends you mean, as brightness_range=(0.5, 1.5)"
        )
    return _named("brightness_range", given, lambda: RandomBrightness(low, high))


def _named(name: str, value: object, make: Callable[[], T]) -> T:
    """Return what ``make`` makes, with the argument's name in its refusal."""
    try:
        return make()
    except SpecError as error:
        raise SpecError(f"{name}={value!r}: {error}") from error

"""The work that speed is measured by: photographs' crops, every transform, samebatch and ImageDataGenerator alike.

What is timed is checked first: :func:`check_samebatch` to the byte against the reference, :func:`check_keras` against
SciPy and against what can be known of a batch.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

import samebatch as sb
from samebatch import reference
from samebatch.cli import packages
from samebatch.cli.selfcheck import compare
from samebatch.reference.params.draws import draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 224
BATCH = 64
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
ROTATION = 20.0
SHIFT = 0.1
SHEAR = 5.0
ZOOM = (0.8, 1.2)
BRIGHTNESS = (0.8, 1.2)
CHANNEL_SHIFT = 0.1
TRANSFORMS = (
    f"flip, rotation {ROTATION:g} degrees, shift {SHIFT:.0%}, shear {SHEAR:g} degrees, zoom {ZOOM[0]:g} to {ZOOM[1]:g},"
    f" brightness {BRIGHTNESS[0]:g} to {BRIGHTNESS[1]:g}, channel shift {CHANNEL_SHIFT:.0%}, normalise"
)


class WrongOutputError(RuntimeError):
    """A contender's output is not what it should be, so no number of it may be shown."""


def pipeline() -> sb.Pipeline:
    """Return the work as samebatch says it."""
    return sb.Pipeline(
        [
            sb.RandomFlip(horizontal=0.5),
            sb.RandomRotation(ROTATION),
            sb.RandomShift(width=SHIFT, height=SHIFT),
            sb.RandomShear(x=SHEAR),
            sb.RandomZoom(*ZOOM, independent=True),
            sb.RandomBrightness(*BRIGHTNESS),
            sb.RandomChannelShift(CHANNEL_SHIFT, independent=False),
            sb.Normalize(mean=MEAN, std=STD),
        ]
    )


def keras_generator() -> Any:  # noqa: ANN401 - Keras ships no types
    """Return a ``keras`` ImageDataGenerator that does the same kinds of transforms."""
    packages.choose_keras_backend("numpy")  # it computes in NumPy, SciPy and Pillow, whatever the backend
    from keras.src.legacy.preprocessing.image import ImageDataGenerator  # noqa: PLC0415 - keras is optional

    generator = ImageDataGenerator(
        featurewise_center=True,
        featurewise_std_normalization=True,
        rotation_range=ROTATION,
        width_shift_range=SHIFT,
        height_shift_range=SHIFT,
        brightness_range=BRIGHTNESS,
        shear_range=SHEAR,
        zoom_range=ZOOM,
        channel_shift_range=CHANNEL_SHIFT * 255,
        fill_mode="nearest",
        horizontal_flip=True,
        rescale=1 / 255,
        data_format="channels_last",
        dtype="float32",
    )
    generator.mean = np.array(MEAN, np.float32).reshape(1, 1, 3)
    generator.std = np.array(STD, np.float32).reshape(1, 1, 3)
    return generator


def check_samebatch(batches: sb.Batches, epoch: int, step: int) -> None:
    """Compare three images of a batch, its first, middle and last, with the reference.

    Raises:
        WrongOutputError: a byte differs, or the batch has another size than asked for.
    """
    batch = batches.batch(epoch, step)
    picked = np.array([0, len(batch.indices) // 2, len(batch.indices) - 1])
    spec = json.loads(batches.pipeline.to_json())
    source = batches.source
    if not isinstance(source, sb.ArraySource):
        raise TypeError(f"images in arrays are compared, got {source!r}")
    rows = [int(row) for row in batch.indices[picked]]
    repeats = [int(repeat) for repeat in batch.repeats[picked]]
    params = np.array(
        [
            draw(spec, source.channels, batches.seed, epoch, row, repeat)
            for row, repeat in zip(rows, repeats, strict=True)
        ],
        np.float64,
    )
    wanted = reference.render_rows(spec, source.images, rows, params, source.value_range)
    try:
        compare(np.asarray(batch.x)[picked], wanted, f"step {step} of epoch {epoch}")
    except RuntimeError as error:
        raise WrongOutputError(f"samebatch: {error}") from error


def check_keras(generator: Any, images: NDArray[np.uint8], batch: NDArray[np.float32]) -> None:  # noqa: ANN401
    """Check that ImageDataGenerator does the work: every stage on one image, then what can be known of a batch.

    Args:
        generator: what :func:`keras_generator` returned.
        images: the source, uint8 (n, height, width, 3).
        batch: a batch that the generator made of it, float32.

    Raises:
        WrongOutputError: the work was not done.
    """
    image = images[0].astype(np.float32)
    moved = {"theta": ROTATION, "tx": 7.25, "ty": -3.5, "zx": 0.9, "zy": 1.1}
    normalized = (image / 255 - np.array(MEAN)) / np.array(STD)
    stages = (
        ("geometry", generator.apply_transform(image, moved), _with_scipy(image, ROTATION, 7.25, -3.5, 0.9, 1.1), 0.01),
        ("flip", generator.apply_transform(image, {"flip_horizontal": True}), image[:, ::-1], 0.0),
        ("brightness", generator.apply_transform(image, {"brightness": 0.5}), image * 0.5, 1.0),
        (
            "channel shift",
            generator.apply_transform(image, {"channel_shift_intensity": 9.0}),
            np.clip(image + 9, image.min(), image.max()),
            0.0,
        ),
        ("normalisation", generator.standardize(image.copy()), normalized, 0.001),
    )
    for name, made, wanted, bound in stages:
        error = float(np.abs(made - wanted).max())
        if not error <= bound:
            raise WrongOutputError(f"ImageDataGenerator: its {name} is {error} off, more than {bound}")
    shape = (min(BATCH, len(images)), *images.shape[1:])
    if batch.shape != shape or batch.dtype != np.float32:
        raise WrongOutputError(f"ImageDataGenerator: made {batch.dtype} {batch.shape}, expected float32 {shape}")
    low, high = ((end - np.array(MEAN)) / np.array(STD) for end in (0.0, 1.0))
    if not ((batch >= low - 0.001) & (batch <= high + 0.001)).all():
        raise WrongOutputError(f"ImageDataGenerator: values from {batch.min()} to {batch.max()}, outside the range")


def _with_scipy(
    image: NDArray[np.float32], theta: float, tx: float, ty: float, zx: float, zy: float
) -> NDArray[np.float64]:
    """Return what Keras' convention asks for, computed apart: M = R T Z about the centre, x the column, y the row."""
    from scipy import ndimage  # noqa: PLC0415 - scipy is optional

    sin, cos = np.sin(np.deg2rad(theta)), np.cos(np.deg2rad(theta))
    turn = np.array([[cos, sin], [-sin, cos]])  # rows (y, x): the same turn with both axes exchanged
    matrix = turn @ np.diag([zy, zx])
    centre = (np.array(image.shape[:2]) - 1) / 2
    offset = centre + turn @ np.array([ty, tx]) - matrix @ centre
    planes = [
        ndimage.affine_transform(image[..., c].astype(np.float64), matrix, offset, order=1, mode="nearest")
        for c in range(image.shape[2])
    ]
    return np.stack(planes, axis=-1)

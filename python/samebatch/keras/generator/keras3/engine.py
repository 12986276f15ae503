"""What a generator does to one image, and how it is fitted, in Keras' order and with Keras' dtypes."""
# ruff: noqa: ANN401 -- arrays and numbers are whatever Keras and NumPy take

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.keras.generator.keras3 import draws, geometry, normalisation, photometry, randomness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from samebatch.keras.generator.arguments import Arguments
    from samebatch.keras.generator.fitted import Fitted

IMAGE: Final = 3  # the rank of (h, w, c)


def get_random_transform(arguments: Arguments, shape: tuple[int, ...], seed: int | None) -> dict[str, Any]:
    """Draw the parameters of an image of that shape, after seeding what is drawn from if there is a seed."""
    source = randomness.stand_in
    with source.lock:
        if seed is not None:
            source.random.seed(seed)
        return draws.draw(arguments, shape, source.random)


def apply_transform(arguments: Arguments, x: Any, params: Mapping[str, Any]) -> NDArray[Any]:
    """Return an image, transformed; ``x`` is not changed, and what comes back may be a view of it.

    Args:
        arguments: the generator's.
        x: one image, in the generator's data format.
        params: as :func:`get_random_transform` returns them; what is missing changes nothing.

    Raises:
        ValueError: ``x`` is not one image, or brightness finds its channels elsewhere.
    """
    x = np.asarray(x)
    if x.ndim != IMAGE:
        raise ValueError(f"Input arrays must be multi-channel 2D images. Got an array with shape: {x.shape}")
    rows, columns, channels = arguments.row_axis - 1, arguments.col_axis - 1, arguments.channel_axis - 1
    # In Keras each channel lies by itself after it was sampled or shifted, and sums are rounded in the order of memory.
    planes = channels == 0 or arguments.samplewise_center or arguments.samplewise_std_normalization
    names = ((columns, "flip_horizontal"), (rows, "flip_vertical"))
    flips = tuple(axis for axis, name in names if params.get(name, False))
    matrix = geometry.matrix(params, x.shape[rows], x.shape[columns])
    if matrix is not None:
        last = np.moveaxis(x, channels, 2)
        room = _planes(last) if planes else np.empty_like(last)
        # All that comes before flips is the same for every pixel, so images are flipped as they are written.
        out = room if planes else np.flip(room, flips)
        order, mode, cval = arguments.interpolation_order, arguments.fill_mode, arguments.cval
        sampled = geometry.sample(last, matrix, order=order, mode=mode, cval=cval, out=out)
        x = np.moveaxis(sampled, 2, channels)
        if sampled is out and not planes:
            x, flips = room, ()
    intensity, brightness = params.get("channel_shift_intensity"), params.get("brightness")
    if intensity is not None:
        shifted = photometry.shift_channels(x, intensity)
        x = np.moveaxis(np.ascontiguousarray(np.moveaxis(shifted, channels, 0)), 0, channels) if planes else shifted
    if planes and flips:
        x, flips = np.flip(x, flips), ()
    if brightness is not None:
        x = photometry.brighten(x, brightness)
    return np.flip(x, flips) if flips else x


def _planes(image: NDArray[Any]) -> NDArray[Any]:
    """Return room for an image, (h, w, c), whose channels lie one after the other."""
    height, width, channels = image.shape
    return np.moveaxis(np.empty((channels, height, width), dtype=image.dtype), 0, 2)


def fit(
    arguments: Arguments,
    fitted: Fitted,
    x: Any,
    augmented: Callable[[NDArray[Any]], NDArray[Any]] | None,
    *,
    rounds: int,
    seed: int | None,
) -> Fitted:
    """Return the statistics that the options need: see :func:`normalisation.fit`.

    Args:
        arguments: the generator's.
        fitted: what was found before; what no option needs stays.
        x: images.
        augmented: makes a randomly transformed image of an image; None: they are taken as they are.
        rounds: how many transformed copies of each image are looked at.
        seed: what to seed the draws with first.
    """
    if seed is not None:
        randomness.stand_in.random.seed(seed)
    return normalisation.fit(arguments, fitted, x, augmented, rounds)

"""What a peer makes is checked before it is timed: each transform, of a fixed value, against SciPy; a random batch.

Errors are in levels of 0 to 255. Only pixels whose source lies inside the image are compared, as peers fill what lies
outside in ways of their own. The bounds let pass what differs between honest resamplers (OpenCV rounds coordinates to
1/32 of a pixel); half a pixel of misplacement, a wrong sign or a skipped step exceeds them on photographs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from benches.work import MEAN, STD, Move
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from benches.work import Draws
    from samebatch.checks import Layout

    Floats = NDArray[np.float64]
    Make = Callable[[Draws], Callable[[], Any]]

MEAN_BOUND = 1.0
LARGE_BOUND = 12.0  # for 99.9 % of the pixels
TURN = 20.0
RIGHT, DOWN = 1 / 16, -1 / 32  # whole pixels of every size that is measured, as some peers round shifts
ZOOM = 1.15
DARK = 0.8


def stages(draws: Draws, image: Floats, *, additive: bool) -> Iterator[tuple[str, Draws, list[Floats]]]:
    """Yield, for each transform of ``draws``, its name, draws that fix its value, and what may come out of ``image``.

    Args:
        draws: the work.
        image: (height, width, 3), levels.
        additive: whether a brightness of 0.8 takes off 0.2 of the range, where samebatch multiplies by 0.8.

    Results are NaN where the source lies outside the image. Moves together may shift first or last, and may resample
    once or each for itself: a peer's output may equal any of several results.
    """
    still = replace(draws, flip=0.0, move=draws.move and Move(), brightness=draws.brightness and (1.0, 1.0))
    if draws.flip:
        yield "flip", replace(still, flip=1.0), [image[:, ::-1]]
    if draws.move is not None:
        turn, shift, zoom = (
            Move(rotation=(TURN, TURN)),
            Move(right=(RIGHT,) * 2, down=(DOWN,) * 2),
            Move(zoom=(ZOOM,) * 2),
        )
        yield "rotation", replace(still, move=turn), [moved(image, TURN, 0.0, 0.0, 1.0)]
        yield "shift", replace(still, move=shift), [moved(image, 0.0, RIGHT, DOWN, 1.0)]
        yield "zoom", replace(still, move=zoom), [moved(image, 0.0, 0.0, 0.0, ZOOM)]
        together = Move(turn.rotation, shift.right, shift.down, zoom.zoom)
        any_of = [moved(image, TURN, RIGHT, DOWN, ZOOM, shift_first=first) for first in (False, True)]
        any_of.append(moved(moved(moved(image, TURN, 0.0, 0.0, 1.0), 0.0, 0.0, 0.0, ZOOM), 0.0, RIGHT, DOWN, 1.0))
        yield "rotation, shift and zoom", replace(still, move=together), any_of
    if draws.brightness is not None:
        darker = image + (DARK - 1) * 255 if additive else image * DARK
        yield "brightness", replace(still, brightness=(DARK, DARK)), [np.clip(darker, 0, 255)]
    yield "normalise", still, [image]


def moved(image: Floats, turn: float, right: float, down: float, zoom: float, *, shift_first: bool = False) -> Floats:
    """Return ``image`` turned, zoomed and shifted by SciPy, bilinear, NaN where the source lies outside the image."""
    from scipy import ndimage  # noqa: PLC0415 - scipy is optional

    height, width = image.shape[:2]
    sin, cos = np.sin(np.deg2rad(turn)), np.cos(np.deg2rad(turn))
    matrix = np.array([[cos, sin], [-sin, cos]]) / zoom  # from the output to the source, rows (y, x)
    shift = np.array([down * height, right * width])
    centre = (np.array([height, width]) - 1) / 2
    offset = centre - matrix @ centre - (shift if shift_first else matrix @ shift)
    planes = [
        ndimage.affine_transform(image[..., c], matrix, offset, order=1, mode="constant", cval=np.nan)
        for c in range(image.shape[2])
    ]
    return np.stack(planes, axis=-1)


def check(make: Make, image: NDArray[Any], draws: Draws, layout: Layout, batch: int, *, additive: bool = False) -> str:
    """Check what a peer makes of batches that hold ``image`` again and again.

    Args:
        make: draws -> a function that returns the next batch of the peer's.
        image: (height, width, 3), levels from 0 to 255.
        draws: the work.
        layout: where the batch must have its channels.
        batch: how many images it must have.
        additive: as for :func:`stages`.

    Returns:
        What was checked, in words.

    Raises:
        WrongOutputError: something is not as it should be; the message says what.
    """
    levels = image.astype(np.float64)
    worst = 0.0
    for name, fixed, wanted in stages(draws, levels, additive=additive):
        made = _levels(make(fixed)(), levels.shape, layout, batch, name)
        error, large = min(_errors(made[-1], one) for one in wanted)
        if not (error <= MEAN_BOUND and large <= LARGE_BOUND):
            raise WrongOutputError(
                f"its {name} is {error:.2f} levels off on average (at most {MEAN_BOUND:g} is right) and {large:.1f} at "
                f"the 99.9th percentile (at most {LARGE_BOUND:g})"
            )
        worst = max(worst, error)
    _check_random(_levels(make(draws)(), levels.shape, layout, batch, "batch"), levels, draws)
    return f"each transform within {worst:.2f} levels of SciPy on average, at most {LARGE_BOUND:g} for 99.9 % of pixels"


def _levels(made: Any, shape: tuple[int, ...], layout: Layout, batch: int, name: str) -> Floats:  # noqa: ANN401
    """Return a batch as levels, channels last, after checking its shape and type."""
    array = np.asarray(made)
    wanted = (batch, *shape) if layout == "channels_last" else (batch, shape[2], *shape[:2])
    if array.shape != wanted or array.dtype != np.float32:
        raise WrongOutputError(f"its {name} made {array.dtype} {array.shape}, expected float32 {wanted}")
    if not np.isfinite(array).all():
        raise WrongOutputError(f"its {name} made values that are not finite")
    last = array if layout == "channels_last" else array.transpose(0, 2, 3, 1)
    levels: Floats = (last.astype(np.float64) * STD + MEAN) * 255
    return levels


def _errors(made: Floats, wanted: Floats) -> tuple[float, float]:
    """Return the mean error and its 99.9th percentile, of the pixels that lie well inside."""
    from scipy import ndimage  # noqa: PLC0415 - scipy is optional

    inside = ndimage.binary_erosion(~np.isnan(wanted).any(axis=-1), np.ones((3, 3)), border_value=1)
    if inside.mean() < 0.25:
        raise WrongOutputError("too few pixels are left to compare")
    errors = np.abs(made - wanted)[inside]
    return float(errors.mean()), float(np.quantile(errors, 0.999))


def _check_random(made: Floats, image: Floats, draws: Draws) -> None:
    """Check a batch of random draws, all of the same image: values in range, and each image drawn for itself."""
    if made.min() < -0.5 or made.max() > 255.5:
        raise WrongOutputError(
            f"its batch has values from {made.min():.1f} to {made.max():.1f} levels, outside 0 to 255"
        )
    if abs(made.mean() - image.mean()) > 0.25 * 255:
        raise WrongOutputError(f"its batch is {made.mean():.1f} levels on average, and the image {image.mean():.1f}")
    kinds = len(np.unique(made.reshape(len(made), -1), axis=0))
    least = 2 if draws.move is None and draws.brightness is None else len(made)
    if kinds < least:
        raise WrongOutputError(f"its batch of {len(made)} has {kinds} different images, expected at least {least}")

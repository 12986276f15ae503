"""Keras' ImageDataGenerator: ``flow`` over the array, which it keeps as float32, and ``flow_from_directory``.

samebatch's own class is made of the same arguments here, so that the two can be compared.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from benches import folder
from benches.harness import Ready
from benches.peers import file_peer
from benches.work import MEAN, SEED, SIZE, STD, Move
from samebatch.cli import packages, workload

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benches.work import Draws

NAME = "Keras ImageDataGenerator"
FILES = "Keras flow_from_directory"
SHEAR = 10.0  # degrees
SHEAR_BOUND = 0.01


def generator(draws: Draws, *, ours: bool = False, **more: Any) -> Any:  # noqa: ANN401 - Keras ships no types
    """Return the work as ImageDataGenerator says it.

    Args:
        draws: the work.
        ours: samebatch's class instead of Keras'.
        **more: arguments beside those of the work.
    """
    packages.choose_keras_backend("numpy")  # it computes in NumPy, SciPy and Pillow, whatever the backend
    module = import_module("samebatch.keras" if ours else "keras.src.legacy.preprocessing.image")
    if draws.move is None or draws.brightness is None:
        raise ValueError("ImageDataGenerator is measured on the whole work only")
    made = module.ImageDataGenerator(
        featurewise_center=True,
        featurewise_std_normalization=True,
        rotation_range=draws.move.rotation[1],
        width_shift_range=draws.move.right[1],
        height_shift_range=draws.move.down[1],
        brightness_range=draws.brightness,
        zoom_range=draws.move.zoom,  # one factor for each axis, which costs no more
        fill_mode="nearest",
        horizontal_flip=draws.flip > 0,
        rescale=1 / 255,
        data_format="channels_last",
        dtype="float32",
        **more,
    )
    made.mean = np.array(MEAN, np.float32).reshape(1, 1, 3)
    made.std = np.array(STD, np.float32).reshape(1, 1, 3)
    return made


def ready(images: NDArray[Any], draws: Draws, batch: int, **more: Any) -> Ready:  # noqa: ANN401 - as above
    """Return ImageDataGenerator at its work; checked by its own words for fixed values, with which none are drawn.

    Raises:
        ImportError: Keras, SciPy or Pillow is not installed.
    """
    made = generator(draws, **more)
    flow = made.flow(images, batch_size=batch, shuffle=True, seed=SEED)

    def verify() -> str:
        following = made.flow(images[: workload.BATCH], batch_size=workload.BATCH, shuffle=False, seed=SEED)
        workload.check_keras(made, images, next(following))
        _check_shear(made, images[0])
        return "each transform against SciPy"

    def work() -> int:
        return len(next(flow))

    return Ready(_version(), verify, work)


def ready_from_files(place: Path, draws: Draws, batch: int, **more: Any) -> Ready:  # noqa: ANN401 - as above
    """Return ``flow_from_directory`` at its work, checked as :func:`ready` is, and its reading against Pillow.

    Raises:
        ImportError: Keras, SciPy or Pillow is not installed.
    """
    made = generator(draws, **more)
    flow = from_folder(made, place, batch)

    def verify() -> str:
        paths, labels = folder.listed(place)
        images = np.stack([folder.resized(path) for path in paths[: workload.BATCH]])
        workload.check_keras(made, images, next(flow)[0])
        _check_shear(made, images[0])
        still = generator(replace(draws, flip=0.0, move=Move(), brightness=(1.0, 1.0)))
        x, y = next(from_folder(still, place, len(paths), shuffle=False))
        file_peer.check_read(x, y, paths, labels)
        flow.reset()
        return f"each transform against SciPy; {file_peer.check_labels(lambda: next(flow), place, batch)}"

    def work() -> int:
        return len(next(flow)[0])

    return Ready(_version(), verify, work)


def from_folder(made: Any, place: Path, batch: int, *, shuffle: bool = True, **more: Any) -> Any:  # noqa: ANN401
    """Return the batches of a folder, of Keras' class or of samebatch's."""
    return made.flow_from_directory(
        str(place),
        target_size=(SIZE, SIZE),
        interpolation="bilinear",
        class_mode="sparse",
        batch_size=batch,
        shuffle=shuffle,
        seed=SEED,
        **more,
    )


def _check_shear(made: Any, image: NDArray[Any]) -> None:  # noqa: ANN401 - as above
    from scipy import ndimage  # noqa: PLC0415 - scipy is optional

    sin, cos = np.sin(np.deg2rad(SHEAR)), np.cos(np.deg2rad(SHEAR))
    matrix = np.array([[cos, 0.0], [-sin, 1.0]])  # from the output to the source, rows (y, x), as Keras has it
    centre = (np.array(image.shape[:2]) - 1) / 2
    pixels = image.astype(np.float32)
    sheared = made.apply_transform(pixels, {"shear": SHEAR})
    for channel in range(image.shape[2]):
        plane = pixels[..., channel]
        wanted = ndimage.affine_transform(plane, matrix, centre - matrix @ centre, order=1, mode="nearest")
        error = float(np.abs(sheared[..., channel] - wanted).max())
        if not error <= SHEAR_BOUND:
            raise workload.WrongOutputError(f"ImageDataGenerator: its shear is {error} off, more than {SHEAR_BOUND}")


def _version() -> str:
    return f"keras {metadata.version('keras')}"

"""NVIDIA DALI on the CPU: one pipeline, fed from the array or from its own reader and decoder; one matrix, one warp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.peers.file_peer import FilePeer
from benches.peers.peer import Peer
from benches.work import MEAN, SEED, SIZE, STD, Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from benches.work import Draws, Move, Range
    from samebatch.checks import Layout


def _make(images: NDArray[np.generic], draws: Draws, layout: Layout, batch: int) -> Callable[[], Any]:
    from nvidia.dali import fn  # noqa: PLC0415 - DALI is optional

    order = Order(len(images), batch)
    pipeline = _pipeline(batch)
    with pipeline:
        pixels = fn.external_source(source=lambda: images[order()], batch=True, layout="HWC")
        pipeline.set_outputs(_augmented(pixels, draws, layout, images.shape[1], images.shape[2]))
    pipeline.build()

    def following() -> Any:  # noqa: ANN401 - DALI ships few types
        (made,) = pipeline.run()
        return made.as_tensor()

    return following


def _read(place: Path, draws: Draws, batch: int) -> Callable[[], tuple[Any, Any]]:
    from nvidia.dali import fn  # noqa: PLC0415 - as above

    pipeline = _pipeline(batch)
    with pipeline:
        files, labels = fn.readers.file(file_root=str(place), shuffle_after_epoch=True, name="reader")
        pixels = fn.resize(fn.decoders.image(files, device="cpu"), size=(SIZE, SIZE))
        pipeline.set_outputs(_augmented(pixels, draws, "channels_last", SIZE, SIZE), labels)
    pipeline.build()

    def following() -> tuple[Any, Any]:
        made, labels = pipeline.run()
        return made.as_tensor(), labels.as_tensor()

    return following


def _pipeline(batch: int) -> Any:  # noqa: ANN401 - as above
    """Return an empty pipeline on one thread."""
    from nvidia.dali import Pipeline  # noqa: PLC0415 - as above

    # Not pipelined and not asynchronous: that gains nothing on one core, and works ahead while others are timed.
    return Pipeline(batch, num_threads=1, device_id=None, seed=SEED, exec_pipelined=False, exec_async=False)


def _augmented(pixels: Any, draws: Draws, layout: Layout, height: int, width: int) -> Any:  # noqa: ANN401 - as above
    """Return the node of the work on images of one size."""
    from nvidia.dali import fn, types  # noqa: PLC0415 - as above

    # The flip comes first, as with every other peer, and costs what it costs at the end.
    flip = fn.random.coin_flip(probability=draws.flip)
    if draws.move is not None:
        mirror = fn.stack(1.0 - 2.0 * flip, 1.0)
        pixels = fn.warp_affine(pixels, matrix=_matrix(fn, draws.move, mirror, height, width), inverse_map=False)
        flip = 0
    if draws.brightness is not None:
        pixels = fn.brightness(pixels, brightness=_uniform(fn, draws.brightness))
    return fn.crop_mirror_normalize(
        pixels,
        dtype=types.FLOAT,
        output_layout="HWC" if layout == "channels_last" else "CHW",
        mirror=flip,
        mean=[255 * mean for mean in MEAN],
        std=[255 * std for std in STD],
    )


def _matrix(fn: Any, move: Move, mirror: Any, height: int, width: int) -> Any:  # noqa: ANN401
    """Return the node of the matrix from the source to the output."""
    centre = [width / 2, height / 2]  # its pixels have their centres at halves
    zoom = _uniform(fn, move.zoom)
    matrix = fn.transforms.scale(scale=fn.stack(zoom, zoom) * mirror, center=centre)
    matrix = fn.transforms.rotation(matrix, angle=-_uniform(fn, move.rotation), center=centre)
    right, down = _uniform(fn, move.right), _uniform(fn, move.down)
    return fn.transforms.translation(matrix, offset=fn.stack(right * width, down * height))


def _uniform(fn: Any, ends: Range) -> Any:  # noqa: ANN401 - as above
    """Return the node of a number between ``ends``; it refuses to draw where they are equal."""
    return ends[0] if ends[0] == ends[1] else fn.random.uniform(range=ends)


PEER = Peer("NVIDIA DALI, CPU", _make, "nvidia-dali-cuda130")
FILES = FilePeer("NVIDIA DALI, CPU, its reader and decoder", _read, "nvidia-dali-cuda130")

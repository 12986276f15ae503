"""What a pipeline makes of a source's images before it normalises them."""

from __future__ import annotations

import json
from functools import partial
from itertools import takewhile
from math import prod
from typing import TYPE_CHECKING, Any

from samebatch.checks import describe
from samebatch.errors import SpecError
from samebatch.statistics.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from samebatch.batch import Batches
    from samebatch.pipeline import Pipeline
    from samebatch.source import Source
    from samebatch.statistics.stream import Chunk

BATCH_VALUES = 2**22  # values of a batch, about: 16 MB as float32, and enough images to keep the native threads busy
MOST_BATCH = 256  # images
MOST_HELPERS = 4  # each holds a batch, so memory would grow with the machine
AHEAD = 2  # batches that are rendered while others are added up
FIRST_STAGE = "crop"  # the group of transforms that are part of resizing
STOPS = ("Normalize", "Standardize", "Whiten")


def of_pipeline(source: Source, pipeline: Pipeline, threads: int) -> Stream:
    """Return the images as ``pipeline.evaluation()`` has them before its first Normalize, Standardize or Whiten.

    A Rescale is left out: it changes the units, and Normalize counts in units of the range. Only whether the range is
    turned round matters. What is left is the first stage, whose results have the pixels' own type; should any other
    transform be left, the values are float32.

    Raises:
        SpecError: ``pipeline`` is no pipeline, or does not fit the source.
        ShapeError: it needs square images.
    """
    document = _evaluation(pipeline)
    kept, turned = _first_stages(document["transforms"])
    groups: set[str] = {transform.GROUP for transform in pipeline.transforms if transform.id in {t["id"] for t in kept}}
    dtype = source.dtype if groups <= {FIRST_STAGE} else "float32"
    low, high = source.value_range
    # Whole numbers that come as float32 are the same numbers; a range of 1 is what a uint8 result cannot have.
    rendered = "uint8" if dtype == "uint8" and high - low > 1.0 else "float32"
    batches = _batches(source, document | {"transforms": kept, "dtype": rendered}, threads)
    return Stream(
        samples=len(source),
        channels=source.channels,
        dtype=dtype,
        value_range=(high, low) if turned else (low, high),
        checked=True,  # the native code looked at every pixel; what interpolation adds may lie beyond the range
        helpers=min(threads, MOST_HELPERS),
        chunks=partial(_chunks, batches, dtype),
    )


def before_whitening(
    source: Source, pipeline: Pipeline | None, threads: int
) -> tuple[int, Iterator[NDArray[np.float32]]]:
    """Return (D, the images as ``pipeline.evaluation()`` has them before its Whiten): blocks of shape (n, D), in order.

    D is the product of height, width and channels. Blocks hold 256 images, as long as these are no larger than can be
    whitened; less where files give no image.

    Raises:
        SpecError: ``pipeline`` is no pipeline, or does not fit the source.
        ShapeError: it needs square images.
    """
    document = _evaluation(pipeline)
    kept = list(takewhile(lambda transform: transform["kind"] != "Whiten", document["transforms"]))
    batches = _batches(source, document | {"transforms": kept, "dtype": "float32"}, threads)
    features = prod(batches.output_shape)
    return features, (load()[1].reshape(-1, features) for load in _chunks(batches, "float32"))


def _evaluation(pipeline: Pipeline | None) -> dict[str, Any]:
    from samebatch.pipeline import Pipeline  # noqa: PLC0415 (it stands to the right: loaded when it is asked for)

    whole = Pipeline() if pipeline is None else pipeline
    if not isinstance(whole, Pipeline):
        raise SpecError(f"pipeline must be a Pipeline or None, got {describe(pipeline)}; wrap transforms: Pipeline([])")
    document: dict[str, Any] = json.loads(whole.evaluation().to_json())
    return document


def _batches(source: Source, document: dict[str, Any], threads: int) -> Batches:
    from samebatch.batch import Batches  # noqa: PLC0415 (as above)
    from samebatch.pipeline import Pipeline  # noqa: PLC0415

    prefix = Pipeline.from_json(json.dumps(document | {"layout": "channels_last"}))
    settings: dict[str, Any] = {"shuffle": False, "threads": threads}
    size = max(1, BATCH_VALUES // prod(Batches(source, prefix, **settings).output_shape))
    return Batches(source, prefix, batch_size=min(size, MOST_BATCH), **settings)


def _first_stages(transforms: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
    """Return (what stands before the normalising without the Rescales, whether those turn the range round)."""
    kept, turned = [], False
    for transform in transforms:
        if transform["kind"] in STOPS:
            break
        if transform["kind"] == "Rescale":
            turned ^= transform["scale"] < 0.0
        else:
            kept.append(transform)
    return kept, turned


def _chunks(batches: Batches, dtype: str) -> Iterator[Callable[[], Chunk]]:
    from samebatch.batch import Epoch  # noqa: PLC0415 (as above)

    # Not batches.epoch(0), which warns that others stand in for files that are left out here.
    for batch in Epoch(partial(batches.batch, 0), range(batches.steps), AHEAD):
        own = batch.repeats == 0  # other rows stand in for files that give no image, and come in their own place too
        yield partial(_batch, int(batch.indices[0]), batch.x if own.all() else batch.x[own], dtype)


def _batch(first: int, x: NDArray[Any], dtype: str) -> Chunk:
    return first, x.astype(dtype, copy=False)

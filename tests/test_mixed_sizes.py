"""A source whose images differ in size: one bound pipeline makes what a pipeline of each size makes."""

from dataclasses import dataclass

import numpy as np
import pytest

import samebatch as sb
from handwritten import canonical, spec_of
from pictures import pixels
from samebatch import _native, binding, reference
from samebatch.errors import ShapeError, SpecError
from samebatch.reference.params import draws

ROTATION = {"kind": "RandomRotation", "low": -20.0, "high": 20.0}
CROP = {"kind": "RandomResizedCrop", "scale_low": 0.08, "scale_high": 1.0, "ratio_low": 0.75, "ratio_high": 1.5}
SPEC = spec_of(ROTATION, size=[12, 14])
SPECS = {
    "stretch": SPEC,
    "pad": spec_of(ROTATION, size=[12, 14], fit="pad", resample="lanczos"),
    "crop": spec_of(ROTATION, size=[12, 14], fit="crop", resample="nearest"),
    "part": spec_of(CROP, ROTATION, size=[12, 14], resample="bicubic"),
}
RANGES = {"uint8": (0.0, 255.0), "float32": (0.0, 1.0)}


@dataclass(frozen=True)
class Mixed:
    height: int | None = None
    width: int | None = None
    channels: int = 3
    dtype: str = "uint8"
    value_range: tuple[float, float] = (0.0, 255.0)


def batch(native, images):
    rows, repeats = np.arange(len(images)), np.zeros(len(images), np.uint64)
    return native.batch(images, rows, 7, 3, repeats, 2)


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_of_any_size(dtype, spec):
    """Sizes in turn, so that a thread meets tables of another size, and of the size before the last."""
    mixed = _native.Pipeline(canonical(spec), None, None, 3, dtype, *RANGES[dtype])
    sizes = [(20, 30), (9, 9), (12, 14), (20, 30), (30, 20), (1, 1), (12, 50), (50, 14)]
    for size in sizes:
        images = pixels((3, *size, 3), dtype, RANGES[dtype], "noise", 5)
        bound = _native.Pipeline(canonical(spec), *size, 3, dtype, *RANGES[dtype])
        np.testing.assert_array_equal(batch(mixed, images), batch(bound, images))
        rows = [draws.draw(spec, 3, 7, 3, sample, 0) for sample in range(3)]
        table = np.array(rows, np.float64).reshape(3, -1)
        by_reference = reference.render_rows(spec, images, range(3), table, RANGES[dtype])
        np.testing.assert_array_equal(batch(mixed, images), by_reference)


def test_a_size_is_needed():
    source = Mixed()
    with pytest.raises(SpecError, match=r"size="):
        binding.check(sb.Pipeline([]), source)
    with pytest.raises(SpecError, match=r"size="):
        binding.bind(sb.Pipeline([]), source)
    with pytest.raises(ShapeError, match=r"square"):
        binding.check(sb.Pipeline([sb.RandomQuarterTurn()], size=(8, 9)), source)
    pipeline = sb.Pipeline([sb.RandomQuarterTurn()], size=(8, 8))
    binding.check(pipeline, source)
    assert tuple(binding.bind(pipeline, source).output_shape) == (8, 8, 3)


def test_half_a_size_is_refused():
    with pytest.raises(SpecError, match="both"):
        _native.Pipeline(canonical(SPEC), 5, None, 3, "uint8", 0.0, 255.0)


def test_what_no_image_can_be_is_refused():
    mixed = _native.Pipeline(canonical(SPEC), None, None, 3, "uint8", 0.0, 255.0)
    long = np.broadcast_to(np.uint8(0), (2, 1, 16385, 3))
    with pytest.raises(ShapeError, match=r"sample 0: the image is 16385 pixels wide"):
        batch(mixed, long)
    with pytest.raises(ShapeError, match="bound to"):
        batch(mixed, np.zeros((2, 5, 5, 4), np.uint8))
    with pytest.raises(ShapeError, match="pixels high"):
        batch(mixed, np.zeros((2, 0, 5, 3), np.uint8))
    vast = np.broadcast_to(np.uint8(0), (2, 16384, 16384, 8))
    wide = _native.Pipeline(canonical(SPEC), None, None, 8, "uint8", 0.0, 255.0)
    with pytest.raises(ShapeError, match=r"sample 0: .*values"):
        batch(wide, vast)

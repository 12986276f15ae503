"""Matrix: all of a sample's geometry as one map from a destination pixel to its place in the source.

x is a column and y a row, pixel centres are whole numbers, and transforms turn about the centre ((W-1)/2, (H-1)/2).
"""

from dataclasses import dataclass
from typing import Any

from samebatch.errors import SpecError
from samebatch.reference.params.trig import sincos_degrees

FRACTION = 32  # bits after the point of a Fixed
LARGEST_STEP = 1024.0
LARGEST_ORIGIN = 2.0**26

Affine = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Fixed:
    """x_source = xx * column + xy * row + x0 and y_source alike; integers with 32 bits after the point."""

    xx: int
    xy: int
    x0: int
    yx: int
    yy: int
    y0: int


def matrix(spec: dict[str, Any], values: dict[str, float], height: int, width: int) -> Affine:
    """Compose the geometry of one sample: (a, b, ox, c, d, oy) in float64, every operation rounded once."""
    a, b, tx, c, d, ty = 1.0, 0.0, 0.0, 0.0, 1.0, 0.0
    for transform in spec["transforms"]:
        step = _step(transform, values, height, width)
        if step is None:
            continue
        sa, sb, stx, sc, sd, sty = step
        a, b, tx = a * sa + b * sc, a * sb + b * sd, (a * stx + b * sty) + tx
        c, d, ty = c * sa + d * sc, c * sb + d * sd, (c * stx + d * sty) + ty
    cx, cy = (width - 1) / 2, (height - 1) / 2
    return a, b, ((cx + tx) - a * cx) - b * cy, c, d, ((cy + ty) - c * cx) - d * cy


def _step(t: dict[str, Any], values: dict[str, float], height: int, width: int) -> Affine | None:
    """Return one transform about the centre, destination -> source, or None if it moves nothing."""

    def value(name: str) -> float:
        return values[f"{t['id']}.{name}"]

    match t["kind"]:
        case "RandomFlip":
            return (-1.0 if value("horizontal") else 1.0), 0.0, 0.0, 0.0, (-1.0 if value("vertical") else 1.0), 0.0
        case "RandomRotation":
            sine, cosine = sincos_degrees(value("angle"))
            return cosine, -sine, 0.0, sine, cosine, 0.0
        case "RandomQuarterTurn":
            sine, cosine = sincos_degrees(90.0 * value("turns"))
            return cosine, -sine, 0.0, sine, cosine, 0.0
        case "RandomShift":
            if t.get("unit") == "pixels":
                return 1.0, 0.0, -value("width"), 0.0, 1.0, -value("height")
            return 1.0, 0.0, -(value("width") * width), 0.0, 1.0, -(value("height") * height)
        case "RandomShear":
            (sx, cx), (sy, cy) = sincos_degrees(value("x")), sincos_degrees(value("y"))
            x, y = sx / cx, sy / cy
            return 1.0 + x * y, -x, 0.0, -y, 1.0, 0.0
        case "RandomZoom":
            if t.get("reciprocal"):
                return value("x"), 0.0, 0.0, 0.0, value("y"), 0.0
            return 1.0 / value("x"), 0.0, 0.0, 0.0, 1.0 / value("y"), 0.0
        case _:
            return None


def fixed(affine: Affine, sample: int) -> Fixed:
    """Round a matrix to fixed point, half to even; refuse one that would leave the range the kernels are exact in."""
    a, b, ox, c, d, oy = affine
    if not (all(abs(v) <= LARGEST_STEP for v in (a, b, c, d)) and all(abs(v) <= LARGEST_ORIGIN for v in (ox, oy))):
        message = f"sample {sample}: its geometry composes to the matrix {affine}, beyond what is exact"
        raise SpecError(message)
    one = 2.0**FRACTION
    return Fixed(*(round(v * one) for v in affine))

"""Region: which pixels of an image are read for a batch's size, and where in it they come to stand."""

from math import sqrt
from typing import Any

Span = tuple[int, int]
"""(start, length) of a run of rows or of columns."""


def region(
    spec: dict[str, Any], values: dict[str, float], height: int, width: int
) -> tuple[tuple[Span, Span], tuple[Span, Span]]:
    """Return ((rows, columns) that are read, (rows, columns) of the batch's size they go to) of an image."""
    rows, columns = _cut(spec, values, height, width)
    to_height, to_width = spec["size"]
    match spec.get("fit", "stretch"):
        case "crop":
            rows, columns = _narrowed(rows, columns, to_height, to_width)
        case "pad":
            return (rows, columns), _contained(rows[1], columns[1], to_height, to_width)
    return (rows, columns), ((0, to_height), (0, to_width))


def _cut(spec: dict[str, Any], values: dict[str, float], height: int, width: int) -> tuple[Span, Span]:
    first: dict[str, Any] = spec["transforms"][0] if spec["transforms"] else {"kind": ""}
    match first["kind"]:
        case "CenterCrop":
            return _middle(height, min(first["height"], height)), _middle(width, min(first["width"], width))
        case "RandomResizedCrop":
            area, ratio, x, y = (values[f"{first['id']}.{name}"] for name in ("area", "ratio", "x", "y"))
            pixels = area * (height * width)
            rows = min(max(round(sqrt(pixels / ratio)), 1), height)  # half to even
            columns = min(max(round(sqrt(pixels * ratio)), 1), width)
            return _free(height, rows, y), _free(width, columns, x)
    return (0, height), (0, width)


def _middle(side: int, length: int) -> Span:
    return (side - length) // 2, length


def _free(side: int, length: int, fraction: float) -> Span:
    places = side - length + 1
    return min(int(fraction * places), places - 1), length


def _narrowed(rows: Span, columns: Span, to_height: int, to_width: int) -> tuple[Span, Span]:
    """Return the largest part in the middle that has the aspect of ``to_height`` x ``to_width``."""
    height, width = rows[1], columns[1]
    if width * to_height > height * to_width:
        start, length = _middle(width, min(max((2 * height * to_width + to_height) // (2 * to_height), 1), width))
        return rows, (columns[0] + start, length)
    start, length = _middle(height, min(max((2 * width * to_height + to_width) // (2 * to_width), 1), height))
    return (rows[0] + start, length), columns


def _contained(height: int, width: int, to_height: int, to_width: int) -> tuple[Span, Span]:
    """Return where all of it fits, in the middle, as PIL.ImageOps.pad has it; at least one pixel."""
    inner_height, inner_width = to_height, to_width
    if width / height > to_width / to_height:
        inner_height = min(max(round(height / width * to_width), 1), to_height)
    elif width / height < to_width / to_height:
        inner_width = min(max(round(width / height * to_height), 1), to_width)
    top, left = round((to_height - inner_height) * 0.5), round((to_width - inner_width) * 0.5)
    return (top, inner_height), (left, inner_width)

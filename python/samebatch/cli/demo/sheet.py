"""The contact sheet: originals above, six augmented versions below each, labelled with what was drawn for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import samebatch as sb
from samebatch.cli import photographs, workload
from samebatch.cli.demo import marks

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from samebatch.params import Params

VERSIONS = 6
COLUMNS = 5
CELL = workload.SIZE
GAP = 12
LINE = 15
PAPER, INK, FAINT = (255, 255, 255), (30, 30, 30), (110, 110, 110)


class Paper:
    """A page that images and lines of text are put on."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width, height), PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self._fonts = {size: ImageFont.load_default(size) for size in (12, 13, 20)}

    def put(self, pixels: NDArray[np.uint8], x: int, y: int) -> None:
        """Put an image (height, width, 3) with its upper left corner at (x, y)."""
        self.image.paste(Image.fromarray(pixels), (x, y))

    def write(self, text: str, x: int, y: int, size: int = 12, colour: tuple[int, int, int] = INK) -> None:
        """Write one line of text with its upper left corner at (x, y)."""
        self._draw.text((x, y), text, fill=colour, font=self._fonts[size])


def labels(params: Params, row: int) -> list[str]:
    """Return what was drawn for one image, as three short lines."""
    drawn = params[row]
    flipped = "flipped, " if drawn["flip.horizontal"] else ""
    return [
        f"{flipped}rotation {drawn['rotation.angle']:+.1f}, zoom {drawn['zoom.x']:.2f} x {drawn['zoom.y']:.2f}",
        f"shift {drawn['shift.width']:+.1%} {drawn['shift.height']:+.1%}, shear {drawn['shear.x']:+.1f}",
        f"brightness {drawn['brightness.factor']:.2f}, channels {drawn['channel_shift.shift_0']:+.1%}",
    ]


def draw(path: Path, seed: int) -> None:
    """Draw the contact sheet of ``seed`` and write it to ``path`` as a PNG."""
    images = photographs.crops(COLUMNS, CELL, seed=1)
    normalized = workload.pipeline()
    transforms = [transform for transform in normalized.transforms if not isinstance(transform, sb.Normalize)]
    shown = sb.Pipeline(transforms, dtype="uint8")  # one transform less moves no image: the draws stay the same
    marked = marks.cells()
    per_row = 10
    across = max(COLUMNS * (CELL + GAP), per_row * (marks.WIDTH + GAP)) + GAP
    row_height = CELL + 3 * LINE + GAP
    top = 3 * LINE + 2 * GAP
    marks_top = top + LINE + CELL + GAP + VERSIONS * row_height + GAP
    marks_height = 2 * LINE + 2 * GAP + -(-len(marked) // per_row) * (marks.HEIGHT + LINE + GAP)
    paper = Paper(across, marks_top + marks_height)
    paper.write(f"samebatch {sb.__version__}: photographs, and six augmented versions of each", GAP, GAP, size=20)
    paper.write(
        f"seed {seed}, pipeline {shown.digest}; the versions are those of epochs 0 to {VERSIONS - 1}",
        GAP,
        GAP + 2 * LINE - 4,
        colour=FAINT,
    )
    for column, image in enumerate(images):
        x = GAP + column * (CELL + GAP)
        paper.write(f"original: {photographs.NAMES[column % 2]}", x, top, size=13)
        paper.put(image, x, top + LINE + 2)
    for epoch in range(VERSIONS):
        y = top + LINE + CELL + 2 * GAP + epoch * row_height
        params = shown.params(seed=seed, epoch=epoch, indices=range(COLUMNS), channels=3)
        made = np.asarray(shown.apply(images, params))
        for column in range(COLUMNS):
            x = GAP + column * (CELL + GAP)
            paper.put(made[column], x, y)
            for i, line in enumerate(labels(params, column)):
                paper.write(line, x, y + CELL + 1 + i * LINE)
    title = "Every transform and its opposite (rotation and shear in degrees, shifts in fractions of the size)"
    paper.write(title, GAP, marks_top, size=13)
    for i, (cell, label) in enumerate(marked):
        x = GAP + (i // 2) * (marks.WIDTH + GAP)
        y = marks_top + LINE + GAP + (i % 2) * (marks.HEIGHT + LINE + GAP)
        paper.put(cell, x, y)
        paper.write(label, x, y + marks.HEIGHT + 1)
    paper.image.save(path, format="PNG")

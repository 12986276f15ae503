"""Draw a contact sheet of every transform and its opposite, to be looked at: `python tests/render_signs.py signs.png`.

One row a sign. In each, for every size, three pictures: samebatch, SciPy, Pillow.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from engines import by_native
from signs import SIGNS, by_pillow, face, scipy_truth, sizes, spec

CELL, LABEL, GAP = 112, 130, 6


def _picture(image):
    """Return an image enlarged to a cell, its pixels whole."""
    height, width = image.shape[:2]
    scale = max(1, (CELL - 2 * GAP) // max(height, width))
    levels = np.clip(np.rint(image[:, :, 0]), 0, 255).astype(np.uint8)
    return Image.fromarray(levels).resize((width * scale, height * scale), Image.Resampling.NEAREST)


def _row(canvas, top, label, groups):
    draw = ImageDraw.Draw(canvas)
    draw.text((GAP, top + CELL // 2 - 6), label, fill=255)
    for i, picture in enumerate(image for group in groups for image in group):
        canvas.paste(picture, (LABEL + i * CELL + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2))
    for i in range(len(groups)):
        draw.line([(LABEL + 3 * CELL * i - 1, top), (LABEL + 3 * CELL * i - 1, top + CELL)], fill=120)


def sheet(path):
    """Write the contact sheet."""
    columns = 3 * max(len(sizes(sign)) for sign in SIGNS.values())
    canvas = Image.new("L", (LABEL + columns * CELL, 20 + (len(SIGNS) + 1) * CELL), 60)
    draw = ImageDraw.Draw(canvas)
    for i in range(columns):
        draw.text((LABEL + i * CELL + GAP, 4), ("samebatch", "SciPy", "Pillow")[i % 3], fill=255)
    pictures = [_picture(face(*size)) for size in sizes(SIGNS["angle +20"])]
    _row(canvas, 20, "original", [[picture] * 3 for picture in pictures])
    for number, sign in enumerate(SIGNS.values(), start=1):
        groups = []
        for size in sizes(sign):
            image = face(*size)
            ours = by_native(spec(sign), image[np.newaxis], sign.values, (0.0, 255.0))[0]
            groups.append([_picture(v) for v in (ours, scipy_truth(sign, image), by_pillow(sign, image))])
        _row(canvas, 20 + number * CELL, sign.name, groups)
    canvas.save(path)


if __name__ == "__main__":
    sheet(Path(sys.argv[1] if len(sys.argv) > 1 else "signs.png"))

"""Small image files for tests of sources."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed=0, size=(6, 5), mode="RGB"):
    """A picture of noise; size is (height, width)."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    return Image.fromarray(pixels).convert(mode)


def content(image, form="PNG", **options):
    """What a file of the image holds."""
    stream = BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def tree(root, files):
    """Write {relative path: content, or None for a small PNG of its own}; return the root."""
    for seed, (name, data) in enumerate(files.items()):
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(picture(seed)) if data is None else data)
    return root

"""Draw the figures of docs/image_data_generator.md: what Keras 3's ImageDataGenerator makes, beside samebatch's.

Run as a script it writes them into docs/figures; it needs Keras, SciPy and scikit-image.
"""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

os.environ.setdefault("KERAS_BACKEND", "torch")  # the class computes in NumPy, whatever the backend

import keras
from keras.src.legacy.preprocessing.image import ImageDataGenerator as Keras

from samebatch.keras import ImageDataGenerator as Ours

Pixels = NDArray[Any]

PLACE = Path(__file__).parents[1] / "docs" / "figures"
HEIGHT, WIDTH = 120, 180
LINE = 16  # pixels of a caption
GAP = 6
CELL = 28
BATCHES = 12
COLOURS = 96  # of a figure's palette, which keeps its file small


def cat(height: int = HEIGHT, width: int = WIDTH) -> Pixels:
    """Return a photograph of a cat with a dot at its middle, uint8 (height, width, 3)."""
    from skimage import data  # noqa: PLC0415 - only the figures need it

    chelsea: Any = data.chelsea
    image = Image.fromarray(chelsea()[10:280, 30:435]).resize((width, height), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width / 2 - 4, height / 2 - 4, width / 2 + 4, height / 2 + 4), fill=(255, 40, 40))
    return np.asarray(image)


def panel(caption: str, image: Pixels) -> Image.Image:
    """Return an image of values from 0 to 255 with words above it."""
    picture = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))
    made = Image.new("RGB", (picture.width, picture.height + LINE), "white")
    made.paste(picture, (0, LINE))
    ImageDraw.Draw(made).text((1, 2), caption, fill="black")
    return made


def save(name: str, rows: list[list[tuple[str, Pixels]]]) -> None:
    """Write a figure of rows of panels."""
    drawn = [[panel(*one) for one in row] for row in rows]
    width = max(sum(one.width + GAP for one in row) for row in drawn)
    height = sum(row[0].height + GAP for row in drawn)
    figure = Image.new("RGB", (width, height), "white")
    top = 0
    for row in drawn:
        left = 0
        for one in row:
            figure.paste(one, (left, top))
            left += one.width + GAP
        top += row[0].height + GAP
    PLACE.mkdir(exist_ok=True)
    figure.quantize(COLOURS, dither=Image.Dither.NONE).save(PLACE / f"{name}.png", optimize=True)


def transformed(parameters: dict[str, Any], image: Pixels | None = None, **arguments: Any) -> list[tuple[str, Pixels]]:  # noqa: ANN401 - of both classes
    """Return panels of an image, and of what both classes make of it by given parameters."""
    given = cat().astype(np.float32) if image is None else image
    made = [cls(fill_mode="constant", **arguments).apply_transform(given, parameters) for cls in (Keras, Ours)]
    return [("given", given), ("Keras 3", made[0]), ("samebatch", made[1])]


def geometry() -> None:
    """Draw the faults of geometry."""
    save("shift", [transformed({"tx": 0.25 * HEIGHT})])
    save("rotation", [transformed({"theta": 30})])
    save("shear", [transformed({"shear": 0.2}), transformed({"shear": 35})])
    image = cat().astype(np.float32)
    mirrored = Keras(fill_mode="constant").apply_transform(image, {"zx": -0.6, "zy": -0.6})
    written = Ours(fill_mode="constant").apply_transform(image, {"zx": 1.4, "zy": 1.4})
    save("zoom", [[("given", image), ("Keras 3: -0.6", mirrored), ("samebatch: 1.4 of [0.5, 1.5]", written)]])


def colours() -> None:
    """Draw the faults of colour."""
    dull = (cat() * 0.4 + 60).astype(np.float32)
    save("channel_shift", [transformed({"channel_shift_intensity": 70}, dull)])
    given, black, right = transformed({"brightness": 1.3}, (cat() / 255).astype(np.float32))
    save("brightness", [[(words, image * 255) for words, image in (given, black, right)]])


def statistics() -> None:
    """Draw what fit() makes of a preprocessing_function."""
    x = cat()[None].astype(np.float32)
    panels = [("given", x[0])]
    for words, cls in (("Keras 3", Keras), ("samebatch", Ours)):
        made = cls(featurewise_center=True, preprocessing_function=lambda image: image / 127.5 - 1)
        made.fit(x)
        batch = next(made.flow(x, batch_size=1))
        panels.append((f"{words}: mean {batch.mean():.2f}", (batch[0] + 1) * 127.5))
    save("fit", [panels])


def streams() -> None:
    """Draw what seeds share, and what validation sees."""
    small = cat(64, 104)
    rows = []
    for words, cls in (("Keras 3", Keras), ("samebatch", Ours)):
        for seed in (0, 1):
            made = cls(rotation_range=40, fill_mode="constant")
            flow = made.flow(small[None].repeat(6, axis=0), batch_size=1, shuffle=False, seed=seed)
            rows.append([(f"{words}, {seed=}" if i == 0 else "", flow[i][0]) for i in range(6)])
    save("seeds", rows)
    images = small[None].repeat(20, axis=0)
    rows = []
    for words, cls in (("Keras 3", Keras), ("samebatch", Ours)):
        made = cls(rotation_range=40, brightness_range=(0.5, 1.5), validation_split=0.3, fill_mode="constant")
        valid = made.flow(images, subset="validation", batch_size=6, seed=3)
        rows.append([(words if i == 0 else "", image) for i, image in enumerate(valid[0])])
    save("validation", rows)


def order() -> None:
    """Draw which batch each training step gets, three epochs long, of a generator that does not shuffle."""
    x = np.repeat(np.arange(BATCHES, dtype=np.float32), 2)[:, None, None, None] * np.ones((1, 2, 2, 1), np.float32)
    rows = []
    for words, cls in (("Keras 3", Keras), ("samebatch", Ours)):
        model = Watching()
        model.compile()
        model.fit(cls().flow(x, np.zeros(len(x)), batch_size=2, shuffle=False), epochs=3, verbose=0)
        for epoch, steps in enumerate(np.reshape(model.seen, (3, BATCHES))):
            rows.append([(f"{words}, fit, epoch {epoch}", cells(steps))])
    save("order", rows)


def cells(numbers: Pixels) -> Pixels:
    """Return a row of numbered cells, the darker the smaller the number."""
    made = Image.new("RGB", (len(numbers) * CELL, CELL), "white")
    draw = ImageDraw.Draw(made)
    for i, number in enumerate(numbers):
        level = 60 + 180 * int(number) // BATCHES
        draw.rectangle((i * CELL, 0, (i + 1) * CELL - 2, CELL - 1), fill=(60, level, level))
        draw.text((i * CELL + 8, 6), str(number), fill="white")
    return np.asarray(made)


class Watching(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """A model that learns nothing, and notes the value of each batch that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def call(self, x: Any) -> Any:  # noqa: ANN401 - Keras ships no types
        """Return what it is given; Keras asks for it before training."""
        return x

    def train_step(self, data: Any) -> dict[str, float]:  # noqa: ANN401 - as above
        """Note the batch."""
        self.seen.append(int(data[0][0, 0, 0, 0]))
        return {"loss": 0.0}


def main() -> int:
    """Draw all figures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras' class uses what SciPy deprecates
        for draw in (geometry, colours, statistics, streams, order):
            draw()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What every snippet finds: folders of pictures, a table of them, arrays with labels and masks, and a small model."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from samebatch.cli import photographs

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = ("bird", "cat", "dog")
PER_CLASS = (9, 12, 15)
SIDE = 24


@dataclass(frozen=True)
class Scene:
    """A place with pictures.

    Attributes:
        image: what the class is imported from, with ``load_img`` and the like.
        place: a folder of its own for each run, which may be written.
        folder: ``train`` and ``test`` with a folder for each of three classes; ``pair`` with two; ``flat`` without;
            ``image/all`` and ``mask/all`` with pictures and their masks, under the same names.
    """

    image: Any
    place: Path
    folder: Path

    @functools.cached_property
    def images(self) -> np.ndarray:
        """uint8 (36, 24, 24, 3), of a mixed order of classes."""
        return crops(sum(PER_CLASS), SIDE)

    @functools.cached_property
    def labels(self) -> np.ndarray:
        """int64 (36,): of three classes, mixed."""
        return np.arange(sum(PER_CLASS)) * 7 % 3

    @functools.cached_property
    def table(self) -> Any:
        """A data frame of the pictures in ``flat``."""
        import pandas as pd  # noqa: PLC0415 (only some snippets use it)

        count = sum(PER_CLASS)
        kinds = np.repeat(CLASSES, PER_CLASS)
        return pd.DataFrame(
            {
                "filename": [f"{i:02}.png" for i in range(count)],
                "class": kinds,
                "age": np.linspace(0.5, 9.0, count),
                "weight": np.where(kinds == "dog", 1, 2) / 2,
                "left": np.arange(count) % 5,
                "tags": [["small", kind] if i % 2 else [kind] for i, kind in enumerate(kinds)],
            }
        ).sample(frac=1.0, random_state=3, ignore_index=True)

    def model(self, outputs: int, activation: str = "softmax", shape: tuple[int, ...] = (SIDE, SIDE, 3)) -> Any:
        """A compiled Keras model of one dense layer."""
        import keras  # noqa: PLC0415 (its backend is chosen by the test)

        layers = [keras.layers.Input(shape), keras.layers.Flatten(), keras.layers.Dense(outputs, activation)]
        made = keras.Sequential(layers)
        loss = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}.get(str(activation), "mse")
        made.compile(optimizer="sgd", loss=loss, metrics=["accuracy"])
        return made

    def new(self, name: str) -> Path:
        """A new empty folder."""
        made = self.place / name
        made.mkdir()
        return made


def crops(count: int, size: int, seed: int = 0) -> np.ndarray:
    """Crops of photographs, each brought to the same spread of values, so that any batch of them has the same range."""
    made = photographs.crops(count, size, seed)
    return np.stack([np.asarray(ImageOps.equalize(Image.fromarray(crop))) for crop in made])


def fill(folder: Path) -> None:
    """Write the pictures; sizes and formats vary as they do in the wild."""
    numbers = np.random.default_rng(0)
    for part, share in (("train", 1), ("test", 3)):
        for kind, count in zip(CLASSES, PER_CLASS, strict=True):
            for i, picture in enumerate(crops(count // share, 40, seed=count)):
                high, wide = numbers.integers(26, 41, 2)
                save(folder / part / kind / f"{kind}.{i}.{('png', 'jpg')[i % 2]}", picture[:high, :wide])
    for kind in ("no", "yes"):
        for i, picture in enumerate(crops(10, 30, seed=len(kind))):
            save(folder / "pair" / kind / f"{i:03}.png", picture)
    for i, picture in enumerate(crops(sum(PER_CLASS), 32, seed=5)):
        save(folder / "flat" / f"{i:02}.png", picture)
    for i, picture in enumerate(crops(12, SIDE, seed=6)):
        save(folder / "image" / "all" / f"{i}.png", picture)
        save(folder / "mask" / "all" / f"{i}.png", np.where(picture[..., :1] > 127, 255, 0).astype(np.uint8)[..., 0])
    (folder / "train" / "notes.txt").write_text("not a picture", encoding="utf-8")


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95)

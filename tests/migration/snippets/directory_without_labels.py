"""An autoencoder (``class_mode="input"``) and a folder without labels (``class_mode=None``)."""

import numpy as np
from facts import counted


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)
    pairs = datagen.flow_from_directory(
        scene.folder / "train", target_size=(16, 16), class_mode="input", color_mode="rgba", batch_size=10
    )
    x, y = next(pairs)
    np.testing.assert_array_equal(x, y)
    assert not np.shares_memory(x, y)
    alone = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        str(scene.folder / "image"), target_size=(24, 24), class_mode=None, batch_size=5, shuffle=False
    )
    images = [next(alone) for _ in range(3)]
    return {
        "x": x,
        "y": y,
        "shape": pairs.image_shape,
        "alone": images,
        "sums": counted(np.concatenate(images).sum(axis=(1, 2, 3), dtype=np.float64).round(1)),
        "classes": alone.class_indices,
        "names": alone.filenames,
    }

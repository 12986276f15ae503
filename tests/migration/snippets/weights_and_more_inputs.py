"""``sample_weight``, a second input beside the pictures, and weights of the classes."""

from collections import Counter

import numpy as np
from facts import counted


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(horizontal_flip=True, rescale=1 / 255)
    y = np.eye(3, dtype="float32")[scene.labels]
    weights = np.linspace(0.5, 1.5, len(y))
    numbers = np.arange(len(y) * 2).reshape(-1, 2)
    flow = datagen.flow(scene.images, y, sample_weight=weights, batch_size=10, seed=2)
    model = scene.model(3)
    model.fit(flow, epochs=1, verbose=0)
    train = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        scene.folder / "train", target_size=(24, 24), batch_size=12
    )
    counter = Counter(train.classes)
    largest = float(max(counter.values()))
    class_weights = {int(kind): largest / images for kind, images in counter.items()}
    model.fit(train, epochs=1, class_weight=class_weights, verbose=0)
    two = datagen.flow((scene.images, numbers), scene.labels, batch_size=10, seed=2)
    more = datagen.flow((scene.images, [numbers, weights]), batch_size=10, shuffle=False)
    batch = flow[0]
    (x, extra), labels = next(two)
    np.testing.assert_array_equal(scene.labels[extra[:, 0] // 2], labels)
    inputs = next(more)
    return {
        "x": batch[0],
        "parts": len(batch),
        "weights": counted([flow[i][2] for i in range(len(flow))]),
        "class_weights": class_weights,
        "inputs": (type(inputs).__name__, [part.shape for part in inputs], [str(part.dtype) for part in inputs]),
        "pictures": x,
        "extra": (str(extra.dtype), extra.shape),
        "labels": (str(labels.dtype), labels.shape),
    }

"""Arrays split by the generator, validation in the same fit."""

import numpy as np
from facts import counted


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(validation_split=0.2, rescale=1.0 / 255, horizontal_flip=True)
    x, y = scene.images, scene.labels
    train = datagen.flow(x, y, batch_size=10, subset="training", seed=5)
    valid = datagen.flow(x, y, batch_size=10, subset="validation", seed=5)
    model = scene.model(1, "linear")
    model.fit(train, validation_data=valid, epochs=2, verbose=0)
    seen = [train[i][1] for i in range(len(train))] + [valid[i][1] for i in range(len(valid))]
    unsorted = ImageDataGenerator(validation_split=0.5)
    ignoring = unsorted.flow(x, np.sort(y), subset="training", ignore_class_split=True)
    return {
        "n": (train.n, valid.n),
        "steps": (len(train), len(valid)),
        "together": counted(seen),
        "x": train[0][0],
        "valid": valid[0][0],
        "ignoring": ignoring.n,
    }

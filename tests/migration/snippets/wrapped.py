"""Generators of one's own around the iterators: crops, two inputs from two folders, a stack of batches."""

import numpy as np


def crops(batches, size):
    """Yield the batches, each picture cut at a random place."""
    while True:
        batch_x, batch_y = next(batches)
        cut = np.zeros((batch_x.shape[0], size, size, 3))
        for i in range(batch_x.shape[0]):
            top, left = np.random.randint(0, batch_x.shape[1] - size, 2)  # noqa: NPY002 (as people write it)
            cut[i] = batch_x[i, top : top + size, left : left + size]
        yield cut, batch_y


def twice(first, second):
    """Yield pairs of inputs."""
    while True:
        one, two = next(first), next(second)
        yield [one[0], two[0]], one[1]


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)

    def folder(seed):
        return datagen.flow_from_directory(scene.folder / "pair", target_size=(24, 24), batch_size=5, seed=seed)

    cutting = crops(folder(1), 16)
    pairs = twice(folder(2), folder(2))
    model = scene.model(2, shape=(16, 16, 3))
    model.fit(cutting, steps_per_epoch=4, epochs=2, verbose=0)
    (one, two), labels = next(pairs)
    np.testing.assert_array_equal(one, two)
    flow = folder(3)
    x, y = zip(*(flow[i] for i in range(len(flow))), strict=True)
    return {
        "cut": next(cutting)[0],
        "one": one,
        "labels": labels.shape,
        "x": np.vstack(x),
        "y": np.vstack(y).sum(axis=0).tolist(),
    }

"""Statistics of the data: centring, standard deviation, ZCA; of every sample alone; the same numbers for the test."""

import numpy as np
from facts import exact


def run(ImageDataGenerator, scene):
    x = scene.images.astype("float32")
    datagen = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, rescale=1 / 255)
    datagen.fit(x)
    test = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, rescale=1 / 255)
    test.mean, test.std = datagen.mean, datagen.std
    alone = ImageDataGenerator(samplewise_center=True, samplewise_std_normalization=True)
    small = x[:, ::4, ::4]
    whiten = ImageDataGenerator(featurewise_center=True, zca_whitening=True)
    whiten.fit(small)
    batch = next(alone.flow(x, batch_size=36, shuffle=False))
    return {
        "mean": exact(np.round(datagen.mean, 2)),
        "std": exact(np.round(datagen.std, 2)),
        "x": next(datagen.flow(x, batch_size=36, shuffle=False)),
        "tested": next(test.flow(x, batch_size=36, shuffle=False)),
        "alone": batch,
        "means": np.abs(batch.mean(axis=(1, 2, 3)) * 100).round().astype(int).tolist(),
        "deviations": batch.std(axis=(1, 2, 3)).round(2).tolist(),
        "white": next(whiten.flow(small, batch_size=36, shuffle=False)),
        "matrix": whiten.zca_whitening_matrix.shape,
        "standardized": datagen.standardize(x[0].copy()),
    }

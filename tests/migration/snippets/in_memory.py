"""Arrays, ``flow`` and ``fit`` with steps counted from the array, as the first tutorials have it."""

import numpy as np
from facts import counted


def run(ImageDataGenerator, scene):
    x_train, y_train = scene.images.astype("float32") / 255, np.eye(3)[scene.labels]
    x_test, y_test = x_train[:10], y_train[:10]
    before = x_train.copy()
    datagen = ImageDataGenerator(
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        rotation_range=10,
        zoom_range=0.1,
        width_shift_range=0.1,
        height_shift_range=0.1,
        horizontal_flip=False,
        vertical_flip=False,
    )
    datagen.fit(x_train)
    model = scene.model(3)
    batch_size = 8
    history = model.fit(
        datagen.flow(x_train, y_train, batch_size=batch_size),
        steps_per_epoch=len(x_train) // batch_size,
        epochs=3,
        validation_data=(x_test, y_test),
        verbose=0,
    )
    np.testing.assert_array_equal(x_train, before)
    flow = datagen.flow(x_train, y_train, batch_size=batch_size)
    batches = [next(flow) for _ in range(len(flow))]
    return {
        "history": sorted(history.history),
        "images": np.concatenate([x for x, _ in batches]),
        "sizes": [len(x) for x, _ in batches],
        "labels": counted([y for _, y in batches]),
        "len": len(flow),
        "n": flow.n,
        "x": flow.x,
        "y": flow.y,
    }

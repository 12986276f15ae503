"""Predictions averaged over augmented copies of the test pictures, and an evaluation with steps."""

import numpy as np
from facts import exact


def run(ImageDataGenerator, scene):
    x, y = scene.images, np.eye(3)[scene.labels]
    plain = ImageDataGenerator(rescale=1 / 255)
    augmented = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True, width_shift_range=2, rotation_range=5)
    model = scene.model(3)
    model.fit(plain.flow(x, y, batch_size=12), epochs=1, verbose=0)
    predictions = []
    for _ in range(3):
        flow = augmented.flow(x, batch_size=12, shuffle=False)
        predictions.append(model.predict(flow, steps=len(x) // 12, verbose=0))
    mean = np.mean(predictions, axis=0)
    loss, accuracy = model.evaluate(plain.flow(x, y, batch_size=12, shuffle=False), steps=3, verbose=0)
    in_order = np.concatenate([plain.flow(x, y, batch_size=5, shuffle=False)[i][1] for i in range(8)])
    return {
        "shape": mean.shape,
        "varied": float(np.std(predictions, axis=0).max()) > 0,
        "sums": mean.sum(axis=1).round(3).tolist(),
        "finite": bool(np.isfinite([loss, accuracy]).all()),
        "in order": exact(in_order),
    }

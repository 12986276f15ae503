"""The hand-written training loop: it goes on for ever unless it is left."""

import numpy as np
from facts import counted


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(rotation_range=90, fill_mode="reflect")
    x_train, y_train = scene.images, scene.labels
    datagen.fit(x_train)
    losses, sizes, labels, shown = [], [], [], None
    for e in range(2):
        batches = 0
        for x_batch, y_batch in datagen.flow(x_train, y_train, batch_size=16):
            losses.append(float(x_batch.mean()) + e)
            sizes.append(len(x_batch))
            labels.append(y_batch)
            shown = x_batch if shown is None else shown
            batches += 1  # noqa: SIM113 (as people write it)
            if batches >= len(x_train) / 16:
                break
    count = 0
    for x_batch in datagen.flow(x_train, batch_size=9, shuffle=False):
        count += len(x_batch)
        if count >= 3 * len(x_train):
            break
    return {
        "first": shown,
        "sizes": sizes,
        "epochs": [counted(labels[:3]), counted(labels[3:])],
        "alone": x_batch,
        "count": count,
        "different": len(set(np.round(losses, 3))),
    }

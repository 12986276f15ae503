"""``next(it)``: a look at a batch, a list of augmented copies of one picture, a new start, indexing."""

import numpy as np


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(width_shift_range=[-3, 3], height_shift_range=0.3, fill_mode="constant", cval=0.0)
    samples = np.expand_dims(scene.images[3], 0)
    it = datagen.flow(samples, batch_size=1)
    pictures = []
    for _ in range(9):
        batch = next(it)
        pictures.append(batch[0].astype("uint8"))
    pairs = datagen.flow(scene.images, scene.labels, batch_size=7, seed=9)
    first = next(pairs)
    rest = [next(pairs) for _ in range(2 * len(pairs))]
    pairs.reset()
    return {
        "pictures": np.stack(pictures),
        "different": len({picture.tobytes() for picture in pictures}) > 5,
        "first": (first[0], type(first).__name__, len(first)),
        "sizes": [len(y) for _, y in rest],
        "types": sorted({str(y.dtype) for _, y in rest}),
        "indexed": pairs[len(pairs) - 1][0].shape,
        "iter": iter(pairs) is pairs,
        "batch_size": pairs.batch_size,
        "after": len(next(pairs)[1]),
    }

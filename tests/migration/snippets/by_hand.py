"""The class as a toolbox: parameters, transforms and standardising of single pictures."""

import numpy as np


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(
        rotation_range=30,
        width_shift_range=0.2,
        height_shift_range=0.2,
        zoom_range=(0.8, 1.2),
        shear_range=10,
        horizontal_flip=True,
        brightness_range=(0.7, 1.3),
        channel_shift_range=20,
        rescale=1 / 255,
    )
    image = scene.images[0].astype("float32")
    before = image.copy()
    params = datagen.get_random_transform(image.shape, seed=4)
    again = datagen.get_random_transform(image.shape, seed=4)
    made = datagen.apply_transform(image, params)
    flipped = datagen.apply_transform(image, {"flip_horizontal": True})
    zoomed = datagen.apply_transform(image, {"zx": 0.5, "zy": 0.5})
    turned = datagen.apply_transform(image, {"theta": 90})
    brighter = datagen.apply_transform(image, {"brightness": 1.5})
    one = datagen.random_transform(image, seed=4)
    other = datagen.random_transform(image, seed=5)
    many = np.stack([datagen.random_transform(image) for _ in range(20)])
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(flipped, image[:, ::-1])
    np.testing.assert_allclose(turned, np.rot90(image), atol=1e-3)
    scaled = datagen.standardize(made.copy())
    return {
        "keys": sorted(params),
        "types": {
            key: type(value).__name__.replace("float64", "float").replace("bool", "int")
            for key, value in params.items()
        },
        "same": params == again,
        "made": (made.shape, str(made.dtype)),
        "zoomed": zoomed,
        "brighter": brighter,
        "many": many,
        "different": not np.array_equal(one, other),
        "scaled": (scaled.shape, str(scaled.dtype), float(scaled.max()) <= 1),
        "nothing": datagen.apply_transform(image, {}),
    }

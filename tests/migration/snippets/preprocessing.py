"""A function of one's own, and one like those of ``keras.applications``."""

import numpy as np


def add_noise(image):
    """Noise that only moves values around, within the picture's own range."""
    noise = np.random.normal(0, 4, image.shape)  # noqa: NPY002 (as people write it)
    return np.clip(image + noise, 0, 255)


def preprocess_input(x):
    """In the 'caffe' manner: BGR, the mean taken off; it writes into what it gets."""
    x = x[..., ::-1]
    x[..., 0] -= 103.939
    x[..., 1] -= 116.779
    x[..., 2] -= 123.68
    return x


def run(ImageDataGenerator, scene):
    seen = []

    def look(image):
        seen.append((image.shape, str(image.dtype)))
        return image

    noisy = ImageDataGenerator(preprocessing_function=add_noise, rescale=1 / 255, rotation_range=10)
    files = ImageDataGenerator(preprocessing_function=preprocess_input, horizontal_flip=True)
    looked = ImageDataGenerator(preprocessing_function=look)
    images = scene.images.copy()
    flow = noisy.flow(images, scene.labels, batch_size=36, shuffle=False)
    caffe = files.flow_from_directory(scene.folder / "train", target_size=(24, 24), batch_size=36)
    looking = looked.flow(images, batch_size=4, shuffle=False)
    result = {"noisy": flow[0][0], "caffe": next(caffe)[0], "plain": next(looking)}
    np.testing.assert_array_equal(images, scene.images)
    return result | {"seen": seen[:4], "called": len(seen) >= 4}

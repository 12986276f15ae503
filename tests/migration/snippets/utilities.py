"""``load_img``, ``img_to_array``, ``array_to_img``, ``save_img``: what is imported beside the class."""

import numpy as np
from facts import exact


def run(ImageDataGenerator, scene):
    path = str(scene.folder / "flat" / "07.png")
    image = scene.image.load_img(path)
    small = scene.image.load_img(path, target_size=(12, 18))
    smooth = scene.image.load_img(path, target_size=(12, 18), interpolation="bilinear")
    cut = scene.image.load_img(path, target_size=(12, 18), keep_aspect_ratio=True)
    grey = scene.image.load_img(path, color_mode="grayscale")
    array = scene.image.img_to_array(image)
    planes = scene.image.img_to_array(image, data_format="channels_first", dtype="uint8")
    back = scene.image.array_to_img(array)
    stretched = scene.image.array_to_img(array / 255.0 - 0.5, scale=True)
    straight = scene.image.array_to_img(array, scale=False)
    target = str(scene.place / "written.png")
    scene.image.save_img(target, array)
    batch = ImageDataGenerator(rescale=1.0 / 255).flow(np.expand_dims(array, 0), batch_size=1)
    return {
        "sizes": [each.size for each in (image, small, smooth, cut, grey)],
        "modes": [each.mode for each in (image, small, smooth, cut, grey, back)],
        "pixels": [exact(scene.image.img_to_array(each)) for each in (image, small, smooth, cut, grey)],
        "planes": exact(planes),
        "back": exact(back),
        "stretched": exact(stretched),
        "straight": exact(straight),
        "written": exact(scene.image.img_to_array(scene.image.load_img(target))),
        "batch": next(batch),
    }

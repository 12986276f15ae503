"""Segmentation: two generators with the same arguments and the same seed, zipped."""

import numpy as np


def run(ImageDataGenerator, scene):
    data_gen_args = {"rotation_range": 90, "width_shift_range": 0.1, "height_shift_range": 0.1, "zoom_range": 0.2}
    image_datagen = ImageDataGenerator(**data_gen_args)
    mask_datagen = ImageDataGenerator(**data_gen_args)
    seed = 1
    images = scene.images
    masks = images[..., :1].astype("float32")  # the red channel itself, so that a misplaced one would show
    image_datagen.fit(images, augment=True, seed=seed)
    mask_datagen.fit(masks, augment=True, seed=seed)
    both = zip(
        image_datagen.flow(images, batch_size=8, seed=seed),
        mask_datagen.flow(masks, batch_size=8, seed=seed),
        strict=False,
    )
    for _ in range(7):
        x, m = next(both)
        np.testing.assert_allclose(x[..., :1], m, atol=1e-3)

    image_generator = image_datagen.flow_from_directory(
        scene.folder / "image", class_mode=None, target_size=(24, 24), batch_size=4, seed=seed
    )
    mask_generator = mask_datagen.flow_from_directory(
        scene.folder / "mask",
        class_mode=None,
        color_mode="grayscale",
        target_size=(24, 24),
        batch_size=4,
        seed=seed,
    )
    agree = []
    for _, (picture, mask) in zip(range(5), zip(image_generator, mask_generator, strict=False), strict=False):
        agree.append(float(((picture[..., :1] > 127) == (mask > 127)).mean()) > 0.9)
    return {"x": x, "m": m, "agree": agree, "picture": picture, "mask": mask}

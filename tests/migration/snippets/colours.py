"""Brightness and channel shift, alone and together, from bytes and from floats up to 255."""


def run(ImageDataGenerator, scene):
    brightness = ImageDataGenerator(brightness_range=[0.2, 1.0])
    brighter = ImageDataGenerator(brightness_range=(1.0, 1.5), rescale=1 / 255)
    shift = ImageDataGenerator(channel_shift_range=60.0, horizontal_flip=True)
    both = ImageDataGenerator(channel_shift_range=30, brightness_range=(0.9, 1.1), vertical_flip=True)
    images, floats = scene.images, scene.images.astype("float32")
    return {
        name: next(datagen.flow(x, batch_size=36, shuffle=False, seed=8))
        for name, datagen, x in (
            ("darker", brightness, images),
            ("darker floats", brightness, floats),
            ("brighter", brighter, images),
            ("shifted", shift, images),
            ("shifted floats", shift, floats),
            ("both", both, images),
        )
    }

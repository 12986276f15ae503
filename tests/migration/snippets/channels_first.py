"""Planes first, from arrays and from files."""


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(
        data_format="channels_first", rotation_range=20, horizontal_flip=True, channel_shift_range=10.0, rescale=1 / 255
    )
    planes = scene.images.transpose(0, 3, 1, 2)
    flow = datagen.flow(planes, scene.labels, batch_size=12)
    files = datagen.flow_from_directory(scene.folder / "train", target_size=(20, 26), batch_size=12)
    x, _ = next(flow)
    pictures, _ = next(files)
    return {
        "x": x,
        "pictures": pictures,
        "shape": files.image_shape,
        "axes": (datagen.channel_axis, datagen.row_axis, datagen.col_axis),
        "one": datagen.random_transform(planes[0].astype("float32")),
    }

"""The tutorial's way: train and test from folders, fit with steps counted by hand, evaluate, predict."""

from facts import counted


def run(ImageDataGenerator, scene):
    batch_size = 8
    train_datagen = ImageDataGenerator(
        rescale=1.0 / 255,
        rotation_range=40,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    test_datagen = ImageDataGenerator(rescale=1.0 / 255)
    train_generator = train_datagen.flow_from_directory(
        scene.folder / "train", target_size=(24, 24), batch_size=batch_size, class_mode="categorical"
    )
    validation_generator = test_datagen.flow_from_directory(
        str(scene.folder / "test"), target_size=(24, 24), batch_size=batch_size, class_mode="categorical"
    )
    model = scene.model(len(train_generator.class_indices))
    history = model.fit(
        train_generator,
        steps_per_epoch=train_generator.samples // batch_size,
        epochs=3,
        validation_data=validation_generator,
        validation_steps=validation_generator.samples // batch_size,
        verbose=0,
    )
    x, y = train_generator[0]
    return {
        "history": sorted(history.history),
        "epochs": len(history.epoch),
        "x": x,
        "y": (str(y.dtype), y.shape, y.sum(axis=1).tolist()),
        "labels": counted([train_generator[i][1] for i in range(len(train_generator))]),
        "predicted": model.predict(validation_generator, verbose=0).shape,
        "class_indices": train_generator.class_indices,
        "num_classes": train_generator.num_classes,
        "image_shape": train_generator.image_shape,
        "target_size": train_generator.target_size,
        "color_mode": train_generator.color_mode,
        "class_mode": train_generator.class_mode,
        "data_format": train_generator.data_format,
        "batch_size": train_generator.batch_size,
        "len": len(train_generator),
        "n": train_generator.n,
        "shuffle": train_generator.shuffle,
        "directory": train_generator.directory,
    }

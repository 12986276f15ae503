"""A table of pictures and classes, split in two, with weights."""

from facts import counted


def run(ImageDataGenerator, scene):
    df = scene.table
    datagen = ImageDataGenerator(rescale=1.0 / 255.0, validation_split=0.25, rotation_range=10)
    train_generator = datagen.flow_from_dataframe(
        dataframe=df,
        directory=str(scene.folder / "flat"),
        x_col="filename",
        y_col="class",
        subset="training",
        batch_size=9,
        seed=42,
        shuffle=True,
        class_mode="categorical",
        target_size=(24, 24),
    )
    valid_generator = datagen.flow_from_dataframe(
        dataframe=df,
        directory=str(scene.folder / "flat"),
        x_col="filename",
        y_col="class",
        subset="validation",
        batch_size=9,
        seed=42,
        shuffle=True,
        class_mode="categorical",
        target_size=(24, 24),
    )
    model = scene.model(3)
    model.fit(
        train_generator,
        steps_per_epoch=train_generator.n // train_generator.batch_size,
        validation_data=valid_generator,
        validation_steps=valid_generator.n // valid_generator.batch_size,
        epochs=2,
        verbose=0,
    )
    weighted = ImageDataGenerator().flow_from_dataframe(
        df, scene.folder / "flat", weight_col="weight", target_size=(24, 24), batch_size=36, class_mode="categorical"
    )
    x, y, w = next(weighted)
    return {
        "class_indices": train_generator.class_indices,
        "samples": (train_generator.samples, valid_generator.samples),
        "together": sorted(train_generator.filenames + valid_generator.filenames),
        "x": next(train_generator)[0],
        "evaluated": len(model.evaluate(valid_generator, verbose=0)),
        "weighted": x,
        "labels": counted(y),
        "weights": counted(w),
        "pairs": counted([(y.argmax(axis=1) * 10 + w)]),
    }

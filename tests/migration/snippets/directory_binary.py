"""Two classes in grey, in an order of one's own; the fit_generator habit of counting ``generator.n``."""

from facts import counted, exact


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(rescale=1 / 255.0, horizontal_flip=True, vertical_flip=True, rotation_range=15)
    it = datagen.flow_from_directory(
        directory=str(scene.folder / "pair"),
        classes=["yes", "no"],
        target_size=(20, 28),
        color_mode="grayscale",
        class_mode="binary",
        batch_size=6,
        seed=42,
    )
    model = scene.model(1, "sigmoid", (20, 28, 1))
    step_size = it.n // it.batch_size
    history = model.fit(it, steps_per_epoch=step_size, epochs=2, verbose=0)
    batches = [it[i] for i in range(len(it))]
    return {
        "loss": len(history.history["loss"]),
        "images": [x for x, _ in batches],
        "labels": counted([y for _, y in batches]),
        "class_indices": it.class_indices,
        "classes": exact(it.classes),
        "image_shape": it.image_shape,
        "filenames": it.filenames,
        "seed": it.seed,
    }

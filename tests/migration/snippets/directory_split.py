"""One folder, split in two by the generator."""

from collections import Counter


def run(ImageDataGenerator, scene):
    datagen = ImageDataGenerator(rescale=1 / 255, validation_split=0.3, zoom_range=0.1)
    arguments = {
        "target_size": (24, 24),
        "batch_size": 8,
        "class_mode": "categorical",
        "seed": 1,
        "interpolation": "bilinear",
    }
    train = datagen.flow_from_directory(scene.folder / "train", subset="training", **arguments)
    valid = datagen.flow_from_directory(scene.folder / "train", subset="validation", **arguments)
    assert not set(train.filenames) & set(valid.filenames)
    model = scene.model(3)
    history = model.fit(train, validation_data=valid, epochs=2, verbose=0)
    return {
        "history": sorted(history.history),
        "samples": (train.samples, valid.samples),
        "steps": (len(train), len(valid)),
        "train": dict(sorted(Counter(train.classes.tolist()).items())),
        "valid": dict(sorted(Counter(valid.classes.tolist()).items())),
        "together": sorted(train.filenames + valid.filenames),
        "subsets": (train.subset, valid.subset),
        "x": next(train)[0],
    }

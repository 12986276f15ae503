"""Evaluation in order: predictions beside ``filenames`` and ``classes``, as a confusion matrix needs them."""

import numpy as np
from facts import exact


def run(ImageDataGenerator, scene):
    test_generator = ImageDataGenerator(rescale=1.0 / 255).flow_from_directory(
        scene.folder / "test", target_size=(24, 24), batch_size=5, class_mode="sparse", shuffle=False
    )
    model = scene.model(3)
    test_generator.reset()
    predictions = model.predict(test_generator, steps=len(test_generator), verbose=0)
    predicted = np.argmax(predictions, axis=1)
    labels = {number: name for name, number in test_generator.class_indices.items()}
    names = [labels[k] for k in predicted]
    confusion = np.zeros((3, 3), int)
    for truth, guess in zip(test_generator.classes, predicted, strict=True):
        confusion[truth, guess] += 1
    rows = list(zip(test_generator.filenames, names, strict=True))
    again = model.predict(test_generator, verbose=0)
    np.testing.assert_allclose(again, predictions, rtol=1e-5)
    return {
        "rows": [name for name, _ in rows],
        "counts": confusion.sum(axis=1).tolist(),
        "classes": exact(test_generator.classes),
        "labels": exact(test_generator.labels),
        "given": exact(np.concatenate([test_generator[i][1] for i in range(len(test_generator))])),
        "pixels": [exact((test_generator[i][0] * 255).round().astype(int)) for i in range(len(test_generator))],
        "filepaths": list(test_generator.filepaths),
        "last": len(test_generator[len(test_generator) - 1][0]),
        "beyond": _beyond(test_generator),
    }


def _beyond(generator):
    try:
        generator[len(generator)]
    except ValueError as error:
        return str(error)
    return "nothing was raised"

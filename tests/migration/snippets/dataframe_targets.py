"""Regression (``raw``), several outputs (``multi_output``), several classes a picture, and full paths."""

import numpy as np
from facts import counted, exact


def run(ImageDataGenerator, scene):
    df = scene.table
    df["path"] = [str(scene.folder / "flat" / name) for name in df["filename"]]
    datagen = ImageDataGenerator(rescale=1 / 255)
    common = {"target_size": (24, 24), "batch_size": 10, "shuffle": False}
    raw = datagen.flow_from_dataframe(df, x_col="path", y_col="age", class_mode="raw", **common)
    both = datagen.flow_from_dataframe(df, x_col="path", y_col=["age", "left"], class_mode="raw", **common)
    outputs = datagen.flow_from_dataframe(df, x_col="path", y_col=["age", "left"], class_mode="multi_output", **common)
    tags = datagen.flow_from_dataframe(df, x_col="path", y_col="tags", class_mode="categorical", **common)
    alone = datagen.flow_from_dataframe(df, x_col="path", y_col=None, class_mode=None, **common)
    copied = datagen.flow_from_dataframe(df, x_col="path", y_col=None, class_mode="input", **common)
    model = scene.model(1, "linear")
    model.fit(raw, epochs=1, verbose=0)
    x, (age, left) = outputs[1]
    return {
        "raw": [exact(raw[i][1]) for i in range(len(raw))],
        "both": [exact(both[i][1]) for i in range(len(both))],
        "age": exact(age),
        "left": exact(left),
        "kind": type(outputs[1][1]).__name__,
        "x": x,
        "tags": [exact(tags[i][1]) for i in range(len(tags))],
        "tag_indices": tags.class_indices,
        "alone": alone[0],
        "copied": counted(np.array([len(part) for part in copied[3]])),
        "files": alone.filenames,
    }

"""A table with a row whose picture is missing, and class names chosen by hand."""

import warnings

import pandas as pd
from facts import counted


def run(ImageDataGenerator, scene):
    missing = pd.DataFrame({"filename": ["nowhere.png"], "class": ["cat"]})
    df = pd.concat([scene.table[["filename", "class"]], missing], ignore_index=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        two = ImageDataGenerator(rescale=1 / 255).flow_from_dataframe(
            df,
            directory=scene.folder / "flat",
            classes=["dog", "cat"],
            class_mode="binary",
            target_size=(24, 24),
            batch_size=50,
        )
        three = ImageDataGenerator(rescale=1 / 255).flow_from_dataframe(
            df, directory=scene.folder / "flat", class_mode="sparse", target_size=(24, 24), batch_size=50, shuffle=False
        )
    x, y = next(two)
    _, z = next(three)
    return {
        "warned": sorted({str(w.message) for w in caught if "invalid" in str(w.message)}),
        "two": x,
        "indices": (two.class_indices, three.class_indices),
        "y": counted(y),
        "z": counted(z),
        "in order": z.tolist(),
        "classes": (two.classes, three.classes),
        "samples": (two.samples, three.samples),
        "names": (two.filenames, three.filenames),
    }

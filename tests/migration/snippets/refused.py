"""What the class refuses, and how: code that catches its errors."""

import numpy as np
from facts import refusal


def run(ImageDataGenerator, scene):
    x, y = scene.images, scene.labels
    plain = ImageDataGenerator()
    folder = scene.folder / "train"
    flat = scene.folder / "flat"
    calls = {
        "data_format": lambda: ImageDataGenerator(data_format="channels"),
        "split": lambda: ImageDataGenerator(validation_split=1.5),
        "zoom": lambda: ImageDataGenerator(zoom_range=(1, 2, 3)),
        "brightness": lambda: ImageDataGenerator(brightness_range=0.5),
        "rank": lambda: plain.flow(x[0]),
        "fit": lambda: plain.fit(x[0]),
        "lengths": lambda: plain.flow(x, y[:5]),
        "weights": lambda: plain.flow(x, y, sample_weight=np.ones(3)),
        "misc": lambda: plain.flow((x, y[:5]), y),
        "subset": lambda: plain.flow(x, y, subset="test"),
        "directory subset": lambda: plain.flow_from_directory(folder, subset="test"),
        "color_mode": lambda: plain.flow_from_directory(folder, color_mode="bgr"),
        "nowhere": lambda: plain.flow_from_directory(folder / "nowhere"),
        "columns": lambda: plain.flow_from_dataframe(scene.table, flat, class_mode="multi_output"),
        "numbers": lambda: plain.flow_from_dataframe(scene.table, flat, y_col="age", class_mode="sparse"),
        "three": lambda: plain.flow_from_dataframe(scene.table, flat, class_mode="binary"),
        "weight": lambda: plain.flow_from_dataframe(scene.table, flat, weight_col="class"),
        "unknown": lambda: ImageDataGenerator(rotation=3),
    }
    seen = {name: refusal(call) for name, call in calls.items()}
    seen["unknown"] = (seen["unknown"][0], "rotation" in seen["unknown"][1])
    mode = refusal(lambda: plain.flow_from_directory(folder, class_mode="classes"))
    return seen | {"class_mode": (mode[0], mode[1].split(";")[0])}

"""Geometry and images for the tests of geometry: every transform that moves pixels, and numbers to move them by."""

import numpy as np

FILLS = ["nearest", "constant", "reflect", "wrap"]
GEOMETRY = [
    {"kind": "RandomFlip", "horizontal": 0.5, "vertical": 0.5},
    {"kind": "RandomRotation", "low": -180.0, "high": 180.0},
    {"kind": "RandomShift", "width_low": -0.3, "width_high": 0.3, "height_low": -0.3, "height_high": 0.3},
    {"kind": "RandomShear", "x_low": -20.0, "x_high": 20.0, "y_low": -20.0, "y_high": 20.0},
    {"kind": "RandomZoom", "low": 0.7, "high": 1.4, "independent": True},
]
VALUE_RANGES = {"uint8": (0.0, 255.0), "float32": (-1.0, 1.0)}


def some_values(random):
    return {
        "flip.horizontal": float(random.integers(2)),
        "flip.vertical": float(random.integers(2)),
        "rotation.angle": random.uniform(-180, 180),
        "shift.width": random.uniform(-0.3, 0.3),
        "shift.height": random.uniform(-0.3, 0.3),
        "shear.x": random.uniform(-20, 20),
        "shear.y": random.uniform(-20, 20),
        "zoom.x": random.uniform(0.7, 1.4),
        "zoom.y": random.uniform(0.7, 1.4),
    }


def picture(kind, shape, dtype, random):
    height, width, channels = shape
    y, x, c = np.mgrid[:height, :width, :channels].astype(np.float64)
    smooth = 0.5 + 0.25 * np.sin(x / 5 + c) + 0.25 * np.cos(y / 7 - x / 11)
    u = smooth if kind == "smooth" else random.random(shape)
    low, high = VALUE_RANGES[dtype]
    values = low + u * (high - low)
    return np.rint(values).astype(np.uint8) if dtype == "uint8" else values.astype(np.float32)

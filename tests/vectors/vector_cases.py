"""What the vectors are made of: pipelines, sources and places. Add entries; what stands here stays."""

import numpy as np

import whitenings
from handwritten import spec_of

FLIP = {"kind": "RandomFlip", "horizontal": 0.5, "vertical": 0.25}
ROTATION = {"kind": "RandomRotation", "low": -20.0, "high": 20.0}
SHIFT = {"kind": "RandomShift", "width_low": -0.1, "width_high": 0.1, "height_low": -0.2, "height_high": 0.15}
SHEAR = {"kind": "RandomShear", "x_low": -5.0, "x_high": 12.0, "y_low": -3.0, "y_high": 3.0}
ZOOM = {"kind": "RandomZoom", "low": 0.8, "high": 1.2, "independent": False}
ZOOMS = {"kind": "RandomZoom", "low": 0.5, "high": 2.0, "independent": True}
TURN = {"kind": "RandomQuarterTurn", "turns": [0, 1, 2, 3]}
BRIGHTNESS = {"kind": "RandomBrightness", "low": 0.7, "high": 1.4}
CHANNEL_SHIFT = {"kind": "RandomChannelShift", "low": -0.2, "high": 0.2, "independent": True}
ONE_SHIFT = {"kind": "RandomChannelShift", "low": -0.2, "high": 0.2, "independent": False}
NORMALIZE = {"kind": "Normalize", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
STANDARDIZE = {"kind": "Standardize", "mean": True, "std": True, "per_channel": False, "epsilon": 1e-6}
PER_CHANNEL = {"kind": "Standardize", "mean": True, "std": True, "per_channel": True, "epsilon": 0.001}
TO_UNIT = {"kind": "Rescale", "scale": 1 / 255, "offset": 0.0}
TO_SIGNED = {"kind": "Rescale", "scale": 2 / 255, "offset": -1.0}
TO_BYTE = {"kind": "Rescale", "scale": 255.0, "offset": 0.0}

PART = {"kind": "RandomResizedCrop", "scale_low": 0.08, "scale_high": 1.0, "ratio_low": 3 / 4, "ratio_high": 4 / 3}
ANY_PART = {"kind": "RandomResizedCrop", "scale_low": 1e-3, "scale_high": 1.0, "ratio_low": 1 / 64, "ratio_high": 64.0}
MIDDLE = {"kind": "CenterCrop", "height": 11, "width": 20}

PIXELS = {"kind": "RandomShift", "width_low": -3.0, "width_high": 3.0, "height_low": 0.0, "height_high": 0.0}
PIXELS |= {"unit": "pixels", "heights": [-2.0, -1.0, 0.0, 0.0, 1.0, 2.5]}
PICKED = {"kind": "RandomShift", "width_low": 0.0, "width_high": 0.0, "height_low": -0.1, "height_high": 0.1}
PICKED |= {"widths": [-0.25, 0.0, 0.125]}
SEEN = {"kind": "RandomZoom", "low": 0.6, "high": 1.5, "independent": True, "reciprocal": True}

LARGEST = 2**63 - 1
SEEDS = [
    (0, "flip", 0, 0, 0),
    (7, "rotation", 41, 3, 0),
    (7, "rotation", 41, 3, 1),
    (7, "samebatch.order", 0, 3, 0),
    (2**64 - 1, "zoom_2", LARGEST, LARGEST, LARGEST),
    (123456789, "a.long-id_of_64_characters.0123456789.abcdefghijklmnopqrstuvwxyz", 1, 2, 3),
]
PLANS = [
    (0, 0, 0, 1000),
    (1, 2, 3, 50_000),
    (2**64 - 1, LARGEST, 77, 1_281_167),
    (3, 1, 0, 10**6),
    (4, 0, 0, 2**40),
    (5, 9, 1, 2**40 - 87),
    (6, 1, 2, 2**62),
]
SPECS = {
    "everything": spec_of(FLIP, ROTATION, SHIFT, SHEAR, ZOOM, BRIGHTNESS, CHANNEL_SHIFT, NORMALIZE),
    "twice": spec_of(ZOOMS, ROTATION, ZOOMS, ROTATION, FLIP, ONE_SHIFT, FLIP),
    "other-order": spec_of(ZOOM, SHEAR, SHIFT, ROTATION, FLIP),
    "named": spec_of({**ROTATION, "id": "tilt"}, {"kind": "RandomQuarterTurn", "turns": [0, 2]}),
    "wide": spec_of(
        {"kind": "RandomRotation", "low": -180.0, "high": 180.0},
        {"kind": "RandomShear", "x_low": -60.0, "x_high": 60.0, "y_low": -60.0, "y_high": 60.0},
    ),
    "part": spec_of(PART, FLIP, ROTATION, size=[48, 65]),
    "any-part": spec_of({**ANY_PART, "id": "cut"}, size=[48, 65]),
    "pixels": spec_of(ROTATION, PIXELS, PICKED, SHEAR, SEEN),
}


def _case(spec, shape, dtype="uint8", value_range=None, *, seed=7, epoch=3):
    value_range = value_range or {"uint8": [0.0, 255.0], "float32": [0.0, 1.0]}[dtype]
    samples = [shape[0] - 1, *range(shape[0])]
    repeats = [2] + [0] * shape[0]
    given = {
        "spec": spec,
        "shape": list(shape),
        "dtype": dtype,
        "value_range": value_range,
        "seed": seed,
        "epoch": epoch,
    }
    return given | {"samples": samples, "repeats": repeats}


GEOMETRY = (FLIP, ROTATION, SHIFT, SHEAR, ZOOM)
BATCHES = {
    "nothing": _case(spec_of(), (2, 3, 4, 3)),
    "training": _case(spec_of(FLIP, ROTATION, SHIFT, ZOOM, BRIGHTNESS, NORMALIZE), (5, 33, 37, 3)),
    "training-small": _case(spec_of(FLIP, ROTATION, SHIFT, ZOOM, BRIGHTNESS, NORMALIZE), (2, 5, 7, 3)),
    "constant": _case(spec_of(*GEOMETRY, fill_mode="constant", fill_value=9.0, dtype="uint8"), (3, 17, 19, 1)),
    "reflect": _case(spec_of(*GEOMETRY, fill_mode="reflect", layout="channels_first"), (3, 5, 11, 4)),
    "wrap": _case(spec_of(*GEOMETRY, ZOOMS, fill_mode="wrap", dtype="float16"), (3, 11, 5, 2)),
    "nearest-pixel": _case(spec_of(*GEOMETRY, interpolation="nearest", dtype="uint8"), (3, 16, 15, 3)),
    "quarter-turns": _case(spec_of(TURN, CHANNEL_SHIFT, TURN, FLIP, TO_UNIT, dtype="bfloat16"), (6, 8, 8, 5)),
    "floats": _case(spec_of(*GEOMETRY, BRIGHTNESS, CHANNEL_SHIFT, NORMALIZE), (4, 21, 18, 3), "float32"),
    "signed-floats": _case(
        spec_of(*GEOMETRY, ONE_SHIFT, fill_mode="constant", fill_value=-0.25, layout="channels_first"),
        (3, 9, 20, 2),
        "float32",
        [-1.0, 1.0],
    ),
    "standardize": _case(spec_of(ROTATION, BRIGHTNESS, STANDARDIZE), (3, 20, 35, 3)),
    "standardize-floats": _case(spec_of(SHIFT, PER_CHANNEL, TO_SIGNED, dtype="float16"), (3, 18, 17, 2), "float32"),
    "resize-down": _case(spec_of(*GEOMETRY, NORMALIZE, size=[12, 10]), (3, 31, 50, 3)),
    "resize-up": _case(spec_of(ZOOM, TO_BYTE, size=[24, 24], dtype="uint8"), (2, 7, 9, 1), "float32"),
    "resize-nearest": _case(spec_of(FLIP, TO_SIGNED, size=[9, 8], resample="nearest", dtype="bfloat16"), (3, 20, 5, 3)),
    "many-channels": _case(spec_of(ROTATION, CHANNEL_SHIFT, TO_UNIT), (2, 4, 6, 32), seed=2**64 - 1, epoch=LARGEST),
    "one-pixel": _case(spec_of(*GEOMETRY, BRIGHTNESS), (4, 1, 1, 1)),
    "extremes": _case(
        spec_of(
            {"kind": "RandomZoom", "low": 1 / 64, "high": 64.0, "independent": True},
            {"kind": "RandomShear", "x_low": -80.0, "x_high": 80.0, "y_low": 0.0, "y_high": 0.0},
            {"kind": "RandomShift", "width_low": -16.0, "width_high": 16.0, "height_low": -16.0, "height_high": 16.0},
            fill_mode="reflect",
        ),
        (6, 19, 33, 1),
    ),
    **{
        f"resize-{method}": _case(spec_of(size=[13, 21], resample=method, dtype="uint8"), (2, 30, 17, 3))
        for method in ("box", "hamming", "bicubic", "lanczos")
    },
    **{
        f"resize-floats-{method}": _case(spec_of(size=[9, 14], resample=method), (2, 20, 11, 2), "float32", [-1.0, 1.0])
        for method in ("box", "bilinear", "hamming", "bicubic", "lanczos")
    },
    "part": _case(spec_of(PART, FLIP, NORMALIZE, size=[16, 16], resample="bicubic"), (5, 33, 47, 3)),
    "any-part": _case(spec_of(ANY_PART, ROTATION, size=[20, 9], resample="lanczos", dtype="uint8"), (5, 40, 31, 4)),
    "middle": _case(spec_of(MIDDLE, size=[12, 12], resample="hamming", dtype="uint8", fit="crop"), (2, 18, 27, 3)),
    "fit-crop": _case(spec_of(FLIP, size=[10, 30], dtype="uint8", fit="crop"), (3, 33, 37, 1)),
    "fit-pad": _case(spec_of(ROTATION, size=[19, 30], dtype="uint8", fit="pad", fill_value=99.0), (3, 33, 37, 3)),
    "fit-pad-floats": _case(
        spec_of(size=[20, 9], resample="bicubic", fit="pad", fill_value=0.5), (2, 15, 9, 3), "float32"
    ),
    "pixels": _case(spec_of(ROTATION, PIXELS, PICKED, SEEN, BRIGHTNESS), (5, 23, 31, 3)),
    "whole-pixels": _case(
        spec_of({**PIXELS, "widths": [-3.0, 4.0], "width_low": 0.0, "width_high": 0.0}), (4, 9, 20, 1)
    ),
}


def whiten(features):
    """Return a Whiten with the mean and the matrix that the rule in `comments.json` describes."""
    j, i = np.indices((features, features))
    mean = (7 * np.arange(features) % 16 / 64).astype(np.float32)
    return whitenings.known(mean, (((37 * j + 11 * i + (j + 1) * i) % 251 - 125) / 128).astype(np.float32))


WHITENED = {
    "nothing-else": _case(spec_of(whiten(36)), (2, 3, 4, 3)),
    "one-number": _case(spec_of(TO_UNIT, whiten(1)), (3, 1, 1, 1)),
    "a-block": _case(spec_of(TO_UNIT, whiten(64)), (5, 8, 8, 1)),
    "a-block-and-one": _case(spec_of(TO_UNIT, whiten(65)), (6, 13, 5, 1)),
    "training": _case(spec_of(FLIP, ROTATION, SHIFT, ZOOM, TO_UNIT, whiten(768)), (19, 16, 16, 3)),
    "channels-first": _case(spec_of(FLIP, NORMALIZE, whiten(105), layout="channels_first"), (4, 7, 5, 3)),
    "after-standardize": _case(spec_of(STANDARDIZE, whiten(180)), (3, 9, 10, 2)),
    "in-between": _case(spec_of(PER_CHANNEL, TO_SIGNED, whiten(96), TO_BYTE), (3, 6, 4, 4), "float32"),
    "float16": _case(spec_of(TO_SIGNED, whiten(150), dtype="float16"), (2, 5, 10, 3)),
    "bfloat16": _case(spec_of(TO_SIGNED, whiten(150), dtype="bfloat16", layout="channels_first"), (2, 5, 10, 3)),
    "resized": _case(spec_of(PART, FLIP, NORMALIZE, whiten(300), size=[10, 10], resample="bicubic"), (3, 30, 24, 3)),
    "floats": _case(spec_of(ROTATION, BRIGHTNESS, whiten(160)), (18, 4, 8, 5), "float32", [-1.0, 1.0]),
}


def images(shape, dtype, value_range):
    """Return the source that the rule in `comments.json` describes."""
    i, r, c, k = np.indices(shape)
    v = (37 * i + 11 * r + 7 * c + 101 * k + (i + 1) * r * c) % 251
    low, high = value_range
    if dtype == "uint8":
        return (int(low) + v % (int(high) - int(low) + 1)).astype(np.uint8)
    return (low + (high - low) * (v / 256)).astype(np.float32)


def labels(n):
    """Return labels of three classes of different size."""
    return np.array([0 if i % 5 == 2 else 1 + (i % 3 == 0) for i in range(n)])

"""Pipelines that several test files share, and how their batches are compared."""

import numpy as np

import samebatch as sb

EVERY_STAGE = [
    sb.RandomFlip(0.5, 0.5),
    sb.RandomRotation(20),
    sb.RandomShift(0.1, 0.1),
    sb.RandomZoom(0.8, 1.2),
    sb.RandomBrightness(0.8, 1.2),
    sb.RandomChannelShift(0.1),
    sb.Normalize(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
]
BATCHED = sb.Pipeline(EVERY_STAGE)
DRAWN = sb.Pipeline(
    [
        sb.RandomFlip(0.5, 0.25),
        sb.RandomRotation((-5, 30)),
        sb.RandomShift(0.1, (0.0, 0.2)),
        sb.RandomShear(5, 3),
        sb.RandomZoom(0.8, 1.2, independent=True),
        sb.RandomZoom(0.5, 2.0),
        sb.RandomQuarterTurn(),
        sb.RandomBrightness(0.5, 1.5),
        sb.RandomChannelShift(0.1),
        sb.RandomChannelShift(0.2, independent=False),
        sb.Normalize(0.5, 0.25),
    ]
)
# As a person writes it: what has a default is left out.
BY_HAND = """
stream = 1
size = [8, 6]
fill_mode = "constant"
fill_value = 3          # a whole number will do

[[transforms]]
kind = "RandomFlip"

[[transforms]]
kind = "RandomRotation"
low = -20
high = 20

[[transforms]]
kind = "RandomFlip"
horizontal = 0
vertical = 0.25

[[transforms]]
kind = "Normalize"
mean = [0.5]
std = [0.25]
"""


def digests(batches, epochs=2):
    return [batches.batch(epoch, step).digest() for epoch in range(epochs) for step in range(batches.steps)]


def assert_equal(one, other):
    for name in ("x", "y", "weights", "indices", "repeats"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.epoch, one.layout, one.seed) == (other.epoch, other.layout, other.seed)
    assert one.digest() == other.digest()

"""Filters: how much a pixel counts by its distance, as in Pillow's Resample.c.

Pillow takes its sine and cosine from the C library. Here they are those of the geometry, which are the same on every
machine; the integer weights that follow are Pillow's.
"""

from math import pi

from samebatch.reference.params.trig import sincos_degrees

SUPPORT = {"box": 0.5, "bilinear": 1.0, "hamming": 1.0, "bicubic": 2.0, "lanczos": 3.0}
HAMMING = (0.54000002145767211914, 0.46000000834465026855)  # Pillow's constants are float32


def box(x: float) -> float:
    """Return 1 within half a pixel; of two pixels that are just as far the one to the right."""
    return 1.0 if -0.5 < x <= 0.5 else 0.0


def bilinear(x: float) -> float:
    """Return a triangle."""
    x = abs(x)
    return 1.0 - x if x < 1.0 else 0.0


def hamming(x: float) -> float:
    """Return sinc(x) in a Hamming window."""
    x = abs(x)
    if x == 0.0:
        return 1.0
    if x >= 1.0:
        return 0.0
    sine, cosine = sincos_degrees(x * 180.0)
    return sine / (x * pi) * (HAMMING[0] + HAMMING[1] * cosine)


def bicubic(x: float) -> float:
    """Return Keys' cubic with a = -0.5."""
    x = abs(x)
    if x < 1.0:
        return (1.5 * x - 2.5) * x * x + 1.0
    if x < 2.0:
        return (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5
    return 0.0


def lanczos(x: float) -> float:
    """Return sinc(x) in the window sinc(x / 3)."""
    return _sinc(x) * _sinc(x / 3.0) if -3.0 <= x < 3.0 else 0.0


def _sinc(x: float) -> float:
    return 1.0 if x == 0.0 else sincos_degrees(x * 180.0)[0] / (x * pi)


WEIGHT = {"box": box, "bilinear": bilinear, "hamming": hamming, "bicubic": bicubic, "lanczos": lanczos}

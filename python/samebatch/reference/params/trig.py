"""Sine and cosine of an angle in degrees, from + - * / alone, so that every machine agrees to the bit.

A library's ``sin`` differs between platforms in the last bit; and 90 degrees must be exact, or a quarter turn would
interpolate.
"""

from math import factorial, pi

SINE = [(-1.0) ** k / factorial(2 * k + 1) for k in range(1, 9)]  # -1/3!, 1/5!, ..., 1/17!
COSINE = [(-1.0) ** k / factorial(2 * k) for k in range(1, 9)]  # -1/2!, 1/4!, ..., 1/16!


def _horner(coefficients: list[float], z: float) -> float:
    total = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * z + coefficient
    return total


def sincos_degrees(angle: float) -> tuple[float, float]:
    """Return (sine, cosine) of ``angle`` degrees: exact reduction to [-45, 45], then Taylor's polynomials."""
    quarter = round(angle / 90.0)  # half to even
    t = (angle - 90.0 * quarter) * (pi / 180.0)
    z = t * t
    sine = t + t * (z * _horner(SINE, z))
    cosine = 1.0 + z * _horner(COSINE, z)
    return [(sine, cosine), (cosine, -sine), (-sine, -cosine), (-cosine, sine)][quarter % 4]

"""Logarithm and exponential, from + - * / alone, so that every machine agrees to the bit."""

from math import factorial, frexp, ldexp

LN_2 = 0.6931471805599453
ROOT_HALF = 0.7071067811865476
LOGARITHM = [1.0 / k for k in range(3, 24, 2)]  # 1/3, 1/5, ..., 1/23
EXPONENTIAL = [1.0 / factorial(k) for k in range(14)]  # 1/0!, 1/1!, ..., 1/13!


def _horner(coefficients: list[float], z: float) -> float:
    total = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * z + coefficient
    return total


def log(v: float) -> float:
    """Return the natural logarithm of a normal number above 0: v = m * 2**e, m next to 1."""
    m, e = frexp(v)
    if m < ROOT_HALF:
        m, e = m + m, e - 1
    s = (m - 1.0) / (m + 1.0)
    t, z = s + s, s * s
    return e * LN_2 + (t + t * (z * _horner(LOGARITHM, z)))


def exp(v: float) -> float:
    """Return e to the power of a number between -700 and 700."""
    k = round(v / LN_2)  # half to even
    return ldexp(_horner(EXPONENTIAL, v - k * LN_2), k)

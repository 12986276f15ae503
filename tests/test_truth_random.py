"""Randomness and trigonometry against NumPy's Philox, hashlib and exact arithmetic."""

import math
from fractions import Fraction
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwritten import canonical, spec_of
from samebatch import _native
from samebatch.reference.params import draws, philox
from samebatch.reference.params.logarithm import exp, log
from samebatch.reference.params.trig import sincos_degrees
from strategies import SETTINGS

words64 = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**64 - 1])


def by_numpy(key, counter):
    """Return NumPy's four words at a counter: it adds one to the 256-bit counter before it outputs."""
    number = sum(word << (64 * i) for i, word in enumerate(counter))
    start = (number - 1) % 2**256
    state = [(start >> (64 * i)) & (2**64 - 1) for i in range(4)]
    generator = np.random.Philox(counter=np.array(state, np.uint64), key=np.array(key, np.uint64))
    return tuple(int(word) for word in generator.random_raw(4))


@SETTINGS
@given(key=st.tuples(words64, words64), counter=st.tuples(words64, words64, words64, words64))
def test_philox_equals_numpy(key, counter):
    assert philox.philox(key, counter) == by_numpy(key, counter)


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        # Random123's kat_vectors of philox4x64-10: zeros, ones, and the digits of pi.
        ("0", "0", "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b"),
        ("1", "1", "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0"),
        ("pi", "pi", "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6"),
    ],
)
def test_philox_known_answers(key, counter, expected):
    keys = {
        "0": (0, 0),
        "1": (2**64 - 1,) * 2,
        "pi": (0x452821E638D01377, 0xBE5466CF34E90C6C),
    }
    counters = {
        "0": (0,) * 4,
        "1": (2**64 - 1,) * 4,
        "pi": (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
    }
    assert philox.philox(keys[key], counters[counter]) == tuple(int(word, 16) for word in expected.split())


@SETTINGS
@given(
    seed=words64,
    name=st.sampled_from(["flip", "rotation", "samebatch.order", "a", "x" * 64]),
    draw=st.integers(0, 70),
    place=st.tuples(*[st.integers(0, 2**63 - 1) | st.sampled_from([0, 2**63 - 1])] * 3),
)
def test_a_draw_is_numpys_word(seed, name, draw, place):
    """Natively and in the reference: key = (seed, hash of the id), counter = (draw // 4, sample, epoch, repeat)."""
    key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
    expected = by_numpy((seed, key), (draw // 4, *place))[draw % 4]
    assert philox.word(seed, name, draw, *place) == expected
    assert _native.words(seed, name, np.array([draw], np.uint64), *place).tolist() == [expected]
    assert philox.uniform(seed, name, draw, *place) == (expected >> 11) / 2**53


def test_a_row_is_made_of_the_transforms_own_words():
    """Every column spelled out from NumPy's words alone."""
    spec = spec_of(
        {
            "kind": "RandomResizedCrop",
            "scale_low": 0.08,
            "scale_high": 1.0,
            "ratio_low": 0.75,
            "ratio_high": 1.5,
            "id": "cut",
        },
        {"kind": "RandomFlip", "horizontal": 0.5, "vertical": 0.25},
        {"kind": "RandomShift", "width_low": -0.1, "width_high": 0.2, "height_low": 0.0, "height_high": 3.0},
        {"kind": "RandomZoom", "low": 0.5, "high": 1.5, "independent": False},
        {"kind": "RandomZoom", "low": 0.5, "high": 1.5, "independent": True},
        {"kind": "RandomQuarterTurn", "turns": [2, 0, 3]},
        {
            "kind": "RandomShift",
            "width_low": 0.0,
            "width_high": 0.0,
            "height_low": -3.0,
            "height_high": 5.0,
            "unit": "pixels",
            "widths": [-2.0, 0.5, 0.5, 7.0, -1.0],
            "id": "listed",
        },
        {"kind": "RandomZoom", "low": 0.5, "high": 1.5, "independent": True, "reciprocal": True, "id": "seen"},
        {"kind": "RandomChannelShift", "low": -0.5, "high": 0.25, "independent": True},
        {"kind": "RandomChannelShift", "low": -0.5, "high": 0.25, "independent": False},
        size=[4, 4],
    )

    def u(name, draw, sample):
        key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
        return (by_numpy((99, key), (draw // 4, sample, 7, 3))[draw % 4] >> 11) / 2**53

    for sample in range(50):
        low, high = log(0.75), log(1.5)
        expected = [
            0.08 + (1.0 - 0.08) * u("cut", 0, sample),
            min(max(exp(low + (high - low) * u("cut", 1, sample)), 0.75), 1.5),
            u("cut", 2, sample),
            u("cut", 3, sample),
            float(u("flip", 0, sample) < 0.5),
            float(u("flip", 1, sample) < 0.25),
            -0.1 + (0.2 - -0.1) * u("shift", 0, sample),
            0.0 + 3.0 * u("shift", 1, sample),
            0.5 + 1.0 * u("zoom", 0, sample),
            0.5 + 1.0 * u("zoom", 0, sample),
            0.5 + 1.0 * u("zoom_2", 0, sample),
            0.5 + 1.0 * u("zoom_2", 1, sample),
            float([2, 0, 3][math.floor(u("quarter_turn", 0, sample) * 3)]),
            [-2.0, 0.5, 0.5, 7.0, -1.0][math.floor(u("listed", 0, sample) * 5)],
            -3.0 + 8.0 * u("listed", 1, sample),
            0.5 + 1.0 * u("seen", 0, sample),
            0.5 + 1.0 * u("seen", 1, sample),
            *(-0.5 + 0.75 * u("channel_shift", c, sample) for c in range(5)),
            *[-0.5 + 0.75 * u("channel_shift_2", 0, sample)] * 5,
        ]
        assert draws.draw(spec, 5, 99, 7, sample, 3) == expected
        native = _native.draw(canonical(spec), 5, 99, 7, np.array([sample], np.uint64), np.array([3], np.uint64))
        assert native.tolist() == [expected]


def _truth(angle):
    """Reduce exactly, in fractions, then ask the C library of a small angle."""
    turns = Fraction(angle) / 90
    quarter = round(turns)
    rest = math.radians(float((turns - quarter) * 90))
    s, c = math.sin(rest), math.cos(rest)
    return [(s, c), (c, -s), (-s, -c), (-c, s)][quarter % 4]


def test_logarithm_and_exponential():
    """Within a unit or two in the last place of the C library's."""
    values = np.exp(np.random.default_rng(1).uniform(-14, 5, 20000)).tolist()
    for value in [*values, 1.0, 0.75, 4 / 3, 1 / 64, 64.0, math.sqrt(0.5), math.nextafter(math.sqrt(0.5), 0.0), 2.0]:
        assert abs(log(value) - math.log(value)) <= 4e-16 * max(abs(math.log(value)), 1.0)
        power = math.log(value)
        assert abs(exp(power) - math.exp(power)) <= 2e-15 * math.exp(power)
    assert log(1.0) == 0.0
    assert exp(0.0) == 1.0


@pytest.mark.parametrize(("low", "high"), [(0.75, 4 / 3), (1 / 64, 64.0), (0.3, 0.3), (1.0, 1.0)])
def test_a_ratio_stays_within_its_range(low, high):
    crop = {"kind": "RandomResizedCrop", "scale_low": 1.0, "scale_high": 1.0, "ratio_low": low, "ratio_high": high}
    spec = canonical(spec_of(crop, size=[4, 4]))
    rows = _native.draw(spec, 3, 5, 6, np.arange(4000, dtype=np.uint64), np.zeros(4000, np.uint64))
    ratios = rows[:, 1]
    assert ratios.min() >= low
    assert ratios.max() <= high
    # As many that are higher than wide as the other way round.
    middle = math.sqrt(low * high)
    assert low == high or 0.45 < (ratios < middle).mean() < 0.55


def test_native_ratios_are_the_references():
    """Ranges from all over, and on both sides of where the reduction of the logarithm changes."""
    random = np.random.default_rng(2)
    lows = [0.7, 0.708, 0.7099, 0.75, 0.999, 1.0, 1.41, 1.42, 1 / 64, *np.exp(random.uniform(-4, 4, 150)).tolist()]
    half = math.sqrt(0.5)
    for low in [*lows, half, math.nextafter(half, 0.0), math.nextafter(half, 1.0), 4 * half]:
        high = min(low * float(random.uniform(1.0, 8.0)), 64.0)
        crop = {"kind": "RandomResizedCrop", "scale_low": 0.5, "scale_high": 1.0, "ratio_low": low, "ratio_high": high}
        spec = spec_of(crop, size=[4, 4])
        samples, repeats = np.arange(20, dtype=np.uint64), np.zeros(20, np.uint64)
        native = _native.draw(canonical(spec), 3, 8, 9, samples, repeats)
        assert native.tolist() == [draws.draw(spec, 3, 8, 9, int(sample), 0) for sample in samples]


def test_sine_and_cosine():
    """Within 2e-15 of the truth over all legal angles, and far from the ends of the reduction as near them."""
    random = np.random.default_rng(0)
    angles = np.concatenate([random.uniform(-3600, 3600, 20000), random.uniform(-90, 90, 20000)])
    near = [math.nextafter(45.0 + 90 * k, direction) for k in range(-40, 40) for direction in (-math.inf, math.inf)]
    for angle in [*angles.tolist(), *near, *(45.0 + 90 * k for k in range(-40, 40)), 1e-300, 5e-324, -1e-9]:
        sine, cosine = sincos_degrees(angle)
        true_sine, true_cosine = _truth(angle)
        assert abs(sine - true_sine) <= 2e-15
        assert abs(cosine - true_cosine) <= 2e-15


def test_quarter_turns_are_exact():
    for k in range(-40, 41):
        assert sincos_degrees(90.0 * k) == [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)][k % 4]

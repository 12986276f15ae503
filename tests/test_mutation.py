"""The suite can fail: one thing is broken on purpose at a time, and every test that guards it must notice."""

import importlib
from dataclasses import dataclass

import numpy as np
import pytest

import mutations
import test_draw_statistics
import test_equality
import test_signs
import test_truth_coordinates
import test_truth_geometry
import test_truth_output
import test_truth_random
import test_truth_resize
import test_truth_scaling
import test_truth_whiten
import test_truth_whole_pixels
import whitenings
from engines import by_reference
from handwritten import spec_of
from signs import SIGNS
from strategies import Case

SPEC = spec_of(
    {"kind": "RandomRotation", "low": -40.0, "high": 40.0},
    {"kind": "RandomShift", "width_low": -0.3, "width_high": 0.3, "height_low": -0.3, "height_high": 0.3},
    {"kind": "RandomBrightness", "low": 0.5, "high": 1.5},
    {"kind": "Normalize", "mean": [0.5], "std": [0.25]},
)


def equality():
    """The core against the reference, one of them broken."""
    value_range = (10.0, 200.0)
    test_equality.check(
        Case(SPEC, (3, 21, 33, 3), "uint8", value_range, "noise", "plain", (0, 1, 2), (0, 1, 2), 3, 1, 2)
    )


def whitening():
    """The same for a pipeline that whitens."""
    spec = spec_of(*SPEC["transforms"], whitenings.transform(135))
    test_equality.check(
        Case(spec, (3, 5, 9, 3), "uint8", (0.0, 255.0), "noise", "plain", (0, 1, 2), (0, 1, 2), 3, 1, 2)
    )


# The truths, each asked of the reference with arguments that take little time.
GEOMETRY = test_truth_geometry.test_bilinear_equals_scipy_within_a_quarter_level, ("noise", "uint8", "nearest")
REFLECTION = GEOMETRY[0], ("noise", "uint8", "reflect")
COORDINATES = test_truth_coordinates.test_coordinates_stay_within_a_256th_of_a_pixel, ("nearest", 4099)
ORDER = test_truth_whole_pixels.test_the_order_of_the_list_is_the_order_of_application, (("shift", "rotation"),)
TURNS = test_truth_whole_pixels.test_quarter_turns_flips_and_identity_are_exact, ("uint8", "nearest", "bilinear")
ROTATED = test_signs.test_the_direction_in_words, (SIGNS["angle +20"],)
SHEARED = test_signs.test_the_direction_in_words, (SIGNS["shear x +25"],)
PILLOW = test_signs.test_it_looks_as_pillow_makes_it, (SIGNS["angle -20"],)
RESIZED = test_truth_resize.test_both_axes, ("uint8", "bilinear")
RESIZED_FLOATS = test_truth_resize.test_both_axes, ("float32", "bilinear")
BRIGHTNESS = test_truth_scaling.test_brightness_counts_from_the_low_end_and_is_clipped, ("float32", (-1.0, 1.0), 0.3)
CHANNEL_SHIFT = test_truth_scaling.test_channel_shift, ("uint8", (0.0, 255.0))
NORMALIZE = test_truth_scaling.test_normalize, ("uint8", (0.0, 255.0))
STANDARDIZE = test_truth_scaling.test_standardize, ("uint8", (0.0, 255.0), True, True, False)
DOT_PRODUCT = test_truth_whiten.test_a_whitened_number_is_a_dot_product, ((7, 9, 3), "noise")
FLATTENED = test_truth_whiten.test_numbers_are_in_the_order_row_column_channel, ("channels_last",)
FLOAT16 = test_truth_output.test_float16, ()
BFLOAT16 = test_truth_output.test_bfloat16, ("torch",)
UINT8 = test_truth_output.test_uint8, ()
TRUTHS = [value for value in list(globals().values()) if isinstance(value, tuple) and callable(value[0])]


def row():
    test_truth_random.test_a_row_is_made_of_the_transforms_own_words()


def quarter_sine():
    test_truth_random.test_quarter_turns_are_exact()


def sine():
    test_truth_random.test_sine_and_cosine()


def run(check):
    if isinstance(check, tuple):
        check[0](by_reference, *check[1])
    else:
        check()


@dataclass(frozen=True)
class Mutation:
    """`name` of a module of the reference becomes `broken`; then each of `checks` must raise."""

    module: str
    name: str
    broken: object
    checks: tuple[object, ...]


WARP, FINISH, RESIZE = "kernels.warp", "kernels.finish", "kernels.resize"
MUTATIONS = [
    Mutation(WARP, "_round_shift", mutations.cut_off, (equality, COORDINATES)),
    Mutation(WARP, "BLOCK", 1 << 20, (equality, COORDINATES)),
    Mutation(WARP, "_fold", mutations.mirrored_on_the_edge_pixel, (REFLECTION,)),
    Mutation(WARP, "_blend_uint8", mutations.weights_transposed, (equality, GEOMETRY)),
    Mutation("batch", "matrix", mutations.axes_swapped, (equality, GEOMETRY, ROTATED)),
    Mutation("batch", "matrix", mutations.centre_at_the_corner, (equality, GEOMETRY, TURNS, PILLOW)),
    Mutation("batch", "matrix", mutations.list_read_backwards, (equality, GEOMETRY, ORDER)),
    Mutation(
        "params.matrix",
        "sincos_degrees",
        mutations.turned_the_other_way,
        (equality, GEOMETRY, ROTATED, SHEARED, PILLOW),
    ),
    Mutation("params.trig", "pi", 3.14159265358, (sine,)),
    Mutation("params.philox", "ROUNDS", 9, (equality, row)),
    Mutation("params.draws", "uniform", mutations.a_bit_less, (equality, row)),
    Mutation("params.draws", "uniform", mutations.sample_and_epoch_swapped, (equality, row)),
    Mutation("params.draws", "_between", lambda low, high, u: high - (high - low) * u, (equality, row)),
    Mutation(RESIZE, "rows_first", mutations.columns_first, (RESIZED,)),
    Mutation(RESIZE, "PRECISION", 12, (RESIZED,)),
    Mutation(FINISH, "apply", mutations.no_clamp_below, (CHANNEL_SHIFT,)),
    Mutation(FINISH, "apply", mutations.clamped_before_scaled, (equality, CHANNEL_SHIFT)),
    Mutation(FINISH, "apply", mutations.scaled_in_float64, (equality,)),
    Mutation(FINISH, "apply", mutations.a_few_units_off, (equality, NORMALIZE, STANDARDIZE, CHANNEL_SHIFT)),
    Mutation("batch", "program", mutations.range_from_zero, (equality, BRIGHTNESS)),
    Mutation(FINISH, "standardize", mutations.deviation_of_a_sample, (STANDARDIZE,)),
    Mutation("kernels.whiten", "BLOCK", 1 << 20, (whitening,)),
    Mutation(FINISH, "whiten", mutations.matrix_transposed, (whitening, DOT_PRODUCT, FLATTENED)),
    Mutation(FINISH, "whiten", mutations.mean_forgotten, (whitening, DOT_PRODUCT)),
    Mutation(FINISH, "whiten", mutations.channels_first_of_all, (whitening, DOT_PRODUCT, FLATTENED)),
    Mutation("batch", "convert", mutations.half_up, (UINT8,)),
    Mutation("batch", "convert", mutations.float16_without_saturation, (FLOAT16,)),
    Mutation("batch", "convert", mutations.bfloat16_cut_off, (BFLOAT16,)),
]
CASES = [(mutation, check) for mutation in MUTATIONS for check in mutation.checks]


def name_of(value):
    if isinstance(value, Mutation):
        return getattr(value.broken, "__name__", f"{value.name}={value.broken}")
    return (value[0] if isinstance(value, tuple) else value).__name__


@pytest.mark.parametrize("check", [equality, whitening, row, quarter_sine, sine, *TRUTHS], ids=name_of)
def test_nothing_broken_nothing_noticed(check):
    run(check)


@pytest.mark.parametrize(("mutation", "check"), CASES, ids=name_of)
def test_what_is_broken_is_noticed(mutation, check, monkeypatch):
    monkeypatch.setattr(
        importlib.import_module(f"samebatch.reference.{mutation.module}"), mutation.name, mutation.broken
    )
    with pytest.raises(AssertionError):
        run(check)


class OneWrongBit:
    """A native pipeline, but for the lowest bit of the last byte of what it renders."""

    def __init__(self, pipeline):
        self.pipeline = pipeline

    def __getattr__(self, name):
        return getattr(self.pipeline, name)

    def batch(self, *arguments):
        x = self.pipeline.batch(*arguments)
        x.reshape(-1).view(np.uint8)[-1] ^= 1
        return x


def test_one_wrong_bit_of_the_core_is_noticed(monkeypatch):
    bind = test_equality.bind
    monkeypatch.setattr(test_equality, "bind", lambda case: OneWrongBit(bind(case)))
    with pytest.raises(AssertionError):
        equality()


def test_a_negative_zero_is_noticed():
    with pytest.raises(AssertionError):
        test_equality.assert_same_bits(np.float32([0.0]), np.float32([-0.0]))


def test_draws_that_are_too_even_or_follow_each_other_are_noticed():
    even = np.tile(np.arange(256) / 256, 400)[: test_draw_statistics.DRAWS]
    counts, _ = np.histogram(even, bins=256, range=(0, 1))
    with pytest.raises(AssertionError):
        test_draw_statistics.assert_like(counts, np.full(256, len(even) / 256))
    with pytest.raises(AssertionError):
        test_draw_statistics.assert_unrelated(even[:-1], even[1:])
    noise = np.random.default_rng(0).random(test_draw_statistics.DRAWS)
    test_draw_statistics.assert_unrelated(noise[:-1], noise[1:])
    with pytest.raises(AssertionError):
        test_draw_statistics.assert_unrelated(noise, np.abs(noise - 0.5))

"""Transforms: what they accept, what they refuse and in which words, and that their repr makes them again."""

import copy
import math
import pickle
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
from samebatch.transforms import KINDS
from strategies import SETTINGS, specs

EXAMPLES = [
    sb.RandomFlip(),
    sb.RandomFlip(horizontal=0.25, vertical=1, id="mirror"),
    sb.RandomRotation(20),
    sb.RandomRotation((-5, 30)),
    sb.RandomShift(width=0.1, height=(0.0, 0.2)),
    sb.RandomShift(width=12, height=(-3, 4.5), unit="pixels"),
    sb.RandomShift(widths=[-2, -1, 0, 0, 1, 2], unit="pixels"),
    sb.RandomShift(width=0.1, heights=(0.0, 0.25)),
    sb.RandomShear(x=5.0, y=0.0),
    sb.RandomZoom(0.8, 1.2),
    sb.RandomZoom(0.8, 1.2, reciprocal=True),
    sb.RandomZoom(0.8, 1.2, independent=True),
    sb.RandomQuarterTurn(),
    sb.RandomQuarterTurn((0, 2)),
    sb.RandomBrightness(0.8, 1.2),
    sb.RandomChannelShift(0.1),
    sb.RandomChannelShift((-0.1, 0.3), independent=False),
    sb.Rescale(1 / 255),
    sb.Rescale(-1.0, 255.0),
    sb.Normalize(),
    sb.Normalize(0.5, 0.25),
    sb.Normalize(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    sb.Standardize(),
    sb.Standardize(mean=False, per_channel=True, epsilon=0.01),
    sb.Whiten(),
    sb.Whiten([[1.0, 0.5], [0.5, 2.0]], [0.25, 0.5]),
    sb.Whiten(features=3072, digest="0123456789abcdef" * 2),
    sb.RandomResizedCrop(),
    sb.RandomResizedCrop(scale=(0.5, 1), ratio=(1, 1)),
    sb.CenterCrop(224),
    sb.CenterCrop((10, 20)),
]


def remade(transform):
    return eval(repr(transform), vars(sb).copy())  # noqa: S307


def test_every_kind_is_exemplified_and_public():
    assert {type(transform).__name__ for transform in EXAMPLES} == set(KINDS)
    assert set(KINDS) <= set(sb.__all__)


@pytest.mark.parametrize("transform", EXAMPLES, ids=repr)
def test_a_transform_is_a_value(transform):
    assert remade(transform) == transform
    for same in (pickle.loads(pickle.dumps(transform)), copy.deepcopy(transform), replace(transform)):  # noqa: S301
        assert same == transform
        assert hash(same) == hash(transform)
    assert type(transform).parse({**transform.fields(), "id": transform.id}) == transform
    assert not hasattr(transform, "__dict__")
    for field in fields(transform):
        with pytest.raises(FrozenInstanceError):
            setattr(transform, field.name, None)
    assert replace(transform, id="another") != transform


@SETTINGS
@given(spec=specs(8, 8, 3, "uint8", (0.0, 255.0)))
def test_what_a_spec_says_is_what_a_transform_is(spec):
    for table in spec["transforms"]:
        values = {key: value for key, value in table.items() if key != "kind"}
        transform = KINDS[table["kind"]].parse(values)
        assert {**transform.fields(), "id": transform.id} == values
        assert remade(transform) == transform


def test_repr_leaves_out_defaults():
    assert repr(sb.RandomFlip()) == "RandomFlip()"
    assert repr(sb.RandomFlip(0.5, 0.25)) == "RandomFlip(vertical=0.25)"
    assert repr(sb.RandomRotation(20, id="turn")) == "RandomRotation(degrees=(-20.0, 20.0), id='turn')"
    assert repr(sb.Normalize(0.5, 1)) == "Normalize(mean=(0.5,), std=(1.0,))"
    assert repr(sb.RandomZoom(1, 2)) == "RandomZoom(low=1.0, high=2.0)"


@pytest.mark.parametrize(
    ("make", "field", "reach"),
    [
        (sb.RandomRotation, "degrees", 3600.0),
        (lambda v: sb.RandomShift(width=v), "width", 16.0),
        (lambda v: sb.RandomShift(height=v), "height", 16.0),
        (lambda v: sb.RandomShear(x=v), "x", 80.0),
        (lambda v: sb.RandomShear(y=v), "y", 80.0),
        (sb.RandomChannelShift, "amount", 1.0),
    ],
)
def test_a_number_stands_for_a_range_around_zero(make, field, reach):
    for size in (0.5, -0.5, np.float64(0.5), np.float32(-0.5)):
        assert getattr(make(size), field) == (-0.5, 0.5)
    assert getattr(make(1), field) == (-1.0, 1.0)
    for pair in ((-0.25, 0.5), [-0.25, 0.5], np.array([-0.25, 0.5]), (np.float32(-0.25), np.float64(0.5))):
        assert getattr(make(pair), field) == (-0.25, 0.5)
    assert make(reach) == make((-reach, reach))
    for end in getattr(make(0), field):
        assert math.copysign(1.0, end) == 1.0, "a negative zero would be another spec for the same pipeline"
    for wrong in (np.nextafter(reach, math.inf), (-2 * reach, 0.0), (0.0, 2 * reach)):
        with pytest.raises(sb.SpecError, match=f"{field}.* from -{reach} to {reach}.* got"):
            make(wrong)
    with pytest.raises(sb.SpecError, match=rf"{field} must be a range with low <= high, got \(0.5, 0.25\)"):
        make((0.5, 0.25))
    for wrong in ((1,), (1, 2, 3), [], np.zeros((2, 2))):
        with pytest.raises(sb.SpecError, match=f"{field} must be a number or a pair"):
            make(wrong)


NUMBERS = [
    sb.RandomFlip,
    lambda v: sb.RandomFlip(vertical=v),
    sb.RandomRotation,
    lambda v: sb.RandomRotation((v, 20)),
    lambda v: sb.RandomRotation((-20, v)),
    sb.RandomShift,
    sb.RandomShear,
    lambda v: sb.RandomZoom(v, 2),
    lambda v: sb.RandomZoom(1, v),
    lambda v: sb.RandomBrightness(v, 2),
    lambda v: sb.RandomBrightness(0, v),
    sb.RandomChannelShift,
    sb.Rescale,
    lambda v: sb.Rescale(1, v),
    lambda v: sb.Normalize(v, 1),
    lambda v: sb.Normalize(0, v),
    lambda v: sb.Normalize((0, v), (1, 1)),
    lambda v: sb.Standardize(epsilon=v),
]


@pytest.mark.parametrize("value", [True, np.True_, math.nan, math.inf, -math.inf, np.float32("nan"), "1", 10**400, 1j])
@pytest.mark.parametrize("make", NUMBERS)
def test_where_a_number_is_meant_nothing_else_will_do(make, value):
    with pytest.raises(sb.SpecError, match=r"must be a finite number.* got"):
        make(value)


@pytest.mark.parametrize("make", NUMBERS)
def test_every_number_of_numpy_will_do(make):
    assert make(np.float32(1)) == make(np.int64(1)) == make(np.uint8(1)) == make(1.0) == make(1)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: sb.RandomFlip(1.5), r"RandomFlip: horizontal .* from 0.0 to 1.0 \(a probability.* got 1.5"),
        (lambda: sb.RandomFlip(vertical=-0.1), "RandomFlip: vertical .* got -0.1"),
        (lambda: sb.RandomZoom(1.2, 0.8), r"RandomZoom must be a range with low <= high, .* write \(0.8, 1.2\)"),
        (lambda: sb.RandomResizedCrop(0.5), r"RandomResizedCrop: scale must be a pair \(low, high\), got 0.5"),
        (lambda: sb.RandomResizedCrop((0.0, 1.0)), "RandomResizedCrop: scale, low .* from 1e-06 to 1.0 .* got 0.0"),
        (lambda: sb.RandomResizedCrop((0.5, 1.1)), "RandomResizedCrop: scale, high .* got 1.1"),
        (lambda: sb.RandomResizedCrop(ratio=(2, 1)), r"RandomResizedCrop: ratio .* low <= high, .* write \(1.0, 2.0\)"),
        (lambda: sb.RandomResizedCrop(ratio=(1, 65)), "RandomResizedCrop: ratio, high .* got 65"),
        (lambda: sb.CenterCrop(0), "CenterCrop: size, height must be a whole number from 1 to 16384, got 0"),
        (lambda: sb.CenterCrop((5, 6.0)), "CenterCrop: size, width must be a whole number .* got 6.0"),
        (lambda: sb.CenterCrop((5, 6, 7)), r"CenterCrop: size must be \(height, width\) or a number, got \(5, 6, 7\)"),
        (lambda: sb.RandomZoom(0, 1), "RandomZoom, low .* from 0.015625 to 64.0 .* got 0"),
        (lambda: sb.RandomZoom(1, 65), "RandomZoom, high .* got 65"),
        (lambda: sb.RandomZoom(1, 2, reciprocal="no"), "RandomZoom: reciprocal must be True or False, got 'no'"),
        (lambda: sb.RandomShift(17, unit="fraction"), "RandomShift: width .* from -16.0 to 16.0 .* got 17"),
        (lambda: sb.RandomShift(262145, unit="pixels"), "RandomShift: width .* to 262144.0 pixels, got 262145"),
        (
            lambda: sb.RandomShift(unit="pixel"),
            r"RandomShift: unit must be .* 'pixels'; got 'pixel' .*did you mean 'pixels'",
        ),
        (lambda: sb.RandomShift(widths=[]), "RandomShift: widths must be 1 to 4096 numbers to choose from"),
        (lambda: sb.RandomShift(widths=0.5), "RandomShift: widths must be 1 to 4096 numbers .* got 0.5"),
        (lambda: sb.RandomShift(heights=[0, 17]), r"RandomShift: heights\[1\] must be .* got 17"),
        (lambda: sb.RandomShift(0.1, widths=[0.1]), "width is a range and widths a list to choose from; give one"),
        (lambda: sb.RandomZoom(1, 2, independent=1), "RandomZoom: independent must be True or False, got 1"),
        (lambda: sb.RandomBrightness(-0.1, 1), "RandomBrightness, low .* got -0.1"),
        (lambda: sb.RandomBrightness(0, 2e6), "RandomBrightness, high .* from 0.0 to 1000000.0"),
        (lambda: sb.RandomBrightness(2, 1), "RandomBrightness must be a range with low <= high"),
        (lambda: sb.RandomChannelShift(0.1, independent="no"), "independent must be True or False, got 'no'"),
        (lambda: sb.RandomQuarterTurn(()), "RandomQuarterTurn: turns must be 1 to 64 whole numbers from 0 to 3"),
        (lambda: sb.RandomQuarterTurn(2), "RandomQuarterTurn: turns must be .* got 2"),
        (lambda: sb.RandomQuarterTurn((0, 4)), r"turns\[1\] must be a whole number from 0 to 3, got 4"),
        (lambda: sb.RandomQuarterTurn((0, 1.0)), r"turns\[1\] must be a whole number from 0 to 3, got 1.0"),
        (lambda: sb.RandomQuarterTurn((True,)), r"turns\[0\] must be a whole number"),
        (lambda: sb.Rescale(0), "Rescale: scale must be at least 1e-30 from 0"),
        (lambda: sb.Rescale(1e31), "Rescale: scale must be .* from -1e"),
        (lambda: sb.Rescale(1, 1e-31), "Rescale: offset must be 0 or at least 1e-30"),
        (lambda: sb.Normalize(mean=0.5), "Normalize: std is missing"),
        (lambda: sb.Normalize(std=0.5), "Normalize: mean is missing"),
        (lambda: sb.Normalize((0, 0, 0), (1, 1)), "mean has 3 entries and std has 2"),
        (lambda: sb.Normalize((0.5, 0.5), (1.0, 0.0)), r"Normalize: std\[1\] must be .* got 0.0"),
        (lambda: sb.Normalize(0.5, -1), "Normalize: std must be .* got -1"),
        (lambda: sb.Normalize((), ()), "Normalize: mean must have 1 to 32 entries"),
        (lambda: sb.Normalize([0] * 33, [1] * 33), "Normalize: mean must have 1 to 32 entries"),
        (lambda: sb.Standardize(epsilon=-1e-9), "Standardize: epsilon must be .* from 0.0"),
        (lambda: sb.Standardize(mean=None), "Standardize: mean must be True or False, got None"),
    ],
)
def test_what_is_refused_and_how(make, told):
    with pytest.raises(sb.SpecError, match=told):
        make()


@pytest.mark.parametrize("wrong", ["", "Flip", "a b", "ä", "a" * 65, 7, "flip\n"])
@pytest.mark.parametrize("make", [lambda v: sb.RandomFlip(id=v), lambda v: sb.Rescale(1, id=v)])
def test_ids_that_are_refused(make, wrong):
    with pytest.raises(sb.SpecError, match="id must be 1 to 64 characters of a-z 0-9"):
        make(wrong)


@SETTINGS
@given(name=st.text("abcdefghijklmnopqrstuvwxyz0123456789_.-", min_size=1, max_size=64))
def test_ids_that_are_taken(name):
    assert sb.RandomFlip(id=name).id == name


def test_a_turn_listed_twice_counts_twice():
    params = sb.Pipeline([sb.RandomQuarterTurn((0, 0, 0, 2))]).params(seed=1, indices=range(4000))
    share = (params["quarter_turn.turns"] == 0).mean()
    assert 0.7 < share < 0.8


def test_normalize_knows_whether_it_is_fitted():
    assert sb.Normalize(0, 1).fitted
    assert not sb.Normalize().fitted


def test_keys_younger_than_the_stream_are_left_out_where_they_have_their_default():
    assert set(sb.RandomShift(0.1, 0.2).fields()) == {"width_low", "width_high", "height_low", "height_high"}
    assert set(sb.RandomZoom(1, 2).fields()) == {"low", "high", "independent"}
    # Digests as they were before there were these keys.
    pipeline = sb.Pipeline([sb.RandomShift(0.1, 0.2), sb.RandomZoom(0.8, 1.2)])
    assert pipeline.digest == "9d5cd8ee22b16c05a442814bdff6ee77"
    spelled = pipeline.to_json().replace('"independent":false', '"independent":false,"reciprocal":false')
    assert sb.Pipeline.from_json(spelled) == pipeline

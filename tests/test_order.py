"""Which transforms may stand where in a pipeline, and what they are called there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
from strategies import SETTINGS


def remade(pipeline):
    return eval(repr(pipeline), vars(sb).copy())  # noqa: S307


class TestIds:
    def test_defaults_are_numbered(self):
        flips = sb.Pipeline([sb.RandomFlip(), sb.RandomRotation(1), sb.RandomFlip(), sb.RandomFlip()])
        assert [t.id for t in flips.transforms] == ["flip", "rotation", "flip_2", "flip_3"]

    def test_a_name_of_ones_own_moves_no_default(self):
        named = sb.Pipeline([sb.RandomFlip(id="mine"), sb.RandomFlip(), sb.RandomFlip()])
        assert [t.id for t in named.transforms] == ["mine", "flip", "flip_2"]
        assert repr(named) == "Pipeline([RandomFlip(id='mine'), RandomFlip(), RandomFlip()])"

    def test_a_default_written_out_is_the_default(self):
        assert sb.Pipeline([sb.RandomFlip(id="flip"), sb.RandomFlip()]) == sb.Pipeline(
            [sb.RandomFlip(), sb.RandomFlip()]
        )

    def test_a_part_keeps_its_names(self):
        whole = sb.Pipeline([sb.RandomFlip(), sb.RandomFlip(0.1)])
        part = sb.Pipeline(whole.transforms[1:])
        assert part.transforms[0].id == "flip_2"
        assert remade(part) == part

    @pytest.mark.parametrize(
        "transforms",
        [
            [sb.RandomFlip(id="a"), sb.RandomRotation(1, id="a")],
            [sb.RandomFlip(), sb.RandomFlip(id="flip")],
            [sb.RandomFlip(), sb.Rescale(1, id="flip")],
        ],
    )
    def test_two_that_are_equal_are_refused(self, transforms):
        with pytest.raises(
            sb.SpecError, match=r"transforms\[1\]\) and .*transforms\[0\]\) have the same id .* another id="
        ):
            sb.Pipeline(transforms)


ANY_TRANSFORM = st.sampled_from(
    [
        sb.RandomFlip(),
        sb.RandomQuarterTurn(),
        sb.RandomRotation(1),
        sb.RandomShift(0.1),
        sb.RandomShear(1),
        sb.RandomZoom(1, 2),
        sb.RandomBrightness(1, 2),
        sb.RandomChannelShift(0.1),
        sb.Rescale(2),
        sb.Normalize(0, 1),
        sb.Standardize(),
        sb.Whiten(),
        sb.RandomResizedCrop(),
        sb.CenterCrop(5),
    ]
)
INTERPOLATING = {"RandomRotation", "RandomShift", "RandomShear", "RandomZoom"}
GEOMETRY = INTERPOLATING | {"RandomFlip", "RandomQuarterTurn"}
PHOTOMETRY = {"RandomBrightness", "RandomChannelShift"}
STATISTICS = {"Normalize", "Standardize"}
CROPS = {"RandomResizedCrop", "CenterCrop"}


def may_follow(later, earlier):
    """The rules of order, once more and in other words than the code's."""
    if later in CROPS:
        return False
    if earlier in GEOMETRY | CROPS:
        return True
    if later in INTERPOLATING:
        return False
    if later in GEOMETRY:
        return earlier not in {"Standardize", "Whiten"}
    if later in PHOTOMETRY | STATISTICS:
        return earlier not in STATISTICS | {"Whiten"}
    return later == "Rescale" or (later == "Whiten" and earlier != "Whiten")


@pytest.mark.parametrize("crop", [sb.RandomResizedCrop(), sb.CenterCrop(5)])
def test_what_is_cut_out_needs_a_size(crop):
    with pytest.raises(sb.SpecError, match=r"transforms\[0\]\) cuts out a part, .* size="):
        sb.Pipeline([crop, sb.RandomFlip()])
    for fit in ("crop", "pad"):
        with pytest.raises(sb.SpecError, match=rf"fit='{fit}' .* give size="):
            sb.Pipeline([], fit=fit)


@SETTINGS
@given(transforms=st.lists(ANY_TRANSFORM, max_size=6), dtype=st.sampled_from(["float32", "uint8"]))
def test_order(transforms, dtype):
    kinds = [type(transform).__name__ for transform in transforms]
    clashes = [(b, a) for b in range(len(kinds)) for a in range(b) if not may_follow(kinds[b], kinds[a])]
    clashes += [(b, b) for b in range(len(kinds)) if dtype == "uint8" and kinds[b] in STATISTICS | {"Whiten"}]
    if not clashes:
        assert [type(t).__name__ for t in sb.Pipeline(transforms, size=(9, 9), dtype=dtype).transforms] == kinds
        return
    with pytest.raises(sb.SpecError) as refusal:
        sb.Pipeline(transforms, size=(9, 9), dtype=dtype)
    message = str(refusal.value)
    later, earlier = min(clashes)
    assert f"{kinds[later]} (id " in message
    assert f"transforms[{later}])" in message
    if later == earlier:
        assert 'dtype="uint8" cannot hold' in message
        assert 'use dtype="float32"' in message
    else:
        assert f"{kinds[earlier]} (id " in message
        assert f"transforms[{earlier}])" in message
        assert "; put " in message or "; leave one of them out" in message

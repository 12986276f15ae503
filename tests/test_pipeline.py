"""Pipelines: values with a canonical form, which all their other forms lead back to."""

import copy
import json
import pickle
from dataclasses import FrozenInstanceError
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given

import samebatch as sb
from samebatch.transforms import KINDS
from samples import BY_HAND
from strategies import SETTINGS, canonical, specs

SPECS = specs(12, 10, 3, "uint8", (0.0, 255.0))
EXAMPLE = sb.Pipeline(
    [sb.RandomFlip(0.5), sb.RandomRotation(20), sb.RandomFlip(0, 0.25), sb.Normalize(0.5, 0.25)],
    size=(8, 6),
    fill_mode="constant",
    fill_value=3,
)
EXAMPLE_JSON = (
    '{"dtype":"float32","fill_mode":"constant","fill_value":3.0,"interpolation":"bilinear","layout":"channels_last",'
    '"resample":"bilinear","size":[8,6],"stream":1,"transforms":['
    '{"horizontal":0.5,"id":"flip","kind":"RandomFlip","vertical":0.0},'
    '{"high":20.0,"id":"rotation","kind":"RandomRotation","low":-20.0},'
    '{"horizontal":0.0,"id":"flip_2","kind":"RandomFlip","vertical":0.25},'
    '{"id":"normalize","kind":"Normalize","mean":[0.5],"std":[0.25]}]}'
)
EXAMPLE_TOML = """\
stream = 1
size = [8, 6]
resample = "bilinear"
interpolation = "bilinear"
fill_mode = "constant"
fill_value = 3.0
dtype = "float32"
layout = "channels_last"

[[transforms]]
kind = "RandomFlip"
id = "flip"
horizontal = 0.5
vertical = 0.0

[[transforms]]
kind = "RandomRotation"
id = "rotation"
low = -20.0
high = 20.0

[[transforms]]
kind = "RandomFlip"
id = "flip_2"
horizontal = 0.0
vertical = 0.25

[[transforms]]
kind = "Normalize"
id = "normalize"
mean = [0.5]
std = [0.25]
"""


def remade(pipeline):
    return eval(repr(pipeline), vars(sb).copy())  # noqa: S307


def test_the_canonical_form_is_fixed():
    """These texts and the digest are part of stream 1: they never change."""
    assert EXAMPLE.to_json() == EXAMPLE_JSON
    assert EXAMPLE.to_toml() == EXAMPLE_TOML
    assert EXAMPLE.digest == "881aa21e27b16529c66677d320e13303"
    assert EXAMPLE.digest == blake2b(EXAMPLE_JSON.encode(), digest_size=16).hexdigest()


def test_a_spec_written_by_hand_may_leave_out_what_has_a_default():
    assert sb.Pipeline.from_toml(BY_HAND) == EXAMPLE
    assert sb.Pipeline.from_json('{"stream": 1, "transforms": []}') == sb.Pipeline()
    assert sb.Pipeline.from_toml("stream = 1\ntransforms = []\n") == sb.Pipeline()


@SETTINGS
@given(spec=SPECS)
def test_every_form_leads_back(spec):
    pipeline = sb.Pipeline.from_json(json.dumps(spec))
    assert pipeline.to_json() == canonical(spec)
    for same in (
        sb.Pipeline.from_json(pipeline.to_json()),
        sb.Pipeline.from_toml(pipeline.to_toml()),
        pickle.loads(pickle.dumps(pipeline)),  # noqa: S301
        copy.deepcopy(pipeline),
        remade(pipeline),
        sb.Pipeline(
            pipeline.transforms,
            **{name: getattr(pipeline, name) for name in spec if name not in ("stream", "transforms")},
        ),
    ):
        assert same == pipeline
        assert hash(same) == hash(pipeline)
        assert same.digest == pipeline.digest
        assert same.to_json() == pipeline.to_json()
        assert same.transforms == pipeline.transforms


@SETTINGS
@given(one=SPECS, other=SPECS)
def test_digests_differ_exactly_where_specs_do(one, other):
    a, b = (sb.Pipeline.from_json(canonical(spec)) for spec in (one, other))
    assert (a.digest == b.digest) == (a == b) == (one == other)


def test_unfitted_statistics_survive_every_form():
    pipeline = sb.Pipeline([sb.Normalize()])
    assert '"mean":null' in pipeline.to_json()
    for same in (
        sb.Pipeline.from_json(pipeline.to_json()),
        sb.Pipeline.from_toml(pipeline.to_toml()),
        remade(pipeline),
    ):
        assert same == pipeline


def test_repr_leaves_out_defaults():
    assert repr(sb.Pipeline()) == "Pipeline([])"
    assert repr(EXAMPLE) == (
        "Pipeline([RandomFlip(), RandomRotation(degrees=(-20.0, 20.0)), RandomFlip(horizontal=0.0, vertical=0.25), "
        "Normalize(mean=(0.5,), std=(0.25,))], size=(8, 6), fill_mode='constant', fill_value=3.0)"
    )
    assert repr(sb.Pipeline(interpolation="nearest")) == "Pipeline([], interpolation='nearest')"
    assert repr(sb.Pipeline(resample="nearest")) == "Pipeline([], resample='nearest')"


def test_resample_follows_interpolation():
    assert sb.Pipeline(interpolation="nearest").resample == "nearest"
    assert sb.Pipeline(interpolation="nearest", resample="bilinear").resample == "bilinear"


def test_a_pipeline_is_immutable():
    for name in ("size", "transforms", "digest", "new"):
        with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
            setattr(EXAMPLE, name, None)
    assert not hasattr(EXAMPLE, "__dict__")
    assert EXAMPLE != "a pipeline"


def test_evaluation_leaves_out_what_is_random():
    pipeline = sb.Pipeline(
        [*(KINDS[kind].parse({"low": 1, "high": 1}) for kind in ("RandomZoom", "RandomBrightness")), sb.Rescale(2)],
        size=(5, 6),
        resample="nearest",
        fill_mode="wrap",
        dtype="float16",
        layout="channels_first",
    )
    expected = {
        **json.loads(pipeline.to_json()),
        "transforms": [{"kind": "Rescale", "id": "rescale", "scale": 2.0, "offset": 0.0}],
    }
    assert pipeline.evaluation().to_json() == canonical(expected)
    assert pipeline.evaluation().evaluation() == pipeline.evaluation()


@SETTINGS
@given(spec=SPECS)
def test_evaluation_draws_nothing(spec):
    pipeline = sb.Pipeline.from_json(canonical(spec)).evaluation()
    assert pipeline.params(seed=1, indices=[0]).names == ()
    assert [t for t in pipeline.transforms if type(t).__name__.startswith("Random")] == []


class TestApply:
    pipeline = sb.Pipeline(
        [sb.RandomFlip(), sb.RandomRotation(20), sb.RandomChannelShift(0.2), sb.Normalize(0.5, 0.25)]
    )

    def test_drawing_and_applying_is_calling(self, images_u8):
        params = self.pipeline.params(seed=7, epoch=3, indices=range(len(images_u8)))
        for threads in (None, 1, 2, 7):
            applied = self.pipeline.apply(images_u8, params, threads=threads)
            np.testing.assert_array_equal(applied, self.pipeline(images_u8, seed=7, epoch=3))
        assert applied.dtype == np.float32
        assert applied.shape == images_u8.shape

    def test_params_can_be_replayed_on_other_images(self, images_u8):
        params = self.pipeline.params(seed=7, indices=[5, 3])
        whole = self.pipeline(images_u8, seed=7)
        np.testing.assert_array_equal(self.pipeline.apply(images_u8[[5, 3]], params), whole[[5, 3]])

    def test_edited_params_are_what_counts(self, images_u8):
        flips = sb.Pipeline([sb.RandomFlip(0.5)], dtype="uint8")
        drawn = flips.params(seed=1, indices=range(2))
        edited = sb.Params(drawn.names, [[1.0, 0.0], [0.0, 1.0]], drawn.indices, seed=1)
        applied = flips.apply(images_u8[:2], edited)
        np.testing.assert_array_equal(applied[0], images_u8[0, :, ::-1])
        np.testing.assert_array_equal(applied[1], images_u8[1, ::-1])

    def test_the_value_range_counts(self, images_f32):
        scaled = (images_f32 * 2 - 1).astype(np.float32)
        pipeline = sb.Pipeline([sb.Normalize(0.0, 1.0)])
        with pytest.raises(sb.PixelError, match="outside the value range"):
            pipeline(scaled, seed=0)
        assert (pipeline(scaled, seed=0, value_range=(-1, 1)) >= 0).all()

    def test_grey_images_need_no_channel_axis(self, images_u8):
        grey = images_u8[..., 0]
        pipeline = sb.Pipeline([sb.RandomRotation(20)])
        np.testing.assert_array_equal(pipeline(grey, seed=1), pipeline(grey[..., np.newaxis], seed=1))

    def test_what_does_not_fit_is_refused(self, images_u8):
        params = self.pipeline.params(seed=7, indices=range(23))
        with pytest.raises(sb.ShapeError, match="23 rows of params and 22 images"):
            self.pipeline.apply(images_u8[1:], params)
        with pytest.raises(sb.SpecError, match=r"these params have the columns .* draws .* of 3 channels"):
            self.pipeline.apply(images_u8, self.pipeline.params(seed=7, indices=range(23), channels=1))
        with pytest.raises(sb.SpecError, match="params must be a Params table"):
            self.pipeline.apply(images_u8, params.values)
        with pytest.raises(sb.SpecError, match=r"threads .* from 1 to 1024, got 0"):
            self.pipeline.apply(images_u8, params, threads=0)
        with pytest.raises(sb.SpecError, match=r"Normalize .* is not fitted"):
            sb.Pipeline([sb.Normalize()])(images_u8, seed=0)


def test_fit_and_crops_in_the_spec():
    """`fit` stands there only where it says something, so that digests from before it stay."""
    plain = sb.Pipeline([], size=(9, 9), resample="lanczos")
    assert '"fit"' not in plain.to_json()
    assert "fit" not in repr(plain)
    padded = sb.Pipeline([], size=(9, 9), resample="lanczos", fit="pad")
    assert '"fit":"pad"' in padded.to_json()
    assert padded != plain
    for pipeline in (plain, padded):
        assert sb.Pipeline.from_json(pipeline.to_json()) == pipeline
        assert sb.Pipeline.from_toml(pipeline.to_toml()) == pipeline
        assert eval(repr(pipeline), vars(sb).copy()) == pipeline  # noqa: S307
    with pytest.raises(sb.SpecError, match="fit must be one of 'stretch', 'crop', 'pad'; got 'padded'"):
        sb.Pipeline([], size=(9, 9), fit="padded")


def test_what_evaluation_reads():
    """The random part goes, the middle stays."""
    kept = {"size": (9, 9), "resample": "bicubic", "fit": "crop"}
    random = sb.Pipeline([sb.RandomResizedCrop(), sb.RandomFlip(), sb.Rescale(1 / 255)], **kept)
    assert random.evaluation() == sb.Pipeline([sb.Rescale(1 / 255)], **kept)
    middle = sb.Pipeline([sb.CenterCrop(5), sb.RandomFlip()], **kept)
    assert middle.evaluation() == sb.Pipeline([sb.CenterCrop(5)], **kept)


def test_what_stands_around_a_padded_image_is_a_pixel():
    images = np.zeros((2, 8, 9, 3), np.uint8)
    for fill, told in ((-1.0, "outside the source's value range"), (0.5, "must be a whole number")):
        with pytest.raises(sb.SpecError, match=told):
            sb.Pipeline([], size=(9, 9), fit="pad", fill_value=fill)(images, seed=0)
        sb.Pipeline([], size=(9, 9), fit="crop", fill_value=fill)(images, seed=0)

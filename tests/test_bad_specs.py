"""Specs and arguments of a pipeline that are refused, and in which words."""

import numpy as np
import pytest

import samebatch as sb
from samples import BY_HAND


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"stream":1,"transforms":[],"fill_mod":"wrap"}', r"unknown key 'fill_mod' .*did you mean 'fill_mode'"),
        ('{"transforms":[]}', "the key 'stream' is missing .* stream = 1"),
        ('{"stream":1}', "the key 'transforms' is missing"),
        ('{"stream":2,"transforms":[]}', "knows stream 1 only, and the spec says 2; use the version that wrote it"),
        ('{"stream":true,"transforms":[]}', "the spec says True"),
        ('{"stream":1.0,"transforms":[]}', "the spec says 1.0"),
        ('{"stream":"1","transforms":[]}', "the spec says '1'"),
        ('{"stream":1,"transforms":{}}', "transforms must be a list"),
        ('{"stream":1,"transforms":[1]}', r"transforms\[0\] must be an object with a kind, got 1"),
        ('{"stream":1,"transforms":[{"id":"a"}]}', r"transforms\[0\]: the key 'kind' is missing; kinds are RandomFlip"),
        (
            '{"stream":1,"transforms":[{"kind":"RandomRotate"}]}',
            r"transforms\[0\]: unknown kind 'RandomRotate' \(did you mean 'RandomRotation'\?\)",
        ),
        ('{"stream":1,"transforms":[{"kind":["RandomFlip"]}]}', r"unknown kind \['RandomFlip'\]"),
        (
            '{"stream":1,"transforms":[{"kind":"RandomFlip","horizontl":1}]}',
            r"transforms\[0\]: RandomFlip: unknown key 'horizontl' \(did you mean 'horizontal'\?\)",
        ),
        (
            '{"stream":1,"transforms":[{"kind":"Rescale","scale":1},{"kind":"RandomZoom","low":1}]}',
            r"transforms\[1\]: RandomZoom: the key 'high' is missing",
        ),
        ('{"stream":1,"transforms":[{"kind":"Rescale","scale":"1"}]}', r"transforms\[0\]: Rescale: scale must be"),
        ('{"stream":1,"transforms":[{"kind":"Rescale","scale":1,"id":3}]}', "id must be 1 to 64 characters"),
        ('{"stream":1,"transforms":[{"kind":"RandomQuarterTurn","turns":1}]}', "turns must be"),
        ('{"stream":1,"transforms":[],"size":[0,3]}', "size, height must be a whole number from 1 to 16384, got 0"),
        ('{"stream":1,"transforms":[],"fill_value":NaN}', "a number that is not finite: NaN"),
        ('{"stream":1,"transforms":[],"fill_value":1e999}', "fill_value must be a finite number, got inf"),
        ('{"stream":1,"stream":1,"transforms":[]}', "the key 'stream' stands twice"),
        ("[]", "a spec must be an object"),
        ("{", "the spec is not JSON: .*line 1 column 2"),
        (b"{}", "a spec must be text"),
    ],
)
def test_json_that_is_refused(text, told):
    with pytest.raises(sb.SpecError, match=told):
        sb.Pipeline.from_json(text)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("stream = 1", "stream = 2", "knows stream 1 only"),
        ("stream = 1\n", "", "'stream' is missing"),
        ("fill_mode", "fillmode", r"unknown key 'fillmode' .*did you mean 'fill_mode'"),
        ('"constant"', '"edge"', "fill_mode must be one of 'nearest', 'constant', 'reflect', 'wrap'; got 'edge'"),
        ("low = -20", "low = 30", r"low <= high, got \(30.0, 20.0\)"),
        ("low = -20", "low = nan", "RandomRotation: degrees, low must be a finite number"),
        ("low = -20\n", "", r"transforms\[1\]: RandomRotation: the key 'low' is missing"),
        ('kind = "Normalize"', 'kind = "Normalise"', "did you mean 'Normalize'"),
        ("high = 20", "high = ", "the spec is not TOML: "),
    ],
)
def test_toml_that_is_refused(old, new, told):
    assert old in BY_HAND
    with pytest.raises(sb.SpecError, match=told):
        sb.Pipeline.from_toml(BY_HAND.replace(old, new, 1))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: sb.Pipeline(sb.RandomFlip()), r"must be a list of transforms, got one; write \[RandomFlip\(\)\]"),
        (lambda: sb.Pipeline(3), "must be a list of transforms, got 3"),
        (lambda: sb.Pipeline([sb.RandomFlip]), r"transforms\[0\] is the class RandomFlip; make one"),
        (
            lambda: sb.Pipeline([sb.RandomFlip(), "flip"]),
            r"transforms\[1\] must be a transform of samebatch, got 'flip'",
        ),
        (lambda: sb.Pipeline(size=224), "size must be .height, width. or None, got 224"),
        (lambda: sb.Pipeline(size=(224, 16385)), "size, width must be a whole number from 1 to 16384, got 16385"),
        (lambda: sb.Pipeline(size=(224.0, 224)), "size, height must be a whole number from 1 to 16384, got 224.0"),
        (
            lambda: sb.Pipeline(interpolation="bicubic"),
            "interpolation must be one of 'bilinear', 'nearest'; got 'bicubic'",
        ),
        (lambda: sb.Pipeline(resample="linear"), "resample must be one of .*did you mean 'bilinear'"),
        (lambda: sb.Pipeline(fill_mode=0), "fill_mode must be one of"),
        (lambda: sb.Pipeline(fill_value=np.nan), "fill_value must be a finite number, got nan"),
        (lambda: sb.Pipeline(dtype="float64"), "dtype must be one of .* got 'float64'"),
        (lambda: sb.Pipeline(dtype=np.float32), "dtype must be one of"),
        (lambda: sb.Pipeline(layout="channel_first"), "layout must be one of .*did you mean 'channels_first'"),
    ],
)
def test_arguments_that_are_refused(make, told):
    with pytest.raises(sb.SpecError, match=told):
        make()

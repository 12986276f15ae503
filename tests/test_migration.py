"""Code as people write it for Keras' ImageDataGenerator runs with samebatch's: only the import changes.

Each module of migration/snippets has a ``run(ImageDataGenerator, scene)`` that says what it saw.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

HERE = Path(__file__).parent / "migration"
sys.path[:0] = [str(HERE), str(HERE / "snippets")]
pytest.importorskip("torch", reason="PyTorch is not installed")
with pytest.MonkeyPatch.context() as environment:
    environment.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras", reason="Keras is not installed")

import album  # noqa: E402 (these lie there)
import facts  # noqa: E402
from keras.src.legacy.preprocessing import image as legacy  # noqa: E402

import samebatch.keras  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # PyTorch's, in predict
    pytest.mark.filterwarnings("ignore:.shuffle=True. was passed:UserWarning"),  # Keras', of a plain generator
]

KERAS = SimpleNamespace(**vars(keras.preprocessing.image), ImageDataGenerator=legacy.ImageDataGenerator)
RUN_OUT = "Your input ran out of data"  # what Keras warns of where steps_per_epoch leaves a batch over
SNIPPETS = sorted(path.stem for path in (HERE / "snippets").glob("*.py"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("album")
    album.fill(made)
    return made


def saw(snippet, generator, image, folder, place):
    """What a snippet reports, and what it prints."""
    place.mkdir(parents=True)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        result = importlib.import_module(snippet).run(generator, album.Scene(image, place, folder))
    return result | {"printed": printed.getvalue()}


@functools.cache
def with_keras(snippet, folder, place):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras' class uses what SciPy deprecates
        warnings.filterwarnings("ignore", RUN_OUT, UserWarning)
        return saw(snippet, KERAS.ImageDataGenerator, KERAS, folder, place)


@pytest.mark.parametrize("compat", [None, "keras3"])
@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_sees_what_it_saw_with_keras(snippet, compat, folder, tmp_path):
    theirs = with_keras(snippet, folder, folder.parent / f"theirs-{snippet}")
    made = functools.partial(samebatch.keras.ImageDataGenerator, **({"compat": compat} if compat else {}))
    with warnings.catch_warnings():
        if compat:
            warnings.filterwarnings("ignore", RUN_OUT, UserWarning)
        ours = saw(snippet, made, samebatch.keras, folder, tmp_path / "ours")
    facts.compare(theirs, ours, snippet)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"x": np.zeros((2, 3), np.float32), "n": 3}, "dtype"),
        ({"x": np.zeros((3, 2)), "n": 3}, "shape"),
        ({"x": np.full((2, 3), 9.0), "n": 3}, "least"),
        ({"x": np.zeros((2, 3)), "n": 4}, "expected 3"),
        ({"x": np.zeros((2, 3)), "n": np.int64(3)}, "expected 3"),
        ({"n": 3}, "seen"),
    ],
)
def test_the_comparison_sees_a_difference(other, words):
    theirs = {"x": np.zeros((2, 3)), "n": 3}
    facts.compare(theirs, {"x": np.zeros((2, 3)), "n": 3}, "seen")
    with pytest.raises(AssertionError, match=words):
        facts.compare(theirs, other, "seen")

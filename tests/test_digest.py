"""Digests: what they are taken of, and that they are equal wherever the numbers are."""

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
from strategies import SETTINGS

X = np.arange(2 * 2 * 3 * 3, dtype=np.float32).reshape(2, 2, 3, 3) / 7
Y = np.array([3, 1], np.int64)
W = np.array([0.5, 2.0], np.float32)


def test_it_is_the_hash_that_is_written_down():
    little = X.astype("<f4").tobytes()
    expected = blake2b(b"x float32 2,2,3,3;" + little, digest_size=16)
    assert sb.digest(X) == expected.hexdigest()
    expected.update(b"y int64 2;" + Y.astype("<i8").tobytes())
    assert sb.digest(X, Y) == expected.hexdigest()
    expected.update(b"weights float32 2;" + W.astype("<f4").tobytes())
    assert sb.digest(X, Y, W) == expected.hexdigest()


def test_it_never_changes():
    assert sb.digest(X, Y, W) == "7c91aaa9cb688b272a68396e15651f6e"


@pytest.mark.parametrize(
    "same",
    [
        X.astype(">f4"),
        np.asfortranarray(X),
        np.repeat(X, 2, axis=2)[:, :, ::2],
        X[::-1].copy()[::-1],
    ],
)
def test_memory_does_not_count(same):
    assert sb.digest(same) == sb.digest(X)


@SETTINGS
@given(shape=st.tuples(*[st.integers(0, 4)] * 4), seed=st.integers(0, 99))
def test_layouts_are_equal(shape, seed):
    x = np.random.default_rng(seed).random(shape, np.float32)
    first = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    assert sb.digest(first, layout="channels_first") == sb.digest(x)
    if x.size and shape[1:] != (1, 1, shape[3]) and first.shape != x.shape:
        assert sb.digest(first) != sb.digest(x)


@pytest.mark.parametrize(
    "other",
    [
        (X + np.float32(1e-6), Y, W),
        (-X, Y, W),
        (X.astype(np.float64), Y, W),
        (X.reshape(2, 3, 2, 3), Y, W),
        (X[::-1], Y, W),
        (X, Y[::-1], W),
        (X, Y.astype(np.int32), W),
        (X, Y, W[::-1]),
        (X, Y, None),
        (X, None, W),
        (X, W, Y),
        (X, None, None),
    ],
)
def test_everything_else_counts(other):
    assert sb.digest(*other) != sb.digest(X, Y, W)


def test_a_negative_zero_counts():
    assert sb.digest(np.zeros((1, 1, 1))) != sb.digest(-np.zeros((1, 1, 1)))


def test_bits_of_bfloat16_count_as_such():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    numbers = X.astype(ml_dtypes.bfloat16)
    assert sb.digest(numbers.view(np.uint16)) == sb.digest(numbers)
    expected = blake2b(b"x bfloat16 2,2,3,3;" + numbers.tobytes(), digest_size=16)
    assert sb.digest(numbers) == expected.hexdigest()
    labels = Y.astype(np.uint16)
    assert sb.digest(X, labels) != sb.digest(X, labels.view(ml_dtypes.bfloat16)), "labels of uint16 are numbers"


def test_torch_bfloat16():
    ml_dtypes, torch = pytest.importorskip("ml_dtypes"), pytest.importorskip("torch")
    odd = np.array([[[0.0, -0.0, np.inf, -np.inf, 1e-40, -3.5]]], np.float32)
    for values in (X, odd):
        numbers = values.astype(ml_dtypes.bfloat16)
        tensor = torch.from_numpy(numbers.astype(np.float32)).to(torch.bfloat16)
        assert sb.digest(tensor) == sb.digest(numbers)
        assert sb.digest(X, tensor) == sb.digest(X, numbers)


def test_torch_tensors():
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(X.copy()).requires_grad_()
    assert sb.digest(x, torch.from_numpy(Y.copy()), torch.from_numpy(W.copy())) == sb.digest(X, Y, W)
    assert sb.digest(x.permute(0, 3, 1, 2), layout="channels_first") == sb.digest(X)
    assert sb.digest(x.half()) == sb.digest(X.astype(np.float16))


def test_what_numpy_takes():
    assert sb.digest(memoryview(np.ascontiguousarray(X))) == sb.digest(X)
    assert sb.digest(X.tolist()) == sb.digest(X.astype(np.float64))


def test_a_batch_has_that_of_its_arrays(images_u8, labels):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    source = sb.ArraySource(images_u8, labels, np.linspace(0, 1, 23))
    pipeline = sb.Pipeline([sb.RandomFlip(), sb.Rescale(1 / 255)], layout="channels_first", dtype="bfloat16")
    batch = sb.Batches(source, pipeline, batch_size=8).batch(0, 0)
    assert batch.x.dtype == np.uint16
    expected = sb.digest(batch.x.view(ml_dtypes.bfloat16).transpose(0, 2, 3, 1), batch.y, batch.weights)
    assert batch.digest() == expected


@pytest.mark.parametrize(
    ("make", "error", "told"),
    [
        (lambda: sb.digest(X, layout="first"), sb.SpecError, "layout must be one of"),
        (lambda: sb.digest(X[0, 0]), sb.ShapeError, r"x must have rank 3 or more .* shape \(3, 3\)"),
        (lambda: sb.digest(X.astype(object)), sb.PixelError, "x has dtype object"),
        (lambda: sb.digest(X, np.array(["a", None])), sb.PixelError, "y has dtype object"),
    ],
)
def test_what_is_refused(make, error, told):
    with pytest.raises(error, match=told):
        make()

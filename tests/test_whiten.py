"""Whiten as users have it: a value with its numbers beside the spec, fitted to any source, saved and brought back."""

import copy
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

import samebatch as sb
import whitenings
from handwritten import canonical, spec_of
from picture_files import misnamed, pictures
from samebatch import _native, reference

RNG = np.random.default_rng(5)
IMAGES = RNG.integers(0, 256, (37, 4, 5, 3), dtype=np.uint8)
SOURCE = sb.ArraySource(IMAGES)
SCALE = sb.Rescale(1 / 255)
WHITEN = sb.Whiten(RNG.normal(size=(60, 60)), RNG.random(60))
PIPELINE = sb.Pipeline([sb.RandomFlip(), SCALE, WHITEN])


def test_it_keeps_its_numbers_and_nobody_writes_them():
    matrix, mean = np.eye(3, order="F"), np.float32([1, 2, 3])
    whiten = sb.Whiten(matrix, mean)
    matrix[0, 1], mean[0] = 7.0, 7.0
    np.testing.assert_array_equal(whiten.matrix, np.eye(3, dtype=np.float32))
    np.testing.assert_array_equal(whiten.mean, np.float32([1, 2, 3]))
    for same in (whiten, pickle.loads(pickle.dumps(whiten)), copy.deepcopy(whiten)):  # noqa: S301 (our own)
        for array in (same.matrix, same.mean):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1.0
    assert not sb.Whiten(np.eye(2)).mean.any()
    assert (whiten.features, whiten.fitted, sb.Whiten().fitted) == (3, True, False)


def test_the_digest_is_that_of_the_rule():
    assert WHITEN.digest == whitenings.digest(WHITEN.mean, WHITEN.matrix)
    assert _native.Whitening(WHITEN.mean, WHITEN.matrix).digest == WHITEN.digest
    assert sb.Whiten(WHITEN.matrix, WHITEN.mean, features=60, digest=WHITEN.digest) == WHITEN
    other = WHITEN.matrix.copy()
    other[59, 59] = np.nextafter(other[59, 59], np.float32(9))
    assert sb.Whiten(other, WHITEN.mean) != WHITEN
    assert sb.Whiten(WHITEN.matrix) != WHITEN
    assert sb.Whiten(WHITEN.matrix, WHITEN.mean, id="other") != WHITEN
    assert sb.Pipeline([sb.Whiten(other)]).digest != sb.Pipeline([WHITEN]).digest


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: sb.Whiten(mean=[1.0]), "Whiten: matrix is missing"),
        (lambda: sb.Whiten(np.zeros((2, 3))), r"matrix must have shape \(D, D\), got \(2, 3\)"),
        (lambda: sb.Whiten(np.zeros(4)), r"matrix must have shape \(D, D\), got \(4,\)"),
        (lambda: sb.Whiten(np.zeros((0, 0))), "matrix must be 1 to 4096 a side, got 0"),
        (lambda: sb.Whiten(np.broadcast_to(0.0, (4097, 4097))), "1 to 4096 a side, got 4097; .* size="),
        (lambda: sb.Whiten(np.eye(3), np.zeros(2)), r"mean must have shape \(3,\).* got \(2,\)"),
        (lambda: sb.Whiten(np.eye(3), np.zeros((1, 1, 3))), r"got \(1, 1, 3\); flatten"),
        (lambda: sb.Whiten([[1.0, np.nan], [0, 1]]), r"matrix must be finite in float32, and at \(0, 1\) it is nan"),
        (lambda: sb.Whiten(np.eye(2), [0.0, 1e39]), r"mean must be finite in float32, and at \(1,\) it is 1e\+39"),
        (lambda: sb.Whiten("matrix"), "matrix must be an array of real numbers"),
        (lambda: sb.Whiten([[1j]]), "matrix must be an array of real numbers"),
        (lambda: sb.Whiten([[True]]), "matrix must be an array of real numbers"),
        (lambda: sb.Whiten([[1.0], [1.0, 2.0]]), "matrix must be an array of numbers"),
        (lambda: sb.Whiten(features=3), "features and digest together"),
        (lambda: sb.Whiten(features=4097, digest="0" * 32), "features must be a whole number from 1 to 4096"),
        (lambda: sb.Whiten(features=3, digest="0" * 31), "digest must be 32 digits"),
        (lambda: sb.Whiten(features=3, digest=7), "digest must be 32 digits"),
        (lambda: sb.Whiten(np.eye(3), features=3, digest="0" * 32), "have the digest [0-9a-f]{32}, and not 0000"),
        (lambda: sb.Pipeline([sb.Whiten(np.eye(3))], dtype="uint8"), "Whiten .* makes, small numbers around 0"),
        (lambda: sb.Batches(SOURCE, sb.Pipeline([sb.Whiten()])), r"has no matrix; use Whiten.fit\(source\)"),
        (lambda: sb.Batches(SOURCE, sb.Pipeline([sb.Whiten(np.eye(3))])), "3 numbers, and these are 4 x 5 x 3 .* 60"),
    ],
)
def test_what_is_refused_and_how(make, told):
    with pytest.raises(sb.SpecError, match=told):
        make()


def test_batches_are_those_of_the_reference_in_every_process():
    batches = sb.Batches(SOURCE, PIPELINE, batch_size=20, seed=3, threads=2)
    for same in (batches, pickle.loads(pickle.dumps(batches)), batches.evaluation()):  # noqa: S301 (our own)
        for step in range(2):
            np.testing.assert_array_equal(same.batch(1, step).x, reference.batch(same, 1, step)[0])
    batch = batches.batch(1, 0)
    np.testing.assert_array_equal(PIPELINE.apply(IMAGES[batch.indices], batch.params), batch.x)


def test_a_pipeline_is_brought_back_with_its_matrix(tmp_path):
    WHITEN.save(tmp_path / "white")  # the name is kept as it is
    assert [path.name for path in tmp_path.iterdir()] == ["white"]
    loaded = sb.Whiten.load(tmp_path / "white")
    assert loaded == WHITEN
    np.testing.assert_array_equal(np.load(tmp_path / "white"), np.concatenate([WHITEN.mean[None], WHITEN.matrix]))
    named = sb.Pipeline.from_toml(PIPELINE.to_toml())
    assert named == PIPELINE
    assert named.params(seed=1, indices=range(3)) == PIPELINE.params(seed=1, indices=range(3))
    for same in (named, named.evaluation(), pickle.loads(pickle.dumps(named))):  # noqa: S301 (our own)
        with pytest.raises(sb.SpecError, match=rf"digest {WHITEN.digest}: .*from_toml\(text, whiten=Whiten.load\(path"):
            sb.Batches(SOURCE, same)
    with pytest.raises(sb.SpecError, match="has no matrix to save; its spec names one of 60 x 60 numbers"):
        named.whiten.save(tmp_path / "nothing")
    for whole in (
        sb.Pipeline.from_toml(PIPELINE.to_toml(), whiten=loaded),
        sb.Pipeline.from_json(PIPELINE.to_json(), whiten=sb.Whiten(WHITEN.matrix, WHITEN.mean, id="another")),
    ):
        assert whole == PIPELINE
        expected = sb.Batches(SOURCE, PIPELINE).batch(0, 0).digest()
        assert sb.Batches(SOURCE, whole).batch(0, 0).digest() == expected


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (sb.Whiten(np.eye(60)), f"names the matrix with the digest {WHITEN.digest}; the one given has [0-9a-f]"),
        (sb.Whiten(), "whiten must be a Whiten with its matrix"),
        ("white.npy", "whiten must be a Whiten with its matrix, as Whiten.load returns it; got 'white.npy'"),
    ],
)
def test_another_matrix_than_the_text_names_is_refused(given, told):
    with pytest.raises(sb.SpecError, match=told):
        sb.Pipeline.from_toml(PIPELINE.to_toml(), whiten=given)


def test_a_matrix_for_a_text_that_names_none_is_refused():
    with pytest.raises(sb.SpecError, match="the digest none: it has no Whiten; the one given has"):
        sb.Pipeline.from_toml(sb.Pipeline([SCALE]).to_toml(), whiten=WHITEN)


@pytest.mark.parametrize("damage", ["text", "cut", "objects", "float64", "line", "square", "nan", "bundle"])
def test_files_that_hold_no_whitening(tmp_path, damage):
    path = tmp_path / "white.npy"
    WHITEN.save(path)
    rows = np.load(path)
    arrays = {
        "objects": np.array([[None]], object),
        "float64": rows.astype(np.float64),
        "line": rows[0],
        "square": rows[1:],
        "nan": np.where(rows == rows[3, 3], np.float32(np.nan), rows),
    }
    if damage == "text":
        path.write_text("white")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif damage == "bundle":
        with path.open("wb") as file:
            np.savez(file, rows)
    else:
        np.save(path, arrays[damage], allow_pickle=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # NumPy leaves a bundle open
        with pytest.raises(
            sb.SpecError, match=r"white.npy (holds no|must have one row more)|at \(\d+, \d+\) it is nan"
        ):
            sb.Whiten.load(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        sb.Whiten.load(tmp_path / "white.npy")
    with pytest.raises(FileNotFoundError):
        WHITEN.save(tmp_path / "no folder" / "white.npy")


NATIVE = [
    (lambda m: (m.astype(np.float64), WHITEN.mean), sb.SpecError, "matrix must be of dtype float32"),
    (lambda m: (m[1:], WHITEN.mean), sb.ShapeError, r"matrix must have shape \[60, 60\]"),
    (lambda m: (m[0], WHITEN.mean), sb.ShapeError, "matrix must have 2 axes"),
    (lambda m: (np.where(m == m[0, 0], np.float32(np.inf), m), WHITEN.mean), sb.SpecError, "must be finite"),
    (lambda _: (np.zeros((0, 0), np.float32), np.zeros(0, np.float32)), sb.ShapeError, "1 to 4096"),
]


@pytest.mark.parametrize(("change", "error", "told"), NATIVE)
def test_the_core_checks_once_more(change, error, told):
    matrix, mean = change(WHITEN.matrix)
    with pytest.raises(error, match=told):
        _native.Whitening(mean, matrix)


def test_the_core_whitens_with_no_other_matrix():
    spec = canonical(spec_of(whitenings.transform(60)))
    bound = (spec, 4, 5, 3, "uint8", 0.0, 255.0)
    with pytest.raises(sb.SpecError, match=r"matrix of digest [0-9a-f]{32}, and there is none"):
        _native.Pipeline(*bound)
    with pytest.raises(sb.SpecError, match=rf"and that of {WHITEN.digest} is given"):
        _native.Pipeline(*bound, WHITEN.native())
    with pytest.raises(sb.SpecError, match=r"numbers, and these are \[4, 5, 1\]"):
        _native.Pipeline(spec, 4, 5, 1, *bound[4:], whitenings.native(spec_of(whitenings.transform(60))))


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_first_sample_that_fails_is_named(threads):
    """Pixels are looked at before a group is whitened, and what is whitened beyond float32 may stand before them."""
    images = np.ones((40, 1, 2, 1), np.float32)
    images[[7, 30], 0, 0, 0] = 4e8
    images[25, 0, 0, 0] = np.nan
    source = sb.ArraySource(images, value_range=(0.0, 1e9))
    pipeline = sb.Pipeline([sb.Whiten([[1e30, 0.0], [0.0, 1.0]])])
    batches = sb.Batches(source, pipeline, batch_size=40, shuffle=False, threads=threads)
    rows = range(40)
    for order, told in (
        (rows, "sample 7: its whitened"),
        (rows[8:], "sample 25: pixel at"),
        (rows[26:], "sample 30: "),
    ):
        with pytest.raises(sb.PixelError, match=told):
            batches.samples(0, list(order))
    for wrong in (7, 30):
        with pytest.raises(sb.PixelError, match="whitened numbers are beyond float32"):
            reference.render_rows(
                spec_of(whitenings.known(pipeline.whiten.mean, pipeline.whiten.matrix)),
                images,
                [wrong],
                np.zeros((1, 0)),
                (0.0, 1e9),
                (pipeline.whiten.mean, pipeline.whiten.matrix),
            )


def test_a_rescale_after_it_may_not_leave_float32():
    pipeline = sb.Pipeline([sb.Whiten(1e12 * np.eye(60)), sb.Rescale(1e27)])
    with pytest.raises(sb.PixelError, match="whitened numbers are beyond float32"):
        sb.Batches(SOURCE, pipeline).batch(0, 0)
    dark = sb.ArraySource(np.zeros((1, 4, 5, 3), np.float32), value_range=(0.0, 1e-31))
    batches = sb.Batches(dark, sb.Pipeline([WHITEN, sb.Rescale(1e30), sb.Rescale(1e30)]))
    for make in (lambda: batches.batch(0, 0), lambda: reference.batch(batches, 0, 0)):
        with pytest.raises(sb.SpecError, match="compose to numbers beyond float32"):
            make()


@pytest.mark.parametrize("threads", [1, 3])
def test_broken_files_are_passed_over(tmp_path, threads):
    paths = pictures(tmp_path)
    for number in (0, 1, 5, len(paths) - 1):
        misnamed(paths[number])
    source = sb.FileSource(paths, on_error="skip")
    pipeline = sb.Pipeline([SCALE], size=(4, 5))
    with pytest.warns(sb.SkippedFilesWarning, match=f"4 of {len(paths)} files .* out of the whitening"):
        whiten = sb.Whiten.fit(source, pipeline=pipeline, threads=threads)
    rest = np.delete(np.arange(len(paths)), [0, 1, 5, len(paths) - 1])
    images = sb.Batches(source, pipeline, threads=threads).samples(0, rest).x
    assert whiten == sb.Whiten.fit(sb.ArraySource(images))
    batches = sb.Batches(
        source, sb.Pipeline([*pipeline.transforms, whiten], size=(4, 5)), batch_size=11, threads=threads
    )
    for step in range(batches.steps):
        np.testing.assert_array_equal(batches.batch(0, step).x, reference.batch(batches, 0, step)[0])


def test_fit_takes_images_as_the_pipeline_leaves_them():
    images = np.random.default_rng(1).integers(0, 256, (300, 9, 8, 3), dtype=np.uint8)
    source = sb.ArraySource(images)
    before = [sb.RandomFlip(), SCALE, sb.Standardize(), sb.Rescale(2.0)]
    fitted = sb.Whiten.fit(
        source, pipeline=sb.Pipeline([*before, sb.Whiten(), sb.Rescale(3.0)], size=(4, 5), dtype="float16")
    )
    made = sb.Batches(source, sb.Pipeline(before[1:], size=(4, 5)), batch_size=300, shuffle=False).batch(0, 0).x
    same = sb.Whiten.fit(sb.ArraySource(made, value_range=(-99.0, 99.0)), id="own")
    assert fitted.digest == same.digest
    assert (fitted.id, same.id) == (None, "own")
    assert sb.Whiten.fit(source, pipeline=sb.Pipeline(before, size=(4, 5), layout="channels_first")) == fitted
    for threads in (1, 2, 7):
        assert sb.Whiten.fit(source, pipeline=sb.Pipeline(before, size=(4, 5)), threads=threads) == fitted


def test_fit_sums_up_blocks_in_order():
    """Blocks of 256 images: the sums say so to the last bit."""
    images = np.random.default_rng(2).random((600, 3, 2, 1), dtype=np.float32)
    flat = images.reshape(600, 6).astype(np.float64)
    near, total, products = flat[:256].mean(axis=0), np.zeros(6), np.zeros((6, 6))
    for first in (0, 256, 512):
        block = flat[first : first + 256] - near
        total, products = total + block.sum(axis=0), products + block.T @ block
    fitted = sb.Whiten.fit(sb.ArraySource(images))
    np.testing.assert_array_equal(fitted.mean, (near + total / 600).astype(np.float32))
    about = products / 600 - np.outer(total / 600, total / 600)
    values, vectors = np.linalg.eigh(about)
    expected = (vectors / (np.sqrt(values) + 1e-6 / np.sqrt(600))) @ vectors.T
    np.testing.assert_array_equal(fitted.matrix, expected.astype(np.float32))


@pytest.mark.parametrize("center", [True, False])
def test_directions_without_variance_come_out_as_nothing(center):
    """Fewer images than numbers, and a corner that never changes: what is new there is not blown up."""
    images = np.random.default_rng(3).integers(1, 256, (12, 4, 4, 1), dtype=np.uint8)
    images[:, 0, 0] = 0
    whiten = sb.Whiten.fit(sb.ArraySource(images), pipeline=sb.Pipeline([SCALE]), center=center)
    assert np.linalg.matrix_rank(whiten.matrix.astype(np.float64), tol=1e-3) == (11 if center else 12)
    assert np.abs(whiten.matrix).max() < 1e3
    assert np.abs(whiten.matrix[0]).max() < 1e-3


@pytest.mark.parametrize(
    ("fit", "error", "told"),
    [
        (lambda: sb.Whiten.fit(IMAGES), sb.SpecError, "source must be a source"),
        (lambda: sb.Whiten.fit(SOURCE, pipeline=[SCALE]), sb.SpecError, "pipeline must be a Pipeline or None"),
        (
            lambda: sb.Whiten.fit(SOURCE, pipeline=sb.Pipeline([sb.Normalize()])),
            sb.SpecError,
            "Normalize .* not fitted",
        ),
        (lambda: sb.Whiten.fit(SOURCE, epsilon=-1), sb.SpecError, "Whiten.fit: epsilon must be .* got -1"),
        (lambda: sb.Whiten.fit(SOURCE, center=1), sb.SpecError, "Whiten.fit: center must be True or False"),
        (lambda: sb.Whiten.fit(SOURCE, progress="yes"), sb.SpecError, "progress .* must be True or False"),
        (lambda: sb.Whiten.fit(SOURCE, threads=0), sb.SpecError, "threads .* from 1 to 1024"),
        (lambda: sb.Whiten.fit(sb.ArraySource(IMAGES[:1].repeat(3, 0))), sb.PixelError, "all images are equal"),
        (lambda: sb.Whiten.fit(sb.ArraySource(IMAGES[:1])), sb.PixelError, "all images are equal"),
        (
            lambda: sb.Whiten.fit(SOURCE, pipeline=sb.Pipeline(size=(37, 37))),
            sb.SpecError,
            r"have 4107 numbers each .* at most 4096 .* smaller size=",
        ),
        (
            lambda: sb.Whiten.fit(sb.ArraySource(np.full((2, 3, 3, 1), np.nan, np.float32))),
            sb.PixelError,
            "sample 0: pixel at row 0",
        ),
    ],
)
def test_what_cannot_be_fitted(fit, error, told):
    with pytest.raises(error, match=told):
        fit()


def test_fit_shows_its_progress(capsys):
    sb.Whiten.fit(SOURCE, progress=True)
    assert "37 of 37 images" in capsys.readouterr().err
    sb.Whiten.fit(SOURCE, progress=False)
    assert not capsys.readouterr().err


SPAWNED = """
import pickle, sys
print(pickle.load(sys.stdin.buffer).batch(2, 1).digest())
"""


def test_another_process_makes_the_same():
    batches = sb.Batches(SOURCE, PIPELINE, batch_size=16)
    done = subprocess.run(
        [sys.executable, "-c", SPAWNED], input=pickle.dumps(batches), capture_output=True, check=True, timeout=100
    )
    assert done.stdout.decode().strip() == batches.batch(2, 1).digest()

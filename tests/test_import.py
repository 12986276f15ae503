"""What importing samebatch imports, and what is said when something is missing."""

import subprocess
import sys

import pytest

import samebatch as sb

FRAMEWORKS = (
    "tensorflow",
    "keras",
    "torch",
    "jax",
    "grain",
    "ml_dtypes",
    "scipy",
    "pandas",
    "sklearn",
    "rich",
    "PIL",
    "tomllib",
    "tomli",
    "ray",
)


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_no_framework_is_imported():
    assert run(f"import sys, samebatch; print([name for name in {FRAMEWORKS} if name in sys.modules])") == "[]"


def test_making_a_batch_imports_none_either():
    code = (
        "import sys, numpy, samebatch as sb\n"
        "source = sb.ArraySource(numpy.zeros((4, 5, 5, 3), 'uint8'), [0, 1, 2, 3])\n"
        "pipeline = sb.Pipeline([sb.RandomFlip(), sb.Rescale(1 / 255)], size=(3, 3))\n"
        "batch = sb.Batches(source, pipeline, batch_size=2).batch(0, 0)\n"
        "batch.digest(), str(batch.params), pipeline.to_toml()\n"
        f"print([name for name in {FRAMEWORKS} if name in sys.modules])"
    )
    assert run(code) == "[]"


@pytest.mark.parametrize(
    ("name", "framework"),
    [("torch", "PyTorch"), ("keras", "Keras"), ("tensorflow", "TensorFlow"), ("grain", "Grain"), ("ray", "Ray")],
)
@pytest.mark.parametrize("touch", ["samebatch.{}", "__import__('samebatch.{}')"])
def test_a_missing_framework_is_named_with_its_extra(name, framework, touch):
    code = (
        f"import sys, samebatch; sys.modules[{name!r}] = None\n"
        f"try: {touch.format(name)}\n"
        "except ImportError as error: print(error)"
    )
    told = run(code)
    assert framework in told
    assert f'pip install "samebatch[{name}]"' in told


def test_touching_a_submodule_imports_it():
    code = "import sys, samebatch; print('samebatch.reference' in sys.modules, samebatch.reference.__name__)"
    assert run(code) == "False samebatch.reference"


def test_other_names_are_unknown():
    with pytest.raises(AttributeError, match="module 'samebatch' has no attribute 'tourch'"):
        sb.tourch  # noqa: B018


def test_all_public_names_are_there_and_documented():
    assert sorted(sb.__all__) == sorted(set(sb.__all__))
    assert set(sb.__all__) <= set(dir(sb))
    for name in set(sb.__all__) - {"grain", "keras", "ray", "tensorflow", "torch"}:
        assert getattr(sb, name).__doc__
    for name in ("errors", "Batches", "Pipeline"):
        assert hasattr(sb, name)


def test_it_knows_its_version():
    assert sb.__version__.count(".") >= 2


def test_errors_are_value_errors():
    for error in (sb.SpecError, sb.ShapeError, sb.PixelError, sb.DecodeError):
        assert issubclass(error, ValueError)
        assert error.__module__ == "samebatch.errors"

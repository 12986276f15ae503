"""Which packages are installed, told from their metadata: nothing is imported to find out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import metadata


@dataclass(frozen=True)
class Package:
    """A package that samebatch can work with.

    Attributes:
        name: the name it is known under.
        install: what to give to ``pip install``.
        distributions: the names it is published under; the first one installed counts.
    """

    name: str
    install: str
    distributions: tuple[str, ...]

    def installed(self) -> tuple[str, str] | None:
        """Return (distribution, version) of what is installed, or None."""
        for distribution in self.distributions:
            for found in metadata.distributions(name=distribution):
                return distribution, found.version
        return None


KERAS = Package("keras", "samebatch[keras]", ("keras", "keras-nightly"))
TENSORFLOW = Package(
    "tensorflow",
    "samebatch[tensorflow]",
    ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tensorflow-intel", "tensorflow-cpu-aws", "tf-nightly"),
)
TORCH = Package("torch", "samebatch[torch]", ("torch",))
JAX = Package("jax", "jax", ("jax",))
RAY = Package("ray", "samebatch[ray]", ("ray",))
GRAIN = Package("grain", "samebatch[grain]", ("grain", "grain-nightly"))
LIGHTNING = Package("lightning", "samebatch[lightning]", ("lightning", "pytorch-lightning"))
DATASETS = Package("datasets", "samebatch[huggingface]", ("datasets",))
PYARROW = Package("pyarrow", "samebatch[parquet]", ("pyarrow",))
FSSPEC = Package("fsspec", "samebatch[remote]", ("fsspec",))
SCIKIT_LEARN = Package("scikit-learn", "samebatch[demo]", ("scikit-learn",))
SCIPY = Package("scipy", "samebatch[demo]", ("scipy",))
RICH = Package("rich", "samebatch[demo]", ("rich",))

FRAMEWORKS = (KERAS, TENSORFLOW, TORCH, JAX, LIGHTNING, GRAIN, RAY)
SOURCES = (PYARROW, DATASETS, FSSPEC)
EXTRAS_OF_THE_DEMO = (SCIKIT_LEARN, SCIPY, RICH)
FOR_THE_DEMO = (KERAS, TORCH, *EXTRAS_OF_THE_DEMO)


def choose_keras_backend(backend: str) -> None:
    """Make ``backend`` that of Keras, unless the user has set ``KERAS_BACKEND``; to be called before its first import.

    TensorFlow, which the backend may be, is told to keep its notes on the processor to itself.
    """
    os.environ.setdefault("KERAS_BACKEND", backend)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


def missing(packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """Return those of ``packages`` that are not installed, in their order."""
    return tuple(package for package in packages if package.installed() is None)

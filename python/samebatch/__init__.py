"""Image batches whose every byte is a function of the data, the pipeline, the seed and (epoch, step).

Importing samebatch imports no framework: ``samebatch.keras``, ``samebatch.torch``, ``samebatch.tensorflow``,
``samebatch.ray`` and ``samebatch.grain`` import theirs when touched.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from samebatch.batch import Batch, Batches, Memory, memory
from samebatch.digest import digest
from samebatch.errors import DecodeError, FetchError, PixelError, ShapeError, SkippedFilesWarning, SpecError
from samebatch.params import Params
from samebatch.pipeline import Pipeline
from samebatch.source import ArraySource, FileSource, FolderSource, ParquetSource, Remote, ShardSource, TableSource
from samebatch.statistics import Statistics
from samebatch.transforms import (
    CenterCrop,
    Normalize,
    RandomBrightness,
    RandomChannelShift,
    RandomFlip,
    RandomQuarterTurn,
    RandomResizedCrop,
    RandomRotation,
    RandomShear,
    RandomShift,
    RandomZoom,
    Rescale,
    Standardize,
    Transform,
    Whiten,
)

if TYPE_CHECKING:
    from samebatch import grain, huggingface, keras, ray, reference, tensorflow, torch

    __version__: str

__all__ = [
    "ArraySource",
    "Batch",
    "Batches",
    "CenterCrop",
    "DecodeError",
    "FetchError",
    "FileSource",
    "FolderSource",
    "Memory",
    "Normalize",
    "Params",
    "ParquetSource",
    "Pipeline",
    "PixelError",
    "RandomBrightness",
    "RandomChannelShift",
    "RandomFlip",
    "RandomQuarterTurn",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomShear",
    "RandomShift",
    "RandomZoom",
    "Remote",
    "Rescale",
    "ShapeError",
    "ShardSource",
    "SkippedFilesWarning",
    "SpecError",
    "Standardize",
    "Statistics",
    "TableSource",
    "Transform",
    "Whiten",
    "digest",
    "grain",
    "huggingface",
    "keras",
    "memory",
    "ray",
    "reference",
    "tensorflow",
    "torch",
]

LAZY: Final = ("grain", "huggingface", "keras", "ray", "reference", "tensorflow", "torch")
"""Submodules that are imported when touched; those that need a framework say which extra installs it."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 (a module, or a str)
    """Import a submodule, or look up the version, when it is asked for."""
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("samebatch")
    if name in LAZY:
        return importlib.import_module(f"samebatch.{name}")
    raise AttributeError(f"module 'samebatch' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return all public names, those that are imported when touched as well."""
    return sorted({*globals(), *LAZY, "__version__"})

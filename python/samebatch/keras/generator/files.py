"""What the iterators over files have in common: how a file becomes an image, and what stands in y."""
# ruff: noqa: ANN401, FBT001 -- the arguments are Keras' own, in their order, and take what Keras takes

from __future__ import annotations

import logging
import sys
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np
from PIL import Image

from samebatch.keras.generator import subset as subsets
from samebatch.keras.generator.iterator import Iterator
from samebatch.keras.generator.served import Served
from samebatch.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from samebatch.source import Source

CHANNELS: Final = {"rgb": 3, "rgba": 4, "grayscale": 1}
COLORS: Final = {"rgb": "rgb", "rgba": "rgba", "grayscale": "grey"}
DEEP: Final = ("I", "I;16", "I;16B", "I;16L", "F")
LOOKED_AT: Final = 64
RESAMPLES: Final = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


class BatchFromFilesMixin(Served):
    """What belongs to images that are in files."""

    classes: Any
    class_indices: dict[str, int]
    class_mode: str | None
    filenames: list[str]
    _filepaths: list[str]

    def set_processing_attrs(
        self,
        image_data_generator: Any,
        target_size: tuple[int, int],
        color_mode: str,
        data_format: str,
        save_to_dir: Any,
        save_prefix: str,
        save_format: str,
        subset: str | None,
        interpolation: str,
        keep_aspect_ratio: bool,
    ) -> None:
        """Set how files become batches: the attributes of the same names, ``image_shape``, and ``split``.

        Raises:
            ValueError: there is no such color mode, interpolation or subset.
        """
        if image_data_generator is None:
            from samebatch.keras.generator.generator import ImageDataGenerator  # noqa: PLC0415 (it imports this)

            image_data_generator = ImageDataGenerator(data_format=data_format, dtype=getattr(self, "dtype", None))
        self.image_data_generator = image_data_generator
        height, width = target_size
        self.target_size = (height, width)
        self.keep_aspect_ratio = keep_aspect_ratio
        if color_mode not in CHANNELS:
            raise ValueError(f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".')
        if interpolation not in RESAMPLES:
            raise ValueError(
                f"Invalid interpolation method {interpolation} specified. Supported methods are {', '.join(RESAMPLES)}"
            )
        subsets.check(subset)
        self.color_mode, self.data_format = color_mode, data_format
        channels = (CHANNELS[color_mode],)
        first = data_format == "channels_first"
        self.image_shape = channels + self.target_size if first else self.target_size + channels
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.interpolation = interpolation
        share = image_data_generator.arguments.validation_split
        self.split = {None: None, "validation": (0, share), "training": (share, 1)}[subset]
        self.subset = subset

    @property
    def filepaths(self) -> list[str]:
        """The paths of the files, one for each sample."""
        return self._filepaths

    @property
    @abstractmethod
    def labels(self) -> Any:
        """What is known of each sample: numbers of classes, or what the data frame has."""

    @property
    @abstractmethod
    def sample_weight(self) -> NDArray[Any] | None:
        """The weight of each sample, or None."""

    def _targets_of(self, indices: NDArray[Any]) -> Any:
        """Return y of some samples; None if there is none."""
        if self.class_mode in ("binary", "sparse"):
            return np.array([self.classes[i] for i in indices], dtype=self._label_dtype())
        if self.class_mode == "categorical":
            y = np.zeros((len(indices), len(self.class_indices)), dtype=self._label_dtype())
            for row, sample in enumerate(indices):
                y[row, self.classes[sample]] = 1.0
            return y
        if self.class_mode == "multi_output":
            return [output[indices] for output in self.labels]
        return self.labels[indices] if self.class_mode == "raw" else None

    def _label_dtype(self) -> Any:
        return "float32" if self.dtype == "bfloat16" else self.dtype

    def _joined(self, x: NDArray[Any], indices: NDArray[np.int64]) -> Any:
        if self.class_mode is None:
            return x
        y = x.copy() if self.class_mode == "input" else self._targets_of(indices)
        return (x, y) if self.sample_weight is None else (x, y, self.sample_weight[indices])


class RenderedFiles(BatchFromFilesMixin, Iterator):
    """Files as samebatch reads and renders them."""

    @property
    def reading(self) -> dict[str, Any]:
        """How a file becomes an image, as keys of a pipeline."""
        fit = "crop" if self.keep_aspect_ratio else "stretch"
        return {"size": self.target_size, "resample": self.interpolation, "fit": fit}

    def _source(self, labels: Any = None, weights: Any = None) -> Source:
        if not self._filepaths:
            raise ValueError(f"there are no images: {type(self).__name__} found no file that it may read")
        if self.color_mode == "grayscale":
            _refuse_deep(self._filepaths)
        return FileSource(self._filepaths, labels, weights, color=COLORS[self.color_mode])  # type: ignore[arg-type]

    def _labels(self) -> tuple[Any, Any]:
        if self.class_mode in ("input", "multi_output"):
            raise ValueError(f"class_mode={self.class_mode!r} gives no single array of labels, which .torch() needs")
        every = np.arange(self.n)
        weights = None if self.class_mode is None else self.sample_weight
        return self._targets_of(every), weights


def _refuse_deep(paths: list[str]) -> None:
    """Look at the headers of some files for grey values of more than 8 bits, which Pillow would clip to 255.

    Raises:
        ValueError: one has them.
    """
    for path in paths[:: -(-len(paths) // LOOKED_AT)]:
        try:
            with Image.open(path) as image:
                mode = image.mode
        except (OSError, ValueError):  # it is told of where it is read
            continue
        if mode in DEEP:
            raise ValueError(
                f"{path!r} has grey values of more than 8 bits (Pillow's mode {mode}), which would be clipped to 255; "
                'read them into an array for flow(), convert the files to 8 bits, or use compat="keras3", which reads '
                "them as they are"
            )


def tell(message: str) -> None:
    """Print a message as Keras does, or log it where Keras is told not to print."""
    if keras.config.is_interactive_logging_enabled():
        sys.stdout.write(f"{message}\n")
        sys.stdout.flush()
    else:
        logging.getLogger("samebatch").info(message)


def parts(rows: Sequence[Any], chosen: NDArray[np.bool_], subset: str | None) -> list[Any]:
    """Return those of some samples that are in a subset, in their order."""
    return [
        row for row, validation in zip(rows, chosen.tolist(), strict=True) if validation == (subset == "validation")
    ]

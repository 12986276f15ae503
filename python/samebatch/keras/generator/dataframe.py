"""The iterator over the images that a data frame names."""
# ruff: noqa: ANN401, FBT001, FBT002, PLR0917 -- the arguments are Keras' own, in their order, and take what Keras takes

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.keras.generator.files import BatchFromFilesMixin, RenderedFiles, tell

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_CLASSES: Final = ("input", "multi_output", "raw", None)


class FrameImages(BatchFromFilesMixin):
    """What belongs to images that a pandas data frame names, as Keras has it.

    Attributes:
        directory: what paths are relative to.
        classes: the class of each image, or its classes, where the class mode has any.
        class_indices: the number of each class, likewise.
        class_mode: what stands in y.
        samples: images.
        filenames: as in the data frame.
    """

    allowed_class_modes = {"binary", "categorical", "input", "multi_output", "raw", "sparse", None}  # noqa: RUF012 (as Keras has it)

    def __init__(
        self,
        dataframe: Any,
        directory: Any = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str = "channels_last",
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = "float32",
        validate_filenames: bool = True,
        **queue: Any,
    ) -> None:
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
        )
        frame = dataframe.copy()
        self.directory = directory or ""
        self.class_mode, self.dtype = class_mode, dtype
        self._check_params(frame, x_col, y_col, weight_col, classes)
        if validate_filenames:
            frame = self._filter_valid_filepaths(frame, x_col)
        if class_mode not in NO_CLASSES:
            frame, names = _filter_classes(frame, y_col, classes)
            self.class_indices = dict(zip(names, range(len(names)), strict=True))
        if subset is not None:
            frame = frame[self._subset(frame, y_col)]
        if class_mode not in NO_CLASSES:
            self.classes = self.get_classes(frame, y_col)
        self.filenames = frame[x_col].tolist()
        self._sample_weight = frame[weight_col].to_numpy() if weight_col else None
        if class_mode == "multi_output":
            self._targets: Any = [np.array(frame[column].tolist()) for column in y_col]
        if class_mode == "raw":
            self._targets = frame[y_col].to_numpy()
        self.samples = len(self.filenames)
        said = f"Found {self.samples} {'validated' if validate_filenames else 'non-validated'} image filenames"
        tell(f"{said}." if class_mode in NO_CLASSES else f"{said} belonging to {len(self.class_indices)} classes.")
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]  # noqa: PTH118 (as Keras writes paths)
        super().__init__(self.samples, batch_size, shuffle, seed, **queue)

    @property
    def labels(self) -> Any:
        """The class of each image, or what the data frame has in ``y_col``."""
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    @property
    def sample_weight(self) -> NDArray[Any] | None:
        """The weight of each image, or None."""
        return self._sample_weight

    def get_classes(self, df: Any, y_col: str) -> list[Any]:
        """Return the number of each row's class, or a list of them where a row has several."""
        numbers = self.class_indices
        return [
            [numbers[name] for name in label] if isinstance(label, list | tuple) else numbers[label]
            for label in df[y_col]
        ]

    def _subset(self, frame: Any, y_col: str) -> NDArray[np.bool_]:
        one_each = self.class_mode not in NO_CLASSES and all(isinstance(label, str) for label in frame[y_col])
        classes = np.array(self.get_classes(frame, y_col), np.int64) if one_each else None
        chosen = self._held_out(len(frame), classes)
        return chosen if self.subset == "validation" else ~chosen

    def _check_params(self, df: Any, x_col: str, y_col: Any, weight_col: str | None, classes: Any) -> None:
        """Check what a user wrote against the data frame; errors are Keras'."""
        mode = self.class_mode
        if mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {mode}; expected one of: {self.allowed_class_modes}")
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(f'If class_mode="{mode}", y_col must be a list. Received {type(y_col).__name__}.')
        if not all(isinstance(name, str) for name in df[x_col]):
            raise TypeError(f"All values in column x_col={x_col} must be strings.")
        if mode in ("binary", "sparse") and not all(isinstance(label, str) for label in df[y_col]):
            raise TypeError(f'If class_mode="{mode}", y_col="{y_col}" column values must be strings.')
        if mode == "binary":
            _check_binary(df, y_col, classes)
        if mode == "categorical" and not all(isinstance(label, str | list | tuple) for label in df[y_col]):
            raise TypeError(
                f'If class_mode="{mode}", y_col="{y_col}" column values must be type string, list or tuple.'
            )
        if classes and mode in NO_CLASSES:
            warnings.warn(f'`classes` will be ignored given the class_mode="{mode}"', stacklevel=4)
        if weight_col and not issubclass(df[weight_col].dtype.type, np.number):
            raise TypeError(f"Column weight_col={weight_col} must be numeric.")

    def _filter_valid_filepaths(self, df: Any, x_col: str) -> Any:
        """Return the rows whose file is there and has an ending of images; warn of the others."""
        paths = [os.path.join(self.directory, name) for name in df[x_col]]  # noqa: PTH118
        there = np.array(
            [path.lower().endswith(self.white_list_formats) and Path(path).is_file() for path in paths], bool
        )
        if not there.all():
            warnings.warn(
                f'Found {int((~there).sum())} invalid image filename(s) in x_col="{x_col}". These filename(s) will be '
                "ignored.",
                stacklevel=4,
            )
        return df[there]


class DataFrameIterator(FrameImages, RenderedFiles):
    """Batches of images named by a pandas data frame: what ``generator.flow_from_dataframe`` returns."""


def _check_binary(df: Any, y_col: str, classes: Any) -> None:
    two = 2
    if classes and len(set(classes)) != two:
        raise ValueError(f'If class_mode="binary" there must be 2 classes. {len(set(classes))} class/es were given.')
    if not classes and df[y_col].nunique() != two:
        raise ValueError(f'If class_mode="binary" there must be 2 classes. Found {df[y_col].nunique()} classes.')


def _filter_classes(df: Any, y_col: str, classes: Any) -> tuple[Any, list[str]]:
    """Return the rows that are of a class that counts, with the others taken out of their lists; and all classes."""
    df = df.copy()
    if not classes:
        found: set[str] = set()
        for label in df[y_col]:
            found.update(label if isinstance(label, list | tuple) else [label])
        return df.dropna(subset=[y_col]), sorted(found)
    wanted = list(dict.fromkeys(classes))

    def kept(label: Any) -> Any:
        if isinstance(label, list | tuple):
            return [name for name in label if name in wanted] or None
        if isinstance(label, str):
            return label if label in wanted else None
        raise TypeError(f"Expect string, list or tuple but found {type(label)} in {y_col} column ")

    df[y_col] = df[y_col].apply(kept)
    return df.dropna(subset=[y_col]), wanted

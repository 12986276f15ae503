"""The iterator over a folder with one folder for each class."""
# ruff: noqa: ANN401, FBT001, FBT002, PLR0917 -- the arguments are Keras' own, in their order, and take what Keras takes

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samebatch.keras.generator.files import BatchFromFilesMixin, RenderedFiles, parts, tell

if TYPE_CHECKING:
    from collections.abc import Iterator as Endless

    from numpy.typing import NDArray


class FolderImages(BatchFromFilesMixin):
    """What belongs to a folder's images, as Keras has it.

    Attributes:
        directory: the folder.
        classes: int32, the class of each image.
        class_indices: the number of each class.
        class_mode: what stands in y.
        num_classes: how many classes there are.
        samples: images.
        filenames: their paths below the folder.
    """

    allowed_class_modes = {"categorical", "binary", "sparse", "input", None}  # noqa: RUF012 (as Keras has it)

    def __init__(
        self,
        directory: Any,
        image_data_generator: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = None,
        **queue: Any,
    ) -> None:
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            keras.backend.image_data_format() if data_format is None else data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
        )
        self.directory = directory
        if class_mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {class_mode}; expected one of: {self.allowed_class_modes}")
        self.class_mode = class_mode
        self.dtype = keras.backend.floatx() if dtype is None else dtype
        names = list(classes) if classes else _folders(directory)
        self.num_classes = len(names)
        self.class_indices = dict(zip(names, range(len(names)), strict=True))
        self.filenames, found = [], []
        for number, name in enumerate(names):
            files = list(_files(os.path.join(directory, name), self.white_list_formats, follow_links=follow_links))  # noqa: PTH118 (as Keras writes paths)
            if subset is not None:
                files = parts(files, self._held_out(len(files), None, number), subset)
            self.filenames += files
            found += [number] * len(files)
        self.samples = len(self.filenames)
        self.classes = np.array(found, np.int32)
        tell(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        self._filepaths = [os.path.join(directory, name) for name in self.filenames]  # noqa: PTH118
        super().__init__(self.samples, batch_size, shuffle, seed, **queue)

    @property
    def labels(self) -> NDArray[np.int32]:
        """The class of each image."""
        classes: NDArray[np.int32] = self.classes
        return classes

    @property
    def sample_weight(self) -> None:
        """None: images in folders have no weights."""
        return


class DirectoryIterator(FolderImages, RenderedFiles):
    """Batches of a folder's images: what ``generator.flow_from_directory`` returns."""


def _folders(directory: Any) -> list[str]:
    return [name for name in sorted(os.listdir(directory)) if os.path.isdir(os.path.join(directory, name))]  # noqa: PTH112, PTH118, PTH208


def _files(folder: str, endings: tuple[str, ...], *, follow_links: bool) -> Endless[str]:
    """Yield the paths of a class's images, from the class's name on: folders sorted by path, then files by name."""
    base = os.path.basename(folder)  # noqa: PTH119
    for root, _, names in sorted(os.walk(folder, followlinks=follow_links), key=lambda entry: entry[0]):
        for name in sorted(names):
            if name.lower().endswith(".tiff"):
                warnings.warn(
                    'Using ".tiff" files with multiple bands will cause distortion. Please verify your output.',
                    stacklevel=4,
                )
            if name.lower().endswith(endings):
                yield os.path.join(base, os.path.relpath(os.path.join(root, name), folder))  # noqa: PTH118

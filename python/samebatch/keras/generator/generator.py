"""The class ImageDataGenerator."""
# ruff: noqa: ANN401, FBT001, FBT002, PLR0917 -- the arguments are Keras' own, in their order, and take what Keras takes

from __future__ import annotations

import itertools
import secrets
import warnings
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.errors import SpecError
from samebatch.keras.generator import arrays, fitting, keras3, single, translate
from samebatch.keras.generator.arguments import Arguments, refuse_unknown
from samebatch.keras.generator.dataframe import DataFrameIterator
from samebatch.keras.generator.directory import DirectoryIterator
from samebatch.keras.generator.fitted import Fitted
from samebatch.keras.generator.iterator import SEED_BITS
from samebatch.keras.generator.rendering import Rendering
from samebatch.keras.generator.single import Drawing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from samebatch.keras.generator.arguments import Compat
    from samebatch.pipeline import Pipeline

DEPRECATED: Final = {
    "has_ext": "has_ext is deprecated, filenames in the dataframe have to match the exact filenames in disk.",
    "sort": (
        "sort is deprecated, batches will be created in thesame order than the filenames provided if `shuffle`is set "
        "to `False`."
    ),
    "drop_duplicates": (
        "drop_duplicates is deprecated, you can drop duplicates by using the pandas.DataFrame.drop_duplicates method."
    ),
}
"""Arguments of flow_from_dataframe() that Keras only warns of."""


class ImageDataGenerator:
    """Keras' ImageDataGenerator: every argument, method and attribute, on samebatch's own batches.

    One changed import line makes a script reproducible: a batch is a function of the data, the arguments, the seed and
    (epoch, step), whoever asks for it and with however many threads. What is done to images is a plain samebatch
    pipeline, :attr:`pipeline`, rendered in one native pass.

    Where Keras 3 does something else than its arguments' names say, this does what they say: ``height_shift_range``
    moves images up and down and ``width_shift_range`` across, images turn about their middle, brightness takes no
    detour through 8 bits, images for validation are spread over the data and are not augmented, and statistics that
    were not fitted raise. ``compat="keras3"`` does what Keras 3 does, with its own random numbers.

    Args:
        featurewise_center: take off the mean of the data, channel by channel; needs :meth:`fit`.
        samplewise_center: take off each image's own mean.
        featurewise_std_normalization: divide by the standard deviation of the data; needs :meth:`fit`.
        samplewise_std_normalization: divide by each image's own standard deviation.
        zca_whitening: whiten; needs :meth:`fit`, and images of at most 4096 numbers (36 x 36 x 3).
        zca_epsilon: added to the singular values of the data.
        rotation_range: turn by up to so many degrees, either way; at most 3600.
        width_shift_range: move across: a number below 1: up to that part of the width, either way; another float: up to
            so many pixels; a whole number n: 0, 1, ..., n - 1 pixels; a list: one of its numbers (parts if all are
            below 1), either way.
        height_shift_range: likewise up and down.
        brightness_range: (low, high), factors from 0 on; None: brightness stays.
        shear_range: lean by up to so many degrees, either way; at most 80. Rows move, and heights stay.
        zoom_range: how much is seen, of each axis on its own: (low, high), or a number z for (1 - z, 1 + z); above 0,
            and from 1/64 to 64. 1.2 shows 1.2 times the image.
        channel_shift_range: add up to so much to all channels, either way, in the pixels' units.
        fill_mode: what is seen outside: ``"nearest"``, ``"constant"``, ``"reflect"`` or ``"wrap"``.
        cval: the value outside with ``"constant"``; of files a whole number from 0 to 255.
        horizontal_flip: mirror every second image left to right, by chance.
        vertical_flip: likewise top to bottom.
        rescale: a factor for all values, after the function and before any statistics; None or 0: none.
        preprocessing_function: takes and returns an image, after augmentation: float32, in ``data_format``.
        data_format: ``"channels_last"`` or ``"channels_first"``; None: Keras' own.
        validation_split: which part is for validation, for ``subset=``.
        interpolation_order: 0: the nearest pixel; 1: bilinear.
        dtype: of batches; None: Keras' ``floatx()``.
        compat: None, or ``"keras3"``: compute what Keras 3 computes, and count and draw as it does.

    Attributes:
        mean, std, zca_whitening_matrix: what :meth:`fit` found, of shape (1, 1, channels), likewise, and (d, d).
        zoom_range: the two ends.

    Raises:
        TypeError: an argument is not known; it says where it belongs.
        ValueError: an argument is out of range.
    """

    data_format: str
    dtype: Any
    compat: Compat | None
    _validation_split: float | None
    _state: int = 0
    _drawing: Drawing | None = None

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[Any], Any] | None = None,
        data_format: str | None = None,
        validation_split: float | None = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
        *,
        compat: Compat | None = None,
        **unknown: object,
    ) -> None:
        refuse_unknown(unknown)
        arguments = Arguments.checked(
            featurewise_center=featurewise_center,
            samplewise_center=samplewise_center,
            featurewise_std_normalization=featurewise_std_normalization,
            samplewise_std_normalization=samplewise_std_normalization,
            zca_whitening=zca_whitening,
            zca_epsilon=zca_epsilon,
            rotation_range=rotation_range,
            width_shift_range=width_shift_range,
            height_shift_range=height_shift_range,
            brightness_range=brightness_range,
            shear_range=shear_range,
            zoom_range=zoom_range,
            channel_shift_range=channel_shift_range,
            fill_mode=fill_mode,
            cval=cval,
            horizontal_flip=horizontal_flip,
            vertical_flip=vertical_flip,
            rescale=rescale,
            preprocessing_function=preprocessing_function,
            data_format=data_format,
            validation_split=validation_split,
            interpolation_order=interpolation_order,
            dtype=dtype,
            compat=compat,
        )
        for field in fields(arguments):
            name = "_validation_split" if field.name == "validation_split" else field.name
            setattr(self, name, getattr(arguments, field.name))
        self.channel_axis, self.row_axis, self.col_axis = arguments.channel_axis, arguments.row_axis, arguments.col_axis
        self._fitted = Fitted()
        self._seed = secrets.randbits(SEED_BITS)
        self._calls = itertools.count()
        if compat is None:
            translate.check(arguments)

    @property
    def arguments(self) -> Arguments:
        """The arguments as the attributes have them now: an attribute may be set after the generator is made."""
        values = {
            field.name: getattr(self, field.name) for field in fields(Arguments) if field.name != "validation_split"
        }
        return Arguments(**values, validation_split=self._validation_split)

    @property
    def fitted(self) -> Fitted:
        """What :meth:`fit` found."""
        return self._fitted

    @property
    def state(self) -> int:
        """A number that changes when an attribute is set, or the generator is fitted."""
        return self._state

    @property
    def mean(self) -> NDArray[Any] | None:
        """The mean of each channel of the training images, in the units that ``rescale`` leaves. May be set."""
        return self._fitted.mean

    @mean.setter
    def mean(self, value: NDArray[Any] | None) -> None:
        self._fitted = replace(self._fitted, mean=value)

    @property
    def std(self) -> NDArray[Any] | None:
        """The standard deviation of each channel, likewise. May be set."""
        return self._fitted.std

    @std.setter
    def std(self, value: NDArray[Any] | None) -> None:
        self._fitted = replace(self._fitted, std=value)

    @property
    def zca_whitening_matrix(self) -> NDArray[Any] | None:
        """The matrix that whitens. May be set."""
        return self._fitted.zca_whitening_matrix

    @zca_whitening_matrix.setter
    def zca_whitening_matrix(self, value: NDArray[Any] | None) -> None:
        self._fitted = replace(self._fitted, zca_whitening_matrix=value)

    @property
    def pipeline(self) -> Pipeline:
        """The plain samebatch pipeline of all this, for images from 0 to 255; an iterator's is for its own images.

        A ``preprocessing_function`` is not in it: it belongs between the augmentation and the scaling.

        Raises:
            SpecError: with ``compat="keras3"``, where images are computed otherwise.
        """
        if self._exact:
            raise SpecError(
                'compat="keras3" computes as Keras 3 does, and no pipeline does: leave compat out to see one'
            )
        return Rendering(self.arguments, self._fitted, {}).pipeline(whole=True)

    @property
    def _exact(self) -> bool:
        """Whether Keras' own results are wanted."""
        return self.compat == "keras3"

    def _kind(self, exact: Any, own: Any) -> Any:
        return exact if self._exact else own

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute; iterators notice."""
        super().__setattr__(name, value)
        super().__setattr__("_state", self._state + 1)
        super().__setattr__("_drawing", None)

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
        **queue: Any,
    ) -> Any:
        """Return an iterator over batches of images that are in an array.

        Args:
            x: images of shape (n, height, width, channels), or (n, channels, height, width) with channels_first, of any
                type of numbers; or (images, other) or (images, [other, ...]): other inputs of length n come along.
            y: labels of length n; None: none.
            batch_size: images of a batch.
            shuffle: another order every epoch.
            sample_weight: weights of length n; None: none.
            seed: fixes order and augmentation; None: one is drawn, and is the iterator's ``seed``.
            save_to_dir: a folder that each served image is saved to, as a file; None: none.
            save_prefix: what the files' names begin with.
            save_format: the ending of their names.
            ignore_class_split: do not check that both subsets have all classes.
            subset: ``"training"`` or ``"validation"``, with ``validation_split``; None: all.
            **queue: ``workers``, ``use_multiprocessing``, ``max_queue_size``, as for :class:`samebatch.keras.Sequence`.

        Returns:
            A NumpyArrayIterator: x, or (x, y), or (x, y, weights).

        Raises:
            ValueError: lengths differ, ``x`` is not of rank 4, or the subset is unknown or lacks a class.
        """
        return self._kind(keras3.NumpyArrayIterator, arrays.NumpyArrayIterator)(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            ignore_class_split=ignore_class_split,
            subset=subset,
            dtype=self.dtype,
            **queue,
        )

    def flow_from_directory(
        self,
        directory: Any,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        **queue: Any,
    ) -> Any:
        """Return an iterator over batches of a folder's images; the folder has one folder for each class.

        Args:
            directory: the folder.
            target_size: (height, width) that images are resized to.
            color_mode: ``"rgb"``, ``"rgba"`` or ``"grayscale"``.
            classes: the folders that are classes, in this order; None: all, sorted.
            class_mode: ``"categorical"``: y is one-hot; ``"binary"``, ``"sparse"``: the class's number; ``"input"``: a
                copy of x; None: there is none.
            batch_size: as for :meth:`flow`, and so are shuffle, seed, save_to_dir, save_prefix, save_format and queue.
            shuffle: likewise.
            seed: likewise.
            save_to_dir: likewise.
            save_prefix: likewise.
            save_format: likewise.
            follow_links: look into folders that are links.
            subset: likewise; each class is split by itself.
            interpolation: how images are resized: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"box"``,
                ``"hamming"`` or ``"lanczos"``, as Pillow does it.
            keep_aspect_ratio: resize the largest middle part that has the aspect of target_size.
            **queue: likewise.

        Returns:
            A DirectoryIterator: (x, y), or x.

        Raises:
            OSError: there is no such folder.
            ValueError: a mode, a subset or an interpolation is unknown.
        """
        return self._kind(keras3.DirectoryIterator, DirectoryIterator)(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            keep_aspect_ratio=keep_aspect_ratio,
            classes=classes,
            class_mode=class_mode,
            data_format=self.data_format,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
            **queue,
        )

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
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
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Return an iterator over batches of the images that a pandas data frame names.

        Args:
            dataframe: a row for each image.
            directory: what paths are relative to; None: they are whole.
            x_col: the column of paths.
            y_col: the column of labels, or a list of columns.
            weight_col: the column of weights; None: none.
            target_size: as for :meth:`flow_from_directory`, and so is all that is not named here.
            color_mode: likewise.
            classes: the classes, in this order; rows of others are left out. None: all, sorted.
            class_mode: likewise; or ``"raw"``: y is what the columns hold; ``"multi_output"``: a list of columns.
            batch_size: likewise.
            shuffle: likewise.
            seed: likewise.
            save_to_dir: likewise.
            save_prefix: likewise.
            save_format: likewise.
            subset: likewise; each class gets its part, if rows have one class each.
            interpolation: likewise.
            validate_filenames: leave out rows whose file is not there, with a warning.
            **kwargs: workers, use_multiprocessing, max_queue_size; and what Keras only warns of.

        Returns:
            A DataFrameIterator: (x, y), or (x, y, weights), or x.

        Raises:
            TypeError: a column holds something else than the class mode needs.
            ValueError: a mode, a subset or an interpolation is unknown, or there are not two classes for two.
        """
        if class_mode == "other":
            warnings.warn(
                '`class_mode="other"` is deprecated, please use `class_mode="raw"`.', DeprecationWarning, stacklevel=2
            )
            class_mode = "raw"
        for name, words in DEPRECATED.items():
            if kwargs.pop(name, None) is not None:
                warnings.warn(words, DeprecationWarning, stacklevel=2)
        return self._kind(keras3.DataFrameIterator, DataFrameIterator)(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            data_format=self.data_format,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            validate_filenames=validate_filenames,
            dtype=self.dtype,
            **kwargs,
        )

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Take the statistics that featurewise options and whitening need, of training images, in constant memory.

        They are of the images as they reach that point: after ``preprocessing_function``, ``rescale`` and what is done
        by each image's own statistics. Keras leaves the first and the last out.

        Args:
            x: an array as for :meth:`flow`, an iterator of this or another generator (a folder's, a data frame's), or a
                samebatch source.
            augment: of augmented images.
            rounds: how often each is augmented.
            seed: of the augmentation; None: the generator's own.

        Raises:
            ValueError: ``x`` is no images, or one cannot be read.
        """
        if self._exact:
            augmented = self.random_transform if augment else None
            self._fitted = keras3.fit(self.arguments, self._fitted, x, augmented, rounds=rounds, seed=seed)
            return
        own = self._seed if seed is None else seed
        self._fitted = fitting.fit(self.arguments, self._fitted, x, augment=augment, rounds=rounds, seed=own)

    def standardize(self, x: Any) -> NDArray[Any]:
        """Return an image, or a batch of them, as the function and the scaling make them; ``x`` is not changed.

        Args:
            x: of rank 3 or 4, in ``data_format``; each image of a batch is taken on its own.

        Raises:
            ValueError: a statistic is not fitted, or ``x`` is no image.
        """
        if self._exact:
            return keras3.standardize(self.arguments, self._fitted, x)
        return single.standardized(self.arguments, self._fitted, x)

    def get_random_transform(self, img_shape: tuple[int, ...], seed: int | None = None) -> dict[str, Any]:
        """Draw the parameters of one image.

        Args:
            img_shape: the shape of the image, in ``data_format``.
            seed: equal seeds draw equal numbers; None: others each time.

        Returns:
            ``theta`` and ``shear`` in degrees; ``tx`` (of ``height_shift_range``, up) and ``ty`` (of
            ``width_shift_range``, to the left) in pixels; ``zx`` and ``zy``, how much is seen across and down;
            ``flip_horizontal``, ``flip_vertical``; ``channel_shift_intensity`` in the pixels' units, or None;
            ``brightness``, a factor, or None.
        """
        if self._exact:
            return keras3.get_random_transform(self.arguments, img_shape, seed)
        number = next(self._calls) if seed is None else 0
        own = self._seed if seed is None else seed
        drawing = self._drawing or Drawing.of(self.arguments)
        super().__setattr__("_drawing", drawing)
        return drawing(img_shape, seed=own, number=number)

    def apply_transform(self, x: Any, transform_parameters: Mapping[str, Any]) -> NDArray[Any]:
        """Return one image, transformed by given parameters, of its own type.

        Args:
            x: an image in ``data_format``. The value range that brightness and channel shift clip to is found from it,
                as for :meth:`flow`.
            transform_parameters: as :meth:`get_random_transform` returns them; what is missing changes nothing.

        Raises:
            ValueError: ``x`` is no image, or a parameter is out of range.
        """
        if self._exact:
            return keras3.apply_transform(self.arguments, x, transform_parameters)
        return single.transformed(self.arguments, x, transform_parameters)

    def random_transform(self, x: Any, seed: int | None = None) -> NDArray[Any]:
        """Return one image, transformed at random: see :meth:`get_random_transform` and :meth:`apply_transform`."""
        return self.apply_transform(x, self.get_random_transform(np.shape(x), seed))

    def __repr__(self) -> str:
        """Return the arguments that are not their default, the pipeline they come to, and the seed of single draws."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.given().items())
        if self._exact:
            return f"<ImageDataGenerator({given})>"
        return f"<ImageDataGenerator({given}): {self.pipeline!r}, seed={self._seed}>"

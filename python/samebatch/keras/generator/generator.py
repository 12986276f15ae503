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
    """Keras' ImageDataGenerator: every argument, method and attribute, on samebatch's own batches."""

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
        """Return an iterator over batches of arrays."""
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
        """Return an iterator over batches of a folder's images."""
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
        """Return an iterator over batches of the images that a data frame names."""
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
        """Take the statistics that featurewise options need."""
        if self._exact:
            augmented = self.random_transform if augment else None
            self._fitted = keras3.fit(self.arguments, self._fitted, x, augmented, rounds=rounds, seed=seed)
            return
        own = self._seed if seed is None else seed
        self._fitted = fitting.fit(self.arguments, self._fitted, x, augment=augment, rounds=rounds, seed=own)

    def standardize(self, x: Any) -> NDArray[Any]:
        """Return images as the normalisation makes them."""
        if self._exact:
            return keras3.standardize(self.arguments, self._fitted, x)
        return single.standardized(self.arguments, self._fitted, x)

    def get_random_transform(self, img_shape: tuple[int, ...], seed: int | None = None) -> dict[str, Any]:
        """Draw the parameters of one image."""
        if self._exact:
            return keras3.get_random_transform(self.arguments, img_shape, seed)
        number = next(self._calls) if seed is None else 0
        own = self._seed if seed is None else seed
        drawing = self._drawing or Drawing.of(self.arguments)
        super().__setattr__("_drawing", drawing)
        return drawing(img_shape, seed=own, number=number)

    def apply_transform(self, x: Any, transform_parameters: Mapping[str, Any]) -> NDArray[Any]:
        """Return one image, transformed by given parameters."""
        if self._exact:
            return keras3.apply_transform(self.arguments, x, transform_parameters)
        return single.transformed(self.arguments, x, transform_parameters)

    def random_transform(self, x: Any, seed: int | None = None) -> NDArray[Any]:
        """Return one image, transformed at random."""
        return self.apply_transform(x, self.get_random_transform(np.shape(x), seed))

    def __repr__(self) -> str:
        """Return the arguments that are not their default, the pipeline they come to, and the seed of single draws."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.given().items())
        if self._exact:
            return f"<ImageDataGenerator({given})>"
        return f"<ImageDataGenerator({given}): {self.pipeline!r}, seed={self._seed}>"

"""The class ImageDataGenerator."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from samebatch.keras.generator.arguments import Arguments, refuse_unknown
from samebatch.keras.generator.fitted import Fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from samebatch.keras.generator.arguments import Compat


class ImageDataGenerator:
    """Keras' ImageDataGenerator: every argument, method and attribute, on samebatch's own batches."""

    def __init__(
        self,
        featurewise_center: bool = False,  # noqa: FBT001, FBT002 (Keras' own signature, here and below)
        samplewise_center: bool = False,  # noqa: FBT001, FBT002
        featurewise_std_normalization: bool = False,  # noqa: FBT001, FBT002
        samplewise_std_normalization: bool = False,  # noqa: FBT001, FBT002
        zca_whitening: bool = False,  # noqa: FBT001, FBT002
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,  # noqa: ANN401 (a number or a list)
        height_shift_range: Any = 0.0,  # noqa: ANN401
        brightness_range: Any = None,  # noqa: ANN401
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,  # noqa: ANN401
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,  # noqa: FBT001, FBT002
        vertical_flip: bool = False,  # noqa: FBT001, FBT002
        rescale: float | None = None,
        preprocessing_function: Callable[[Any], Any] | None = None,
        data_format: str | None = None,
        validation_split: float | None = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,  # noqa: ANN401 (a name, or what numpy.dtype takes)
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

    @property
    def arguments(self) -> Arguments:
        """The arguments as the attributes have them now: an attribute may be set after the generator is made."""
        values = {field.name: getattr(self, field.name) for field in fields(Arguments) if field.name != "validation_split"}
        return Arguments(**values, validation_split=self._validation_split)

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
        raise NotImplementedError

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
        raise NotImplementedError

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
        raise NotImplementedError

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Take the statistics that featurewise options need."""
        raise NotImplementedError

    def standardize(self, x: Any) -> NDArray[Any]:
        """Return images as the normalisation makes them."""
        raise NotImplementedError

    def get_random_transform(self, img_shape: tuple[int, ...], seed: int | None = None) -> dict[str, Any]:
        """Draw the parameters of one image."""
        raise NotImplementedError

    def apply_transform(self, x: Any, transform_parameters: Mapping[str, Any]) -> NDArray[Any]:
        """Return one image, transformed by given parameters."""
        raise NotImplementedError

    def random_transform(self, x: Any, seed: int | None = None) -> NDArray[Any]:
        """Return one image, transformed at random."""
        raise NotImplementedError

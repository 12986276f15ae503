"""Whitening: a mean image and a matrix, which are numbers beside the spec; the spec holds their digest."""
# ruff: noqa: A002 -- `id` is what a transform's name is called in the spec, in messages and in params

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from samebatch import _native
from samebatch.checks import describe, integer
from samebatch.errors import SpecError
from samebatch.statistics import MOST_FEATURES, fit_whitening
from samebatch.transforms import whitening
from samebatch.transforms.base import Transform

if TYPE_CHECKING:
    import os

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from samebatch.checks import Number
    from samebatch.pipeline import Pipeline
    from samebatch.source import Source

DIGEST_PATTERN = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, init=False, repr=False, eq=False)
class Whiten(Transform):
    """Take off a mean image and multiply the flattened rest by a matrix, as ZCA whitening does.

    An image becomes D = height * width * channels numbers in the order (row, column, channel), whatever the pipeline's
    layout, and then ``(numbers - mean) @ matrix``, which is laid out as the image was. Both are float32, and the matrix
    has D x D numbers (64 MiB for D = 4096), so D is at most 4096: 36 x 36 x 3, or 64 x 64 x 1. It stands after all
    other transforms but Rescale, and works on values as these leave them.

    Mean and matrix do not stand in the pipeline's TOML or JSON: that holds D as ``features``, and the ``digest`` of the
    two. :meth:`save` writes them to a file; ``Pipeline.from_toml(text, whiten=Whiten.load(path))`` brings them back.
    Two are equal if their ids and digests are. Without a matrix it is unfitted, and binding it to a source raises: see
    :meth:`fit`.

    Args:
        matrix: D x D finite numbers, 1 to 4096 a side; column i makes number i of the result. None: unfitted.
        mean: D finite numbers, in the units of the values that come in; None: zeros.
        features: D, with a digest: names a matrix that is elsewhere.
        digest: of mean and matrix, as :attr:`digest` has it. With a matrix: what it must have.
        id: its name in messages; None: ``"whiten"``.

    Attributes:
        matrix: float32 of shape (D, D), read-only; None if it is unfitted, or was read from a spec.
        mean: float32 of shape (D,), read-only; likewise.
        features: D; None if it is unfitted.
        digest: 32 hexadecimal digits, the BLAKE2b hash of mean and matrix; None if it is unfitted.

    Raises:
        SpecError: the shapes do not fit together, D is above 4096, a number is not finite in float32, or the digest is
            another one.
    """

    matrix: NDArray[np.float32] | None
    mean: NDArray[np.float32] | None
    features: int | None
    digest: str | None
    _bound: list[_native.Whitening] = field(init=False)

    GROUP: ClassVar[Literal["scaling"]] = "scaling"
    RANDOM: ClassVar[bool] = False
    DEFAULT_ID: ClassVar[str] = "whiten"
    KEYS: ClassVar[dict[str, object]] = {"features": None, "digest": None}

    def __init__(
        self,
        matrix: ArrayLike | None = None,
        mean: ArrayLike | None = None,
        *,
        features: int | None = None,
        digest: str | None = None,
        id: str | None = None,
    ) -> None:
        if (features is None) != (digest is None):
            raise SpecError("Whiten: give features and digest together, as they stand in a spec, or neither of them")
        side = None if features is None else integer("Whiten: features", features, 1, MOST_FEATURES)
        if digest is not None and not _is_digest(digest):
            raise SpecError(f"Whiten: digest must be 32 digits of 0-9 and a-f, got {describe(digest)}")
        if matrix is None and mean is not None:
            raise SpecError("Whiten: matrix is missing; give it with the mean, or neither and fit them to a source")
        values: dict[str, Any] = {"matrix": None, "mean": None, "features": side, "digest": digest}
        if matrix is not None:
            values = whitening.numbers(matrix, mean)
            if digest not in (None, values["digest"]):
                raise SpecError(f"Whiten: mean and matrix have the digest {values['digest']}, and not {digest}")
        self._set(id, **values, _bound=[])

    @property
    def fitted(self) -> bool:
        """Whether it has its numbers, or the digest of them."""
        return self.digest is not None

    @classmethod
    def fit(
        cls,
        source: Source,
        *,
        pipeline: Pipeline | None = None,
        epsilon: Number = 1e-6,
        center: bool = True,
        progress: bool | None = None,
        threads: int | None = None,
        id: str | None = None,
    ) -> Whiten:
        """Return the ZCA whitening of a source's images: whitened, their numbers are uncorrelated and of variance 1.

        With n images, C the covariance of their D numbers about the mean image, and C = U diag(v) U^T, the matrix is
        ``U diag(1 / (sqrt(v) + epsilon / sqrt(n))) U^T``. That is what Keras' ``zca_whitening`` computes of the images'
        singular values sqrt(n * v); directions in which the images do not differ (v is 0 within rounding: at most
        max(n, D) * 2**-52 of the largest) are left out, as Keras leaves out those beyond the number of images.

        Sums are float64 over blocks of up to 256 images in the order of the source, on any number of threads the same.
        The libraries that multiply and find the eigenvectors round differently from machine to machine: the last bits
        of what is fitted are theirs. Keep the result, with :meth:`save`; batches are a function of its bytes.
        It takes memory for about five D x D float64 matrices (128 MiB each for D = 4096).

        Args:
            source: the images; of training, not of validation. Files that give no image are left out, with a warning,
                where it says ``on_error="skip"``.
            pipeline: None: the source's own images. A pipeline: the images as ``pipeline.evaluation()`` has them before
                its Whiten (this may be unfitted), or at its end if it has none.
            epsilon: added to the singular values: 0 to 1e30. The larger, the less is made of directions in which the
                images hardly differ.
            center: True: about the mean image. False: about 0, without a mean, as Keras, which takes off the channels'
                means before; then C is the mean of the outer products, and variance 1 is a mean square of 1.
            progress: True: show a progress bar on stderr; False: do not; None: if it takes longer than a second and
                stderr is a terminal.
            threads: as for :class:`samebatch.Batches`.
            id: as for the transform itself.

        Raises:
            SpecError: ``source`` is not a source, its images have more than 4096 numbers, the pipeline does not fit it,
                or another argument is wrong.
            PixelError: a pixel is NaN or outside the value range, there is no image, or all are equal.
            DecodeError: a file gives no image.
            ShapeError: the pipeline needs square images, and they are not.
        """
        matrix, mean = fit_whitening(source, pipeline, epsilon, center, progress, threads)
        return cls(matrix, mean, id=id)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, id: str | None = None) -> Whiten:
        """Return the whitening that :meth:`save` wrote, or that stands so in any .npy file.

        Whether it is the one a pipeline was made with is checked when it is given to ``Pipeline.from_toml``, or by its
        ``digest``.

        Raises:
            SpecError: the file is no .npy file of float32, or its shape is not (D + 1, D).
            OSError: it cannot be read.
        """
        mean, matrix = whitening.read(Path(path))
        return cls(matrix, mean, id=id)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write mean and matrix to a .npy file: float32 of shape (D + 1, D), the mean first.

        A file that is there is replaced at once.

        Raises:
            SpecError: it has no matrix.
            OSError: the file cannot be written.
        """
        if self.matrix is None or self.mean is None:
            raise SpecError(f"{self!r} has no matrix to save; {self.remedy()}")
        whitening.write(Path(path), self.mean, self.matrix)

    def native(self) -> _native.Whitening:
        """Return mean and matrix as the core holds them; made once.

        Raises:
            SpecError: it has no matrix.
        """
        if self.matrix is None or self.mean is None:
            raise SpecError(f"Whiten (id {self.id!r}) has no matrix; {self.remedy()}")
        if not self._bound:
            self._bound.append(_native.Whitening(self.mean, self.matrix))
        return self._bound[0]

    def remedy(self) -> str:
        """Return what to do about it if it has no matrix."""
        if self.digest is None:
            return "use Whiten.fit(source) of the training images, or give it matrix= and mean="
        return (
            f"its spec names one of {self.features} x {self.features} numbers with the digest {self.digest}: give it "
            "back as Pipeline.from_toml(text, whiten=Whiten.load(path)), with the file that Whiten.save wrote"
        )

    def with_id(self, id: str | None) -> Whiten:
        """Return the same with another id; the arrays are shared."""
        same = object.__new__(Whiten)
        same._set(
            id,
            matrix=self.matrix,
            mean=self.mean,
            features=self.features,
            digest=self.digest,
            _bound=self._bound,
        )
        return same

    def fields(self) -> dict[str, Any]:
        """Return features, digest: both None if it is unfitted."""
        return {"features": self.features, "digest": self.digest}

    @classmethod
    def from_fields(cls, values: dict[str, Any], id: str | None) -> Whiten:
        """Make one without a matrix from features, digest: enough to draw, compare and write a pipeline."""
        return cls(**values, id=id)

    def __eq__(self, other: object) -> bool:
        """Return whether ids and digests are equal."""
        return (self.id, self.digest) == (other.id, other.digest) if isinstance(other, Whiten) else NotImplemented

    def __hash__(self) -> int:
        """Return a hash of id and digest."""
        return hash((self.id, self.digest))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the matrix, which is checked again."""
        return _rebuild, (self.matrix, self.mean, self.fields(), self.id)

    def __repr__(self) -> str:
        """Return the call that makes the same without its numbers, which are too many; it is equal to this one."""
        given = {**self.fields(), "id": self.id}
        return f"Whiten({', '.join(f'{name}={value!r}' for name, value in given.items() if value is not None)})"


def _rebuild(matrix: ArrayLike | None, mean: ArrayLike | None, fields: dict[str, Any], id: str | None) -> Whiten:
    return Whiten(matrix, mean, **fields, id=id)


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and bool(DIGEST_PATTERN.fullmatch(value))

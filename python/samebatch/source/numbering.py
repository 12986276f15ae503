"""Labels of classes: numbers from 0, as the model wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samebatch.errors import SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNLABELLED: Final = ("input", "none")
"""The ways of giving labels for which a source has none of its own."""


def encode(numbers: NDArray[np.int64], classes: int, mode: str, where: str) -> NDArray[Any]:
    """Return labels of ``classes`` classes.

    Args:
        numbers: the class of each sample, from 0, shape (n,).
        classes: how many there are.
        mode: ``"sparse"``: the numbers, int64; ``"categorical"``: one-hot, float32 of shape (n, classes);
            ``"binary"``: float32 of shape (n,), of two classes.
        where: the classes' place, for the message.

    Raises:
        SpecError: ``mode`` is binary, and there are not two classes.
    """
    if mode == "binary" and classes != 2:  # noqa: PLR2004 (no and yes)
        raise SpecError(
            f'label_mode="binary" needs exactly 2 classes, and there are {classes} {where}; choose two with classes=, '
            'or use label_mode="sparse"'
        )
    if mode == "categorical":
        one_hot = np.zeros((len(numbers), classes), np.float32)
        one_hot[np.arange(len(numbers)), numbers] = 1.0
        return one_hot
    return numbers.astype(np.float32 if mode == "binary" else np.int64)

"""What can be done to an image: frozen dataclasses that say what, never how.

Crops choose what of an image is read, geometry moves pixels, photometry changes their values and clips them, scaling
brings them to the units a model wants.
"""

from samebatch.transforms.base import Transform
from samebatch.transforms.crop import CenterCrop, RandomResizedCrop
from samebatch.transforms.geometry import (
    RandomFlip,
    RandomQuarterTurn,
    RandomRotation,
    RandomShear,
    RandomShift,
    RandomZoom,
)
from samebatch.transforms.photometry import RandomBrightness, RandomChannelShift
from samebatch.transforms.scaling import Normalize, Rescale, Standardize
from samebatch.transforms.whiten import Whiten

KINDS: dict[str, type[Transform]] = {
    kind.__name__: kind
    for kind in (
        RandomFlip,
        RandomRotation,
        RandomShift,
        RandomShear,
        RandomZoom,
        RandomQuarterTurn,
        RandomBrightness,
        RandomChannelShift,
        Rescale,
        Normalize,
        Standardize,
        Whiten,
        RandomResizedCrop,
        CenterCrop,
    )
}
"""Every transform by its kind, the name a spec calls it by."""

__all__ = [
    "KINDS",
    "CenterCrop",
    "Normalize",
    "RandomBrightness",
    "RandomChannelShift",
    "RandomFlip",
    "RandomQuarterTurn",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomShear",
    "RandomShift",
    "RandomZoom",
    "Rescale",
    "Standardize",
    "Transform",
    "Whiten",
]

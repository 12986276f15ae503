"""Source: random access to images and labels. Knows no randomness and is never written."""

from __future__ import annotations

from samebatch.source.arrays import LARGEST_VALUE, ArraySource

__all__ = ["LARGEST_VALUE", "ArraySource"]

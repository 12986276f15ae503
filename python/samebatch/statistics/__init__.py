"""Statistics of the data: exact sums, so that the numbers depend on the pixels and on nothing else.

No order of adding, no number of threads and no machine can change an exact sum, and partial sums merge. Only what comes
out at the end is rounded: a mean or a quantile once, a standard deviation twice (variance, then root).
"""

from __future__ import annotations

from samebatch.statistics.robust import Robust, location_and_scale
from samebatch.statistics.value import Statistics
from samebatch.statistics.whitening import MOST_FEATURES, fit_whitening

__all__ = ["MOST_FEATURES", "Robust", "Statistics", "fit_whitening", "location_and_scale"]

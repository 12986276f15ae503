"""Taking statistics: from what a user asks for to the fields of a Statistics."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from samebatch import checks
from samebatch.errors import SkippedFilesWarning, SpecError
from samebatch.statistics import fingerprint, robust
from samebatch.statistics.gather import gather, prints
from samebatch.statistics.prepared import of_pipeline
from samebatch.statistics.stream import of_source
from samebatch.threads import check_threads, resolve_threads

if TYPE_CHECKING:
    from samebatch.pipeline import Pipeline
    from samebatch.source import Source
    from samebatch.statistics.gather import Ends
    from samebatch.statistics.stream import Stream
    from samebatch.statistics.value import Statistics

MOST_QUANTILES = 100


def fields(
    source: Source,
    pipeline: Pipeline | None,
    quantiles: object,
    robustly: object,
    progress: bool | None,  # noqa: FBT001 (as the user's keyword has it)
    threads: int | None,
) -> dict[str, Any]:
    """Return the fields of the statistics of a source; arguments and errors are those of ``Statistics.of``."""
    qs, clips = _asked(quantiles, robust.checked(robustly))
    show, count = _shown(progress), resolve_threads(check_threads(threads))
    stream = _stream(source, pipeline, count)
    if stream.value_range[0] > stream.value_range[1]:  # what is low in these units is high in pixel values
        qs, clips = [1 - q for q in qs], [(1 - high, 1 - low) for low, high in clips]
    found = gather(stream, qs, clips, threads=count, show=show)
    tally = found.tally
    if tally.samples < stream.samples:
        warnings.warn(
            f"{stream.samples - tally.samples} of {stream.samples} files give no image, and "
            'on_error="skip" leaves them out of the statistics',
            SkippedFilesWarning,
            stacklevel=3,  # who called Statistics.of
        )
    return {
        "dtype": stream.dtype,
        "value_range": stream.value_range,
        "samples": tally.samples,
        "count": tally.count,
        "totals": tuple(total for total, _ in tally.sums),
        "squares": tuple(square for _, square in tally.sums),
        "histogram": None if tally.histogram is None else tuple(map(tuple, tally.histogram.tolist())),
        "quantiles": tuple(sorted(found.quantiles.items())),
        "clipped": tuple((ends, *zip(*pairs, strict=True)) for ends, pairs in sorted(found.clipped.items())),
        "fingerprint": fingerprint.text(tally.fingerprint),
    }


def matches(
    statistics: Statistics,
    source: Source,
    pipeline: Pipeline | None,
    progress: bool | None,  # noqa: FBT001 (as the user's keyword has it)
    threads: int | None,
) -> bool:
    """Return whether the statistics are those of a source's images; nothing is read where that is plain already."""
    show, count = _shown(progress), resolve_threads(check_threads(threads))
    stream = _stream(source, pipeline, count)
    said = (statistics.dtype, statistics.channels, statistics.value_range)
    if said != (stream.dtype, stream.channels, stream.value_range) or statistics.samples > stream.samples:
        return False
    return statistics.fingerprint == fingerprint.text(prints(stream, threads=count, show=show))


def _asked(quantiles: object, method: robust.Method | None) -> tuple[list[Fraction], list[Ends]]:
    if not isinstance(quantiles, tuple | list | np.ndarray) or len(quantiles) > MOST_QUANTILES:
        raise SpecError(
            f"quantiles must be a list of up to {MOST_QUANTILES} numbers from 0 to 1, got {checks.describe(quantiles)}"
        )
    qs = [Fraction(checks.number(f"quantiles[{i}]", q, 0.0, 1.0)) for i, q in enumerate(quantiles)]
    if method == "iqr":
        qs += robust.QUARTILES
    return qs, [method] if isinstance(method, tuple) else []


def _shown(progress: object) -> bool | None:
    return None if progress is None else checks.boolean("progress (None: on a terminal)", progress)


def _stream(source: Source, pipeline: Pipeline | None, threads: int) -> Stream:
    own = of_source(source, threads)
    return own if pipeline is None else of_pipeline(source, pipeline, threads)

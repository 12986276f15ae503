"""Statistics in a file: JSON that people can read and a hash that tells when it was changed."""

from __future__ import annotations

import json
import os
import re
from fractions import Fraction
from hashlib import blake2b
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from samebatch.checks import LARGEST_CHANNELS
from samebatch.errors import SpecError
from samebatch.statistics import sums

if TYPE_CHECKING:
    from pathlib import Path

    from samebatch.statistics.value import Statistics

FORMAT: Final = "samebatch statistics"
VERSION: Final = 1
"""The number of this format; what is written so will always be read."""


def write(path: Path, statistics: Statistics) -> None:
    """Write statistics to a file: beside it first, then in its place, so that none is ever half written."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "dtype": statistics.dtype,
        "value_range": list(statistics.value_range),
        "samples": statistics.samples,
        "count": statistics.count,
        "totals": _texts(statistics.totals),
        "squares": _texts(statistics.squares),
        "histogram": statistics.histogram,
        "quantiles": [[str(q), _texts(values)] for q, values in statistics.quantiles],
        "clipped": [[_texts(ends), _texts(totals), _texts(squares)] for ends, totals, squares in statistics.clipped],
        "fingerprint": statistics.fingerprint,
    }
    document["hash"] = _hash(document)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """Return the fields of the statistics in a file.

    Raises:
        SpecError: it was not written by :func:`write`, by a later version of it, or is not as it was written.
    """
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path} holds no statistics: it is not JSON ({error})") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SpecError(f"{path} holds no statistics; Statistics.save writes such files")
    version = document.get("version")
    if version != VERSION:
        raise SpecError(
            f"{path} is of version {version!r} of the format, and this samebatch reads version {VERSION}; use the "
            "samebatch that wrote it, or a later one"
        )
    written = document.pop("hash", None)
    if written != _hash(document):
        raise SpecError(
            f"{path} was changed after it was written: its hash does not fit; restore it, or take the statistics "
            "again with Statistics.of(source)"
        )
    try:
        found = _fields(document)
        _check(found)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise SpecError(f"{path} holds no whole statistics: {type(error).__name__}: {error}") from error
    return found


def _check(found: dict[str, Any]) -> None:
    """Raise ValueError where the fields contradict one another, for a hash is no proof of that."""
    low, high = found["value_range"]
    channels = len(found["totals"])
    columns = [found["squares"], *(values for _, values in found["quantiles"])]
    columns += [column for _, *pair in found["clipped"] for column in pair]
    sound = {
        "value_range": isfinite(low) and isfinite(high) and low != high,
        "samples": 1 <= found["samples"] <= found["count"],
        "channels": 1 <= channels <= LARGEST_CHANNELS and all(len(column) == channels for column in columns),
        "fingerprint": bool(re.fullmatch("[0-9a-f]{64}", found["fingerprint"])),
        "dtype": found["dtype"] == ("float32" if found["histogram"] is None else "uint8"),
    }
    if found["histogram"] is not None:
        levels = [Fraction(level) for level in range(sums.LEVELS)]  # a histogram of another length raises in weighted
        sound["histogram"] = all(sum(counts) == found["count"] for counts in found["histogram"])
        both = [sums.weighted(levels, counts) for counts in found["histogram"]]
        sound["sums"] = both == list(zip(found["totals"], found["squares"], strict=True))
    wrong = [name for name, holds in sound.items() if not holds]
    if wrong:
        raise ValueError(f"what it says of {', '.join(wrong)} cannot be")


def _fields(document: dict[str, Any]) -> dict[str, Any]:
    low, high = document["value_range"]
    histogram = document["histogram"]
    return {
        "dtype": str(document["dtype"]),
        "value_range": (float(low), float(high)),
        "samples": int(document["samples"]),
        "count": int(document["count"]),
        "totals": _fractions(document["totals"]),
        "squares": _fractions(document["squares"]),
        "histogram": None if histogram is None else tuple(tuple(map(int, counts)) for counts in histogram),
        "quantiles": tuple((Fraction(q), _fractions(values)) for q, values in document["quantiles"]),
        "clipped": tuple(
            (_fractions(ends), _fractions(totals), _fractions(squares)) for ends, totals, squares in document["clipped"]
        ),
        "fingerprint": str(document["fingerprint"]),
    }


def _hash(document: dict[str, Any]) -> str:
    """Return the BLAKE2b hash (16 bytes) of the canonical JSON: sorted keys, no spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _texts(fractions: tuple[Fraction, ...]) -> list[str]:
    return [str(value) for value in fractions]


def _fractions(texts: list[str]) -> tuple[Fraction, ...]:
    return tuple(Fraction(text) for text in texts)

"""What a measurement depends on and a reader must be told: the processor, its cache, its SIMD level."""

from __future__ import annotations

import platform
from pathlib import Path

from samebatch import _native

MEBIBYTE = 2**20
ASSUMED_CACHE_BYTES = 64 * MEBIBYTE
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def cache_bytes() -> tuple[int, bool]:
    """Return the size of the last-level cache that one core sees, and whether the system told it.

    Linux tells it; elsewhere :data:`ASSUMED_CACHE_BYTES` is returned, with False.
    """
    sizes = [_read_size(path) for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")]
    return (max(sizes), True) if sizes else (ASSUMED_CACHE_BYTES, False)


def processor() -> str:
    """Return the processor's name as the system gives it, or its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def description() -> str:
    """Return one line that says what the numbers were measured on."""
    size, told = cache_bytes()
    cache = f"{size // MEBIBYTE} MiB last-level cache" + ("" if told else " assumed")
    return f"{processor()}, {cache}, samebatch at SIMD level {_native.level()}"


def _read_size(path: Path) -> int:
    """Return the bytes that a file such as ``index3/size``, holding for example ``32768K``, states."""
    text = path.read_text(encoding="ascii").strip()
    return int(text[:-1]) * _UNITS[text[-1]] if text[-1] in _UNITS else int(text)

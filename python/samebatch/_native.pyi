# Types only: the docstrings stand beside the code and are there at run time, `help(samebatch._native.Pipeline)`.
# Arrays are of the named dtype in native byte order. Images are read while the interpreter is free to run other
# threads: nobody may write them before the call returns.

from collections.abc import Callable
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Files",
    "Pipeline",
    "Whitening",
    "affine",
    "available_threads",
    "columns",
    "decode",
    "draw",
    "end_fallbacks",
    "level",
    "levels",
    "memory",
    "permute",
    "words",
]

@final
class Files:
    def __new__(
        cls,
        path_blob: bytes,
        path_ends: NDArray[np.int64],
        color: str,
        upright: bool,
        fast: bool,
        fallback: Callable[[str], NDArray[np.uint8]],
        *,
        largest: int | None = None,
        memory: bool = False,
        memory_bytes: int | None = None,
        folder: str | None = None,
    ) -> Files: ...
    @property
    def cached(self) -> int: ...
    @property
    def cache_failure(self) -> str | None: ...
    def __len__(self) -> int: ...

@final
class Pipeline:
    def __new__(
        cls,
        spec_json: str,
        height: int | None,
        width: int | None,
        channels: int,
        dtype: str,
        low: float,
        high: float,
        whitening: Whitening | None = None,
    ) -> Pipeline: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def output_shape(self) -> tuple[int, int, int]: ...
    @property
    def output_dtype(self) -> str: ...
    def draw(
        self, seed: int, epoch: int, samples: NDArray[np.uint64], repeats: NDArray[np.uint64]
    ) -> NDArray[np.float64]: ...
    def render(
        self,
        images: NDArray[Any] | Files,
        rows: NDArray[np.int64],
        params: NDArray[np.float64],
        threads: int,
        out: NDArray[Any] | None = None,
        names: NDArray[np.uint64] | None = None,
    ) -> NDArray[Any]: ...
    def batch(
        self,
        images: NDArray[Any] | Files,
        rows: NDArray[np.int64],
        seed: int,
        epoch: int,
        repeats: NDArray[np.uint64],
        threads: int,
        out: NDArray[Any] | None = None,
        skipped: list[tuple[int, str]] | None = None,
    ) -> NDArray[Any]: ...

@final
class Whitening:
    def __new__(cls, mean: NDArray[np.float32], matrix: NDArray[np.float32]) -> Whitening: ...
    @property
    def digest(self) -> str: ...

def affine(
    image: NDArray[Any],
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    order: int,
    mode: str,
    cval: float,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...
def columns(spec_json: str, channels: int) -> list[str]: ...
def decode(
    data: bytes,
    color: str,
    upright: bool = False,
    at_least: tuple[int, int] | None = None,
    largest: int = 178956970,
) -> NDArray[np.uint8] | None: ...
def draw(
    spec_json: str, channels: int, seed: int, epoch: int, samples: NDArray[np.uint64], repeats: NDArray[np.uint64]
) -> NDArray[np.float64]: ...
def end_fallbacks() -> None: ...
def permute(
    seed: int, stream: str, epoch: int, tweak: int, n: int, positions: NDArray[np.uint64]
) -> NDArray[np.uint64]: ...
def words(
    seed: int, stream: str, draws: NDArray[np.uint64], sample: int, epoch: int, repeat: int
) -> NDArray[np.uint64]: ...
def memory() -> dict[str, int]: ...
def level() -> str: ...
def levels() -> list[str]: ...
def available_threads() -> int: ...

"""The list of all works, each made when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches.works import arrays, files, fits, generator, loaders, ranks, ray, resize, shards, tf_data, variants

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.harness import Benchmark

WORKS: dict[str, Callable[..., Benchmark]] = {
    "main": arrays.main,
    "floats": arrays.floats,
    "flip": arrays.flip,
    "small": arrays.small,
    "large": arrays.large,
    "dtypes": variants.dtypes,
    "threads": variants.threads,
    "drawing": variants.drawing,
    "files": files.files,
    "files-threads": files.files_on_two,
    "resize": resize.resize,
    "shards": shards.shards,
    "index": shards.index,
    "remote": shards.remote,
    "generator": generator.flow,
    "generator-files": generator.flow_from_directory,
    "loaders": loaders.loaders,
    "ranks": ranks.from_files,
    "ranks-arrays": ranks.from_arrays,
    "ray": ray.ray,
    "fit": fits.fit,
    "fit-torch": fits.fit_on_torch,
    "tf-data": tf_data.from_files,
    "tf-data-arrays": tf_data.from_arrays,
}


def named(name: str, *, quick: bool) -> Benchmark:
    """Return the benchmark called ``name``; ``quick``: on two batches of images, for a trial run."""
    return WORKS[name](quick=quick)

"""Sources of every origin in the workers of a PyTorch DataLoader, forked and spawned: the same batches."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

import pyarrow as pa
import pyarrow.parquet

import samebatch as sb
import samebatch.torch
from picture_files import PIPELINE
from shard_files import shards

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # Python 3.12 warns of what PyTorch does


@pytest.fixture
def sources(tmp_path):
    paths, tars = shards(tmp_path, 2)
    images = [Path(path).read_bytes() for path in paths]
    pa.parquet.write_table(pa.table({"image": images}), tmp_path / "p.parquet", row_group_size=4)
    labels = np.arange(16) % 3
    return [
        sb.FileSource(paths, labels),
        sb.ShardSource(tars, image="jpg;png;bmp;gif;tif;webp"),
        sb.ParquetSource(tmp_path / "p.parquet", memory=0),
        sb.ParquetSource(tmp_path / "p.parquet", extract=tmp_path / "extracted"),
    ]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_make_the_same_batches(sources, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    expected = [batch.x for batch in sb.Batches(sources[0], PIPELINE, batch_size=5, seed=3).epoch(1)]
    chosen, workers = (sources, 2) if method == "fork" else (sources[1:3], 1)  # to spawn one takes seconds
    for source in chosen:
        batches = sb.Batches(source, PIPELINE, batch_size=5, seed=3)
        batches.batch(0, 0)  # so that there are open files, and threads, to inherit
        loader = samebatch.torch.DataLoader(batches, num_workers=workers, multiprocessing_context=method)
        loader.set_epoch(1)
        seen = [batch[0] if isinstance(batch, tuple | list) else batch for batch in loader]
        for x, wanted in zip(seen, expected, strict=True):
            np.testing.assert_array_equal(x.numpy(), wanted)

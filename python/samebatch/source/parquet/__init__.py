"""Images in a column of Parquet files."""

from samebatch.source.parquet.source import ParquetSource

__all__ = ["ParquetSource"]

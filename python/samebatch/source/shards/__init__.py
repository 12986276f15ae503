"""Shards: images in tar archives, found by an index of where each lies."""

from samebatch.source.shards.source import ShardSource

__all__ = ["ShardSource"]

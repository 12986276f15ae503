"""What to do about what was named as a shard and is none."""

from __future__ import annotations

import os
from typing import Final

UNPACK: Final = {"gzip": "gunzip", "bzip2": "bunzip2", "xz": "unxz", "zstd": "unzstd", "lz4": "unlz4"}
"""What unpacks a file, by what compressed it."""


def advice(path: str, damage: str) -> str:
    """Return what to say behind the damage of what never was a shard; "": it may be one.

    Args:
        path: its path, or its URL.
        damage: where and why the reading ended.
    """
    if os.path.isdir(path):  # noqa: PTH112 (a str)
        pattern = os.path.join(path, "*.tar")  # noqa: PTH118 (likewise)
        return f"; a folder is no shard: name the shards in it, {pattern!r}, or use FolderSource"
    packed = damage.partition("it is compressed by ")[2].partition(",")[0]
    return f" ({UNPACK[packed]})" if packed in UNPACK else ""

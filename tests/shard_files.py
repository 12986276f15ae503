"""Shards of pictures: tar archives with a picture, its class and its JSON for each sample."""

import io
import json
import tarfile
from pathlib import Path

from picture_files import pictures

CLASSES = ("cat", "dog", "owl")


def add(archive, name, content):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def members(paths, first=0):
    """Yield (name, content) of every member of a shard of these pictures."""
    for number, path in enumerate(paths, first):
        label = CLASSES[number % 3]
        key = f"{label}/{number:03}"
        yield f"{key}{Path(path).suffix}", Path(path).read_bytes()
        yield f"{key}.cls", f"{number % 3}\n".encode()
        yield f"{key}.json", json.dumps({"label": label, "area": number / 4, "id": number}).encode()


def write(path, entries, form=tarfile.PAX_FORMAT):
    with tarfile.open(path, "w", format=form) as archive:
        for name, content in entries:
            add(archive, name, content)
    return str(path)


def shards(folder, count=3, each=8):
    """Write pictures and shards of them; return the pictures' paths, and the shards'."""
    originals = Path(folder, "originals")
    originals.mkdir()
    paths = pictures(originals, count * each)
    written = [
        write(Path(folder, f"train-{shard:03}.tar"), members(paths[shard * each : (shard + 1) * each], shard * each))
        for shard in range(count)
    ]
    return paths, written

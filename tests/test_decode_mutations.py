"""Broken files: native decoders give Pillow's pixels or decline, and where Pillow raises they have declined."""

import os
import random
import struct
import warnings
from itertools import islice

import numpy as np
import pytest

import corpus
import corpus_png
from samebatch import _native
from test_decode_equality import by_pillow

# SAMEBATCH_CORPUS=full makes a hundred times as many.
ROUNDS = 100 if os.environ.get("SAMEBATCH_CORPUS") == "full" else 1


def small(kind, files, count):
    """Return files that the decoders take, of all sorts that the corpus has."""
    taken = [file.data for file in files if _native.decode(file.data, "rgb") is not None and len(file.data) < 9000]
    return [(kind, data) for data in islice(taken, 0, None, max(1, len(taken) // count))]


FILES = [
    *small("jpeg", corpus.odd_jpegs(), 40),
    *small("jpeg", corpus.jpegs([(9, 17), (33, 20)], [30, 90]), 20),
    *small("png", corpus_png.pngs(), 60),
    *small("webp", corpus.webps(), 40),
    *small("bmp", corpus.bmps(), 30),
    *small("gif", corpus.gifs(), 20),
]


def parts(kind, data):
    """Split a file into what it is made of: segments, chunks; with what puts them together again."""
    if kind == "png":
        at, chunks = 8, []
        while at < len(data):
            (length,) = struct.unpack_from(">I", data, at)
            chunks.append(data[at + 4 : at + 8 + length])
            at += 12 + length
        return chunks, lambda chunks: data[:8] + b"".join(corpus_png.chunk(chunk[:4], chunk[4:]) for chunk in chunks)
    if kind == "webp":
        at, chunks = 12, []
        while at < len(data):
            (length,) = struct.unpack_from("<I", data, at + 4)
            chunks.append(data[at : at + 8 + length + length % 2])
            at += 8 + length + length % 2
        return (
            chunks,
            lambda chunks: b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WEBP" + b"".join(chunks),
        )
    if kind == "jpeg":
        at, segments = 2, []
        while data[at + 1] != 0xDA:
            while data[at + 1] == 0xFF:
                at += 1
            (length,) = struct.unpack_from(">H", data, at + 2)
            segments.append(data[at : at + 2 + length])
            at += 2 + length
        return segments, lambda segments: data[:2] + b"".join(segments) + data[at:]
    quarter = max(1, len(data) // 4)
    return [data[at : at + quarter] for at in range(0, len(data), quarter)], b"".join


def flipped(rng, data):
    """Return bytes with a few bits or bytes changed, most often near the start."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5])):
        if changed:
            at = rng.randrange(min(len(changed), rng.choice([16, 64, 256, len(changed)])))
            changed[at] = rng.choice([changed[at] ^ 1 << rng.randrange(8), 0, 0xFF, rng.randrange(256)])
    return bytes(changed)


def mutated(rng, kind, data):
    """Return the file, broken in one way."""
    pieces, join = parts(kind, data)
    place = rng.randrange(len(pieces))
    match rng.randrange(8):
        case 0 | 1:
            return flipped(rng, data)
        case 2:
            return data[: rng.randrange(len(data))]
        case 3:
            at = rng.randrange(len(data))
            return data[:at] + rng.randbytes(rng.randrange(1, 9)) + data[at:]
        case 4:  # a part changed, its frame made whole
            pieces[place] = pieces[place][:4] + flipped(rng, pieces[place][4:])
        case 5:
            pieces[place] = pieces[place][:4] + pieces[place][4 : rng.randrange(4, 5 + len(pieces[place]))]
            if kind == "jpeg":
                pieces[place] = pieces[place][:2] + struct.pack(">H", len(pieces[place]) - 2) + pieces[place][4:]
        case 6:
            other = rng.randrange(len(pieces))
            pieces[place], pieces[other] = pieces[other], pieces[place]
        case _:
            if rng.random() < 0.5:
                pieces.insert(rng.randrange(len(pieces)), pieces[place])
            else:
                del pieces[place]
    return join(pieces)


def check(data, color, *, upright):
    """Compare one broken file; return whether it was taken all the same."""
    pixels = _native.decode(data, color, upright, None, 1 << 22)
    if pixels is None:
        return False
    try:
        expected = by_pillow(data, color, upright=upright)
    except Exception as error:
        raise AssertionError(f"Pillow refuses what was taken: {error!r}") from error
    np.testing.assert_array_equal(pixels, expected, strict=True)
    return True


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "bmp", "gif"])
def test_broken_files(kind, tmp_path):
    files = [data for sort, data in FILES if sort == kind]
    taken = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(1500 * ROUNDS):
            rng = random.Random(f"{kind} {seed}")  # noqa: S311 what is wanted is repeatable
            data = mutated(rng, kind, rng.choice(files))
            try:
                taken += check(data, rng.choice(["rgb", "rgba", "grey"]), upright=rng.random() < 0.5)
            except AssertionError as error:
                (tmp_path / "broken").write_bytes(data)
                raise AssertionError(f"seed {seed}, kept in {tmp_path / 'broken'}: {error}") from error
    assert taken > 50  # some changes break nothing, so this is no test of declining alone


def test_the_checksums_of_png_are_checked():
    data = bytearray(corpus_png.png("rgb", 8, 9, 7))
    body = data.index(b"IDAT") + 4
    data[body + 9] ^= 1
    assert _native.decode(bytes(data), "rgb") is None

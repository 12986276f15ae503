"""PNG files: of random samples, put together byte by byte, and as Pillow writes them."""

import struct
import zlib
from itertools import product

import numpy as np

import corpus


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


COLOUR_TYPES = {"grey": (0, 1), "rgb": (2, 3), "palette": (3, 1), "grey-alpha": (4, 2), "rgba": (6, 4)}
PASSES = [(0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)]


def png(kind, depth, height, width, *, interlaced=False, before=(), after=(), seed=0, colours=None):
    """Return a PNG of random samples, with chunks before and after its data."""
    number, channels = COLOUR_TYPES[kind]
    random = np.random.default_rng([seed, height, width])
    limit = (colours or 1 << depth) if kind == "palette" else 1 << depth
    samples = random.integers(0, limit, (height, width, channels))
    rows = bytearray()
    for top, down, left, across in PASSES if interlaced else [(0, 1, 0, 1)]:
        part = samples[top::down, left::across]
        bits = np.unpackbits(part.astype(">u2").view(np.uint8).reshape(*part.shape, 2), axis=-1)[..., 16 - depth :]
        if part.size:
            for row in np.packbits(bits.reshape(len(part), -1), axis=1):
                rows += b"\0" + row.tobytes()
    header = struct.pack(">IIBBBBB", width, height, depth, number, 0, 0, interlaced)
    packed = zlib.compress(bytes(rows))
    half = len(packed) // 2
    body = [chunk(b"IHDR", header), *before, chunk(b"IDAT", packed[:half]), chunk(b"IDAT", packed[half:]), *after]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body) + chunk(b"IEND", b"")


def palette_chunk(colours):
    return chunk(b"PLTE", np.random.default_rng(colours).integers(0, 256, 3 * colours, dtype=np.uint8).tobytes())


def pngs():
    """Yield PNGs of all types of colour, depths, filters, and chunks."""
    yield from types()
    yield from transparent()
    yield from around()


def types():
    """Yield every type of colour and depth, and what Pillow writes, which has all filters."""
    for interlaced, (height, width) in product([False, True], [(1, 1), (3, 5), (8, 9), (23, 31)]):
        for kind, depths in [("grey", (1, 2, 4, 8, 16)), ("rgb", (8, 16)), ("grey-alpha", (8, 16)), ("rgba", (8, 16))]:
            for depth in depths:
                data = png(kind, depth, height, width, interlaced=interlaced)
                native = (kind, depth) != ("grey", 16)
                yield corpus.File(f"{kind}-{depth}-{interlaced}-{height}x{width}.png", data, native)
        for depth in (1, 2, 4, 8):
            before = [palette_chunk(1 << depth)]
            data = png("palette", depth, height, width, interlaced=interlaced, before=before)
            yield corpus.File(f"palette-{depth}-{interlaced}-{height}x{width}.png", data)
    for mode in ("1", "L", "LA", "RGB", "RGBA", "P"):
        for level in (0, 1, 9):
            yield corpus.File(
                f"pillow-{mode}-{level}.png", corpus.encoded(corpus.image(mode, 60, 71), "PNG", compress_level=level)
            )


def transparent():
    """Yield palettes, and what is transparent by tRNS."""
    for alphas in [b"\0", b"\xff\0\xff", b"\x80\x40\xff\0", b"\xff\xff", bytes(range(16))]:
        data = png("palette", 4, 9, 7, before=[palette_chunk(16), chunk(b"tRNS", alphas)])
        yield corpus.File(f"palette-alpha-{alphas.hex()}.png", data)
    yield corpus.File("palette-short.png", png("palette", 8, 9, 7, before=[palette_chunk(5)], colours=5))
    yield corpus.File("palette-too-short.png", png("palette", 8, 9, 7, before=[palette_chunk(5)]), native=False)
    for depth in (1, 2, 4, 8, 16):
        clear = struct.pack(">H", 1)
        data = png("grey", depth, 30, 30, before=[chunk(b"tRNS", clear)])
        yield corpus.File(f"grey-clear-{depth}.png", data, native=depth == 8)
    for clear in [(1, 2, 3), (1, 2, 300)]:
        data = png("rgb", 8, 30, 30, before=[chunk(b"tRNS", struct.pack(">HHH", *clear))])
        yield corpus.File(f"rgb-clear-{clear[2]}.png", data, native=clear[2] < 256)


def around():
    """Yield PNGs with all that may stand around the pixels."""
    profile = b"name\0\0" + zlib.compress(np.random.default_rng(1).bytes(3000))
    bomb = b"name\0\0" + zlib.compress(bytes(1 << 21))
    parts = {
        "profile": chunk(b"iCCP", profile),
        "gamma": chunk(b"gAMA", struct.pack(">I", 45455)),
        "chromaticity": chunk(b"cHRM", bytes(32)),
        "srgb": chunk(b"sRGB", b"\0"),
        "density": chunk(b"pHYs", struct.pack(">IIB", 3000, 3000, 1)),
        "text": chunk(b"tEXt", b"Software\0this"),
        "packed-text": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"that" * 900)),
        "unicode": chunk(b"iTXt", b"Title\0\0\0en\0Title\0" + "é".encode()),
        "time": chunk(b"tIME", bytes(7)),
        "private": chunk(b"prVt", b"something"),
    }
    for name, part in parts.items():
        yield corpus.File(f"with-{name}.png", png("rgb", 8, 9, 7, before=[part]))
        if name not in {"profile", "gamma", "chromaticity", "srgb", "density"}:
            yield corpus.File(f"with-{name}-after.png", png("rgb", 8, 9, 7, after=[part]))
    yield corpus.File("with-a-large-text.png", png("rgb", 8, 9, 7, before=[chunk(b"zTXt", bomb)]), native=False)
    yield corpus.File("with-a-taken-text.png", png("rgb", 8, 9, 7, before=[chunk(b"tEXt", b"bbox\0x")]), native=False)
    for orientation in range(10):
        record = corpus.exif(orientation).removeprefix(b"Exif\0\0")
        yield corpus.File(f"exif-{orientation}.png", png("rgb", 8, 9, 7, before=[chunk(b"eXIf", record)]))
    xmp = chunk(b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>')
    yield corpus.File("xmp.png", png("rgb", 8, 9, 7, before=[xmp]), native=False)
    two = [corpus.image("RGB", 9, 7, seed) for seed in (1, 2)]
    yield corpus.File("animated.png", corpus.encoded(two[0], "PNG", save_all=True, append_images=two[1:]), native=False)

"""Image files of every kind that decoders meet, made here: encoded by Pillow, or put together byte by byte."""

import struct
from dataclasses import dataclass
from io import BytesIO
from itertools import product

import numpy as np
from PIL import ExifTags, Image

ORIENTATION = ExifTags.Base.Orientation


@dataclass(frozen=True)
class File:
    """A file, what it is, and whether the native decoders have to take it."""

    name: str
    data: bytes
    native: bool = True

    def __repr__(self):
        return self.name


def picture(height, width, channels=3, seed=0):
    """Return pixels with slopes, edges and noise: (height, width, channels), uint8."""
    random = np.random.default_rng([seed, height, width])
    y, x = np.mgrid[:height, :width]
    slope = 128 + 90 * np.sin(x / (3 + seed % 7) + y / 5)
    edges = np.where((x // 5 + y // 3) % 2, 240, 20)
    noise = random.integers(0, 256, (height, width))
    planes = [slope, edges, noise, (x * 7 + y * 3) % 256]
    return np.clip(np.stack(planes[:channels], axis=-1), 0, 255).astype(np.uint8)


def image(mode, height=23, width=31, seed=0):
    """Return a Pillow image of a mode."""
    if mode in {"1", "L", "P"}:
        rgb = Image.fromarray(picture(height, width, 3, seed))
        return rgb.quantize(64) if mode == "P" else rgb.convert(mode)
    if mode == "LA":
        return Image.merge(
            "LA", [Image.fromarray(plane) for plane in np.moveaxis(picture(height, width, 2, seed), 2, 0)]
        )
    channels = picture(height, width, len(mode), seed)
    return Image.merge(mode, [Image.fromarray(channels[..., c]) for c in range(len(mode))])


def encoded(image, kind, **options):
    """Return the bytes of a file that Pillow writes."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif(orientation):
    """Return an EXIF record with an orientation and things around it."""
    record = Image.Exif()
    record[ExifTags.Base.Make] = "a maker with a name longer than four bytes"
    record[ORIENTATION] = orientation
    record[ExifTags.Base.XResolution] = 72.0
    return record.tobytes()


def resampled(jpeg, size, sampling):
    """Return a JPEG of a size and a subsampling (across, down) that Pillow does not write.

    The header of another file is changed. It has to have as many blocks in all, in units of as many: the picture comes
    out scrambled, which no decoder minds.
    """
    data = bytearray(jpeg)
    start = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2"))
    data[start + 5 : start + 9] = struct.pack(">HH", *size)
    data[start + 11] = sampling[0] << 4 | sampling[1]
    return bytes(data)


def with_segment(jpeg, marker, body):
    """Return a JPEG with one more segment, right after its first marker."""
    return jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def jpegs(sizes, qualities, modes=("RGB", "L")):
    """Yield JPEGs of every way that Pillow writes them."""
    ways = list(product([False, True], [False, True], [0, 1, 3]))
    for place, (height, width) in enumerate(sizes):
        for mode, (progressive, optimize, restart) in product(modes, ways):
            samplings = [None] if mode == "L" else ["4:4:4", "4:2:2", "4:2:0"]
            for sampling in samplings:
                options = {} if sampling is None else {"subsampling": sampling}
                quality = qualities[place % len(qualities)]
                place += 1  # noqa: PLW2901 the qualities go round over all files
                data = encoded(
                    image(mode, height, width, place),
                    "JPEG",
                    quality=quality,
                    progressive=progressive,
                    optimize=optimize,
                    restart_marker_blocks=restart,
                    **options,
                )
                kind = "progressive" if progressive else "baseline"
                yield File(f"{mode}-{sampling}-{kind}-{optimize}-{restart}-{quality}-{height}x{width}.jpg", data)


def odd_jpegs():
    """Yield JPEGs of other samplings, other colours, and with all that may stand before the pixels."""
    for progressive, restart in product([False, True], [0, 2]):
        way = {"progressive": progressive, "restart_marker_blocks": restart, "quality": 85}
        for height, width in [(1, 1), (8, 16), (17, 33), (40, 23), (64, 64)]:
            data = encoded(image("RGB", height, width), "JPEG", subsampling="4:2:2", **way)
            name = f"{progressive}-{restart}-{height}x{width}.jpg"
            yield File(f"4:4:0-{name}", resampled(data, (width, height), (1, 2)))
    for height, width in [(16, 16), (32, 64), (48, 80)]:
        data = encoded(image("RGB", height, width), "JPEG", subsampling="4:2:0", quality=85)
        yield File(f"4:1:1-{height}x{width}.jpg", resampled(data, (height // 2 - 3, 2 * width - 5), (4, 1)))
        yield File(f"1x4-{height}x{width}.jpg", resampled(data, (2 * height - 5, width // 2 - 3), (1, 4)))
    for progressive in [False, True]:
        cmyk = encoded(image("CMYK"), "JPEG", quality=90, progressive=progressive)
        adobe = cmyk.index(b"Adobe") + 11
        yield File(f"cmyk-{progressive}.jpg", cmyk)
        yield File(f"ycck-{progressive}.jpg", cmyk[:adobe] + b"\2" + cmyk[adobe + 1 :])
        rgb = encoded(image("RGB"), "JPEG", quality=90, progressive=progressive, subsampling="4:4:4")
        yield File(f"rgb-{progressive}.jpg", with_segment(rgb, 0xEE, b"Adobe\0\x64\0\0\0\0\0"))
        yield File(f"keep-rgb-{progressive}.jpg", encoded(image("RGB"), "JPEG", keep_rgb=True, progressive=progressive))
    plain = encoded(image("RGB", 41, 27), "JPEG", quality=80)
    for orientation in range(10):
        yield File(f"exif-{orientation}.jpg", encoded(image("RGB", 41, 27), "JPEG", exif=exif(orientation)))
    yield File("icc.jpg", encoded(image("RGB"), "JPEG", icc_profile=bytes(range(256)) * 300))
    yield File("comment.jpg", encoded(image("RGB"), "JPEG", comment=b"a comment" * 50))
    yield File("dpi.jpg", encoded(image("RGB"), "JPEG", dpi=(300, 300)))
    yield File("xmp.jpg", encoded(image("RGB"), "JPEG", xmp=b'<x tiff:Orientation="6"/>'), native=False)
    yield File("photoshop.jpg", with_segment(plain, 0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\3abc\0"))
    yield File("several-pictures.jpg", with_segment(plain, 0xE2, b"MPF\0II*\0"), native=False)
    yield File("fill-bytes.jpg", plain[:2] + b"\xff\xff" + plain[2:])
    yield File("after-the-end.jpg", plain + b"more")
    yield File("no-jfif.jpg", plain[:2] + plain[20:])
    scans = encoded(image("RGB", 50, 50), "JPEG", progressive=True)
    cut = scans.index(b"\xff\xda", scans.index(b"\xff\xda") + 1)
    yield File("first-scan-alone.jpg", scans[: scans.index(b"\xff\xc4", cut - 60)] + b"\xff\xd9")


def webps():
    """Yield WebPs, lossy and lossless, with and without alpha."""
    for mode, lossless, (height, width) in product(
        ["RGB", "RGBA"], [False, True], [(1, 1), (2, 3), (17, 16), (33, 47)]
    ):
        for quality in (1, 50, 90, 100):
            data = encoded(image(mode, height, width, quality), "WEBP", lossless=lossless, quality=quality)
            yield File(f"{mode}-{lossless}-{quality}-{height}x{width}.webp", data)
    for orientation in range(10):
        yield File(f"exif-{orientation}.webp", encoded(image("RGB", 9, 7), "WEBP", exif=exif(orientation)))
    yield File("icc.webp", encoded(image("RGB"), "WEBP", icc_profile=bytes(range(255))))
    yield File("xmp.webp", encoded(image("RGB"), "WEBP", xmp=b'<x tiff:Orientation="6"/>'), native=False)
    two = [image("RGB", 9, 7, seed) for seed in (1, 2)]
    yield File("animated.webp", encoded(two[0], "WEBP", save_all=True, append_images=two[1:]), native=False)
    yield File("after-the-end.webp", encoded(two[0], "WEBP") + b"more", native=False)


def bmp(bits, height, width, *, top_down=False, colours=0, header=40, palette=None, compression=0):
    """Return a BMP of random samples."""
    random = np.random.default_rng([bits, height, width])
    stride = (width * bits + 31) // 32 * 4
    if bits <= 8 and palette is None:
        palette = random.integers(0, 256, 4 * (colours or 1 << bits), dtype=np.uint8).tobytes()
    palette = palette or b""
    samples = random.integers(0, colours if bits == 8 and colours else 256, stride * height, dtype=np.uint8).tobytes()
    start = 14 + header + len(palette)
    info = struct.pack(
        "<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, compression, 0, 0, 0, colours, 0
    )
    return (
        b"BM" + struct.pack("<IHHI", start + len(samples), 0, 0, start) + info + bytes(header - 40) + palette + samples
    )


def bmps():
    """Yield BMPs of all depths."""
    for bits, top_down, (height, width) in product(
        (1, 4, 8, 16, 24, 32), [False, True], [(1, 1), (3, 5), (8, 8), (9, 33)]
    ):
        yield File(f"{bits}-{top_down}-{height}x{width}.bmp", bmp(bits, height, width, top_down=top_down), bits != 16)
    for header in (52, 56, 108, 124):
        yield File(f"header-{header}.bmp", bmp(24, 5, 7, header=header))
    yield File("colours-100.bmp", bmp(8, 5, 7, colours=100))
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 4)
    yield File("ramp-8.bmp", bmp(8, 5, 7, palette=ramp.tobytes()))
    yield File("ramp-4.bmp", bmp(4, 5, 7, palette=ramp[:64].tobytes()), native=False)
    yield File("black-and-white.bmp", bmp(1, 5, 37, palette=b"\0\0\0\0\xff\xff\xff\0"))
    yield File("white-and-black.bmp", bmp(1, 5, 37, palette=b"\xff\xff\xff\0\0\0\0\0"))
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield File(f"pillow-{mode}.bmp", encoded(image(mode), "BMP"))


def gifs():
    """Yield GIFs with palettes, transparency and interlacing."""
    for mode, interlaced, (height, width) in product(["L", "P"], [0, 1], [(1, 1), (5, 3), (23, 31), (60, 70)]):
        data = encoded(image(mode, height, width), "GIF", interlace=interlaced)
        yield File(f"{mode}-{interlaced}-{height}x{width}.gif", data)
    for mode in ("L", "P"):
        yield File(f"clear-{mode}.gif", encoded(image(mode), "GIF", transparency=3))
    three = [image("P", 9, 7, seed) for seed in (1, 2, 3)]
    yield File("animated.gif", encoded(three[0], "GIF", save_all=True, append_images=three[1:]))
    yield File("comment.gif", encoded(three[0], "GIF", comment=b"a comment"))


def others():
    """Yield files of formats that are left to Pillow."""
    for kind in ("TIFF", "PPM", "ICO"):
        yield File(f"a.{kind.lower()}", encoded(image("RGB", 32, 32), kind), native=False)
    yield File("empty", b"", native=False)

"""Folders of pictures in files: every format, many sizes, and every kind of damage."""

import os
from pathlib import Path

import numpy as np
from PIL import Image

import samebatch as sb
from image_files import content, picture

FORMS = (
    ("png", "RGB"),
    ("jpg", "RGB"),
    ("bmp", "RGB"),
    ("tif", "RGB"),
    ("png", "P"),
    ("jpg", "L"),
    ("gif", "P"),
    ("webp", "RGB"),
)
"""TIFF is Pillow's alone: it always asks the fallback."""

NAMES = {"jpg": "JPEG", "tif": "TIFF"}

PIPELINE = sb.Pipeline(
    [sb.RandomFlip(), sb.RandomRotation(20), sb.RandomBrightness(0.5, 1.5), sb.Rescale(1 / 255)], size=(9, 11)
)


def pictures(folder, count=23, forms=FORMS):
    """Write pictures of different sizes; return their paths."""
    paths = []
    for number in range(count):
        form, mode = forms[number % len(forms)]
        path = Path(folder, f"{number:03}.{form}")
        image = picture(number, (8 + number % 13, 20 - number % 7), mode)
        path.write_bytes(content(image, NAMES.get(form, form.upper())))
        paths.append(str(path))
    return paths


def noise(size=(6, 5)):
    return np.random.default_rng(9).integers(0, 256, (*size, 3), np.uint8)


def truncated(path):
    os.truncate(path, Path(path).stat().st_size // 2)


def flipped(path):
    """Bits within the pixel data of a PNG: its checksum tells."""
    data = bytearray(content(Image.fromarray(noise((40, 40)))))
    data[len(data) // 2] ^= 0x10
    Path(path).write_bytes(data)


def emptied(path):
    Path(path).write_bytes(b"")


def misnamed(path):
    Path(path).write_bytes(b"This is text, whatever it is called.\n")


def vanished(path):
    Path(path).unlink()


def folder_instead(path):
    Path(path).unlink()
    Path(path).mkdir()


def pipe_instead(path):
    Path(path).unlink()
    os.mkfifo(path)


def socket_instead(path):
    Path(path).unlink()
    Path(path).symlink_to("/dev/zero")


def link_to_itself(path):
    Path(path).unlink()
    Path(path).symlink_to(path)


def too_large(path):
    """A BMP whose header tells of 30,000 x 30,000 pixels that are not there."""
    data = bytearray(content(Image.fromarray(noise()), "BMP"))
    data[18:26] = (30_000).to_bytes(4, "little") * 2
    Path(path).write_bytes(data)


def too_long(path):
    """A picture that is flawless, and longer than what is read."""
    Image.new("L", (16_385, 1)).save(path, "PNG")


DAMAGES = {
    truncated: "truncated|cannot be decoded",
    flipped: "cannot be decoded|truncated",
    emptied: r"it is empty \(0 bytes\)",
    misnamed: "not an image that Pillow knows",
    vanished: "there is no such file",
    folder_instead: "it is a folder",
    pipe_instead: "it is not a regular file",
    socket_instead: "it is not a regular file",
    link_to_itself: "it cannot be",
    too_large: "too many pixels",
    too_long: "it has 1 x 16385 pixels",
}

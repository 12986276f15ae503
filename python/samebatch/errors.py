"""What can be wrong: four errors, all of them ValueErrors, and one of the network, which is an OSError.

Every message says what is wrong, where, what was found, what is expected and what to do about it.
"""


class SpecError(ValueError):
    """What the user wrote is wrong: an argument, a transform, the order of transforms, a key of a spec."""


class ShapeError(ValueError):
    """An array's rank, size or length is wrong, or two lengths do not agree."""


class PixelError(ValueError):
    """The type or a value of pixels is wrong: a dtype other than uint8 or float32, NaN, or outside the value range."""


class DecodeError(ValueError):
    """A file gives no image: it is missing, may not be read, is empty, cut off, too large, or no image at all."""


class FetchError(OSError):
    """An object could not be fetched, however often it was tried; it may well be there, and is never skipped."""


class SkippedFilesWarning(UserWarning):
    """Files gave no image, and with ``on_error="skip"`` others stood in their place, or statistics left them out."""

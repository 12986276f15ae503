"""Images of every kind of content, in every layout of memory."""

import numpy as np

RANGES = {
    "uint8": [(0.0, 255.0), (0.0, 255.0), (0.0, 1.0), (10.0, 200.0), (0.5, 3.25)],
    "float32": [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (-1000.0, 3.5), (1.0, 1.0000001192092896), (-1e-20, 1e-20)],
}


def pixels(shape: tuple[int, ...], dtype: str, value_range: tuple[float, float], style: str, seed: int) -> np.ndarray:
    """Return images of noise, of the two ends of the range, of one value, of a slope, or (floats) of what is odd."""
    random = np.random.default_rng(seed)
    low, high = value_range
    if style == "ends":
        u = random.integers(0, 2, shape).astype(np.float64)
    elif style == "flat":
        u = np.full(shape, random.random())
    elif style == "slope":
        u = (np.indices(shape).sum(axis=0) % 251) / 250
    else:
        u = random.random(shape)
    values = low + (high - low) * u
    if dtype == "uint8":
        return np.clip(np.rint(values), np.ceil(low), np.floor(high)).astype(np.uint8)
    values = values.astype(np.float32)
    if style == "odd":
        odd = np.array([0.0, -0.0, 1e-40, -1e-40, 1e-45, 1.1754944e-38, low, high], np.float32)
        values = np.where(random.random(shape) < 0.5, random.choice(odd, shape), values)
    return np.clip(values, np.float32(low), np.float32(high))


MEMORY = ("plain", "strided", "reversed", "transposed", "fortran", "read-only", "unaligned", "broadcast")


def in_memory(images: np.ndarray, memory: str) -> np.ndarray:
    """Return the same (n, h, w, c) images, laid out in memory in another way."""
    n, h, w, c = images.shape
    match memory:
        case "strided":
            wide = np.zeros((2 * n, 2 * h, 3 * w, 2 * c), images.dtype)
            result = wide[::2, 1::2, 2::3, ::2]
        case "reversed":
            result = np.zeros(images.shape, images.dtype)[::-1, ::-1, ::-1, ::-1]
        case "transposed":
            result = np.zeros((n, c, w, h), images.dtype).transpose(0, 3, 2, 1)
        case "fortran":
            result = np.zeros(images.shape, images.dtype, order="F")
        case "unaligned":
            room = np.zeros(images.nbytes + 1, np.uint8)
            result = room[1:].view(images.dtype).reshape(images.shape)
        case "broadcast":
            return np.broadcast_to(images[:, :, :1, :], images.shape)
        case _:
            result = np.zeros(images.shape, images.dtype)
    result[...] = images
    result.flags.writeable = memory != "read-only"
    return result

"""What a pipeline's geometry ought to do, said anew in float64 and in NumPy's and SciPy's own words."""

import math

import numpy as np
from scipy import ndimage

SCIPY_MODES = {"nearest": "nearest", "constant": "grid-constant", "reflect": "reflect", "wrap": "grid-wrap"}


def forward(transform, values, height, width):
    """Return the 3x3 matrix that moves what is seen: (x, y, 1), x to the right, y down, the centre at 0, 0."""
    kind = transform["kind"]
    match kind:
        case "RandomFlip":
            return np.diag([-1.0 if values["horizontal"] else 1.0, -1.0 if values["vertical"] else 1.0, 1.0])
        case "RandomRotation":
            return _turn(values["angle"])
        case "RandomQuarterTurn":
            return _turn(90 * values["turns"])
        case "RandomShift":
            across, down = (1, 1) if transform.get("unit") == "pixels" else (width, height)
            return np.array(
                [[1.0, 0.0, values["width"] * across], [0.0, 1.0, values["height"] * down], [0.0, 0.0, 1.0]]
            )
        case "RandomShear":
            x, y = math.tan(math.radians(values["x"])), math.tan(math.radians(values["y"]))
            across = np.array([[1.0, x, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
            return np.array([[1.0, 0.0, 0.0], [y, 1.0, 0.0], [0.0, 0.0, 1.0]]) @ across
        case "RandomZoom":
            shown = np.array([values["x"], values["y"], 1.0])
            return np.diag(1 / shown if transform.get("reciprocal") else shown)
    raise AssertionError(kind)


def _turn(degrees):
    """Counter-clockwise as seen, which with y down is clockwise on paper."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])


def affine(spec, values, height, width):
    """Return the 3x3 matrix from a destination pixel (x, y, 1) to its place in the source, in float64."""
    total = np.eye(3)
    for transform in spec["transforms"]:
        own = {name.rpartition(".")[2]: v for name, v in values.items() if name.rpartition(".")[0] == transform["id"]}
        if own:
            total = forward(transform, own, height, width) @ total
    centre = np.array([[1.0, 0.0, (width - 1) / 2], [0.0, 1.0, (height - 1) / 2], [0.0, 0.0, 1.0]])
    return centre @ np.linalg.inv(total) @ np.linalg.inv(centre)


def places(matrix, height, width):
    """Return where (x, y) every pixel of a height x width image comes from: two (height, width) arrays."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    return matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2], matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]


def by_scipy(image, matrix, fill_mode, fill_value, order=1):
    """Return a (height, width, channels) image warped by scipy.ndimage in float64."""
    swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    swapped = swap @ matrix @ swap
    planes = [
        ndimage.affine_transform(
            image[:, :, c].astype(np.float64),
            swapped[:2, :2],
            swapped[:2, 2],
            order=order,
            mode=SCIPY_MODES[fill_mode],
            cval=fill_value,
        )
        for c in range(image.shape[2])
    ]
    return np.stack(planes, axis=-1)

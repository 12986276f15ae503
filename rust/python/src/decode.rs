//! The decoders as Python calls them, one file at a time.

use numpy::{IntoPyArray, PyArray1, PyArray3, PyArrayMethods};
use pyo3::prelude::*;
use samebatch_core::source::decode::{Colour, Wanted, decode as decode_file};

use crate::errors::spec_error;

/// Decode an image file natively: uint8 of shape (h, w, c), or None where that is left to Pillow.
///
/// What comes back equals ``PIL.Image.open(file).convert(mode)``. None says nothing about the file, other than that it
/// is not both plain and flawless.
///
/// Args:
///     data: The whole file.
///     color: "rgb" (c = 3), "rgba" (4) or "grey" (1).
///     upright: Whether to turn the image as its EXIF orientation says, as ``PIL.ImageOps.exif_transpose`` does.
///     at_least: A (height, width) of the result that is enough: a JPEG may come at 1/2, 1/4 or 1/8 of its size, as
///         ``PIL.Image.Image.draft`` chooses, so that both sides are still at least as long.
///     largest: The number of pixels above which a file is declined; unless given, that above which Pillow raises.
///
/// Raises:
///     SpecError: ``color`` is none of these.
#[pyfunction]
#[pyo3(signature = (data, color, upright=false, at_least=None, largest=178_956_970))]
pub(crate) fn decode<'py>(
    py: Python<'py>,
    data: &[u8],
    color: &str,
    upright: bool,
    at_least: Option<(usize, usize)>,
    largest: u64,
) -> PyResult<Option<Bound<'py, PyArray3<u8>>>> {
    let colour = colour(py, color)?;
    let wanted = Wanted { colour, upright, at_least: at_least.map(<[usize; 2]>::from), largest };
    let mut pixels = Vec::new();
    let Some([height, width]) = py.detach(|| decode_file(data, &wanted, &mut pixels)) else { return Ok(None) };
    let flat: Bound<'py, PyArray1<u8>> = pixels.into_pyarray(py);
    flat.reshape([height, width, colour.channels()]).map(Some)
}

/// What a color's name stands for.
pub(crate) fn colour(py: Python<'_>, color: &str) -> PyResult<Colour> {
    match color {
        "rgb" => Ok(Colour::Rgb),
        "rgba" => Ok(Colour::Rgba),
        "grey" => Ok(Colour::Grey),
        _ => Err(spec_error(py, format!("color must be \"rgb\", \"rgba\" or \"grey\", got {color:?}"))),
    }
}

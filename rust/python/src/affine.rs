//! Affine sampling as Python calls it, one image at a time.

use std::ops::Range;

use numpy::{Element, PyArray3, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods, dtype};
use pyo3::prelude::*;
use samebatch_core::batch::fpenv::in_default;
use samebatch_core::kernels::affine::{Affine, Image, Pixel};
use samebatch_core::kernels::level;
use samebatch_core::spec::{FillMode, Interpolation};

use crate::arrays::{array, extent, table, values};
use crate::errors::{pixel_error, raise, shape_error, spec_error};

/// Sample an image as ``scipy.ndimage.affine_transform`` does each of its channels: the same values, to the last bit.
///
/// Output (i, j) reads the image at ``matrix @ (i, j) + offset``, in double precision. The interpreter is free meanwhile:
/// nobody may write the image before the call returns.
///
/// Args:
///     image: uint8, float32 or float64 of shape (h, w, c), with any strides.
///     matrix: float64 of shape (2, 2), from output (row, column) to input (row, column).
///     offset: float64 of shape (2,).
///     order: 0 (the nearest pixel) or 1 (bilinear).
///     mode: "nearest", "constant", "reflect" or "wrap", as SciPy understands them.
///     cval: The value of what lies outside under "constant".
///     out: A writable array of the image's shape and dtype, with any strides, that shares no memory with it.
///
/// Returns:
///     The output, of the image's shape and dtype: ``out``, or a new array. Whole numbers are rounded half up, and kept
///     in range.
///
/// Raises:
///     SpecError: ``order`` or ``mode`` is none of these, ``matrix`` or ``offset`` is not float64, or ``out`` cannot be
///         written or overlaps the image.
///     ShapeError: A shape does not fit.
///     PixelError: The image is of another dtype.
#[pyfunction]
#[pyo3(signature = (image, matrix, offset, order, mode, cval, out=None))]
#[expect(clippy::too_many_arguments, reason = "the arguments of SciPy's function")]
pub(crate) fn affine<'py>(
    py: Python<'py>,
    image: &Bound<'py, PyAny>,
    matrix: &Bound<'py, PyAny>,
    offset: &Bound<'py, PyAny>,
    order: i64,
    mode: &str,
    cval: f64,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let interpolation = match order {
        0 => Interpolation::Nearest,
        1 => Interpolation::Bilinear,
        _ => return Err(spec_error(py, format!("order must be 0 or 1, got {order}"))),
    };
    let fill_mode = match mode {
        "nearest" => FillMode::Nearest,
        "constant" => FillMode::Constant,
        "reflect" => FillMode::Reflect,
        "wrap" => FillMode::Wrap,
        _ => {
            let modes = "\"nearest\", \"constant\", \"reflect\" or \"wrap\"";
            return Err(spec_error(py, format!("mode must be {modes}, got {mode:?}")));
        }
    };
    let ([2, 2], matrix) = table::<f64, 2>(matrix, "matrix")? else {
        return Err(shape_error(py, "matrix must have shape (2, 2)".to_owned()));
    };
    let &[y, x] = values::<f64>(offset, "offset")?.as_slice() else {
        return Err(shape_error(py, "offset must have shape (2,)".to_owned()));
    };
    let matrix = [[matrix[0], matrix[1]], [matrix[2], matrix[3]]];
    let affine = Affine { matrix, offset: [y, x], interpolation, fill_mode, fill_value: cval };
    let got = array(image, "image")?.dtype();
    if got.is_equiv_to(&dtype::<u8>(py)) {
        sample::<u8>(py, affine, image, out)
    } else if got.is_equiv_to(&dtype::<f32>(py)) {
        sample::<f32>(py, affine, image, out)
    } else if got.is_equiv_to(&dtype::<f64>(py)) {
        sample::<f64>(py, affine, image, out)
    } else {
        let expected = "uint8, float32 or float64, in native byte order";
        Err(pixel_error(py, format!("image must be of dtype {expected}; got {got}")))
    }
}

fn sample<'py, T: Pixel + Element + Copy + Send + Sync>(
    py: Python<'py>,
    affine: Affine,
    image: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let source = image.cast::<PyArrayDyn<T>>()?;
    let shape = <[usize; 3]>::try_from(source.shape())
        .map_err(|_| shape_error(py, format!("image must have shape (h, w, c), got {:?}", source.shape())))?;
    let result = match out {
        Some(out) => out.clone(),
        // SAFETY: every value is written below before anybody reads it.
        None => unsafe { PyArray3::<T>::new(py, shape, false) }.into_any(),
    };
    let target = Target::<T>::new(py, &result, shape, extent_of(source))?;
    let copy;
    let pixels: &[T] = if source.is_empty() {
        &[]
    } else if source.is_c_contiguous() && source.is_aligned() {
        // SAFETY: NumPy vouches for the run of values, the caller holds the array and keeps its promise not to write it.
        unsafe { std::slice::from_raw_parts(source.data(), source.len()) }
    } else {
        copy = table::<T, 3>(image, "image")?.1;
        &copy
    };
    let image = Image::new(pixels, shape)
        .ok_or_else(|| shape_error(py, format!("an image of shape {shape:?} is too large")))?;
    let level = level::active().map_err(|error| raise(py, error))?;
    py.detach(|| in_default(|| affine.run(level, image, |i, row| target.write(i, row))));
    Ok(result)
}

/// Where the output lies in memory.
struct Target<T> {
    base: *mut T,
    shape: [usize; 3],
    /// In bytes.
    strides: [isize; 3],
}

// SAFETY: the memory is an array's that the caller holds, and only `write` goes there.
unsafe impl<T: Send> Send for Target<T> {}
// SAFETY: as above; one thread at a time calls `write`, for the closure that does is not shared.
unsafe impl<T: Send> Sync for Target<T> {}

impl<T: Element + Copy> Target<T> {
    /// Check the array, which must not overlap the addresses that are `read`.
    fn new(py: Python<'_>, out: &Bound<'_, PyAny>, shape: [usize; 3], read: Range<usize>) -> PyResult<Self> {
        let given = array(out, "out")?;
        let (expected, got) = (dtype::<T>(py), given.dtype());
        if !got.is_equiv_to(&expected) {
            return Err(spec_error(py, format!("out must be of dtype {expected}, as the image is; got {got}")));
        }
        if given.shape() != shape {
            return Err(shape_error(py, format!("out must have shape {shape:?}, got {:?}", given.shape())));
        }
        if !given.getattr("flags")?.getattr("writeable")?.is_truthy()? {
            return Err(spec_error(py, "out is read-only".to_owned()));
        }
        if !given.is_aligned() {
            return Err(spec_error(py, "out is not aligned in memory".to_owned()));
        }
        let given = given.cast::<PyArrayDyn<T>>()?;
        let written = extent_of(given);
        if written.start < read.end && read.start < written.end {
            return Err(spec_error(py, "out overlaps the image, which is never written".to_owned()));
        }
        let strides = given.strides();
        let strides = [strides[0], strides[1], strides[2]];
        Ok(Self { base: given.data(), shape, strides })
    }

    /// Write a row of (column, channel) values.
    fn write(&self, i: usize, row: &[T]) {
        let [height, width, channels] = self.shape;
        assert!(i < height && row.len() == width * channels, "a row of the output");
        let [down, across, deep] = self.strides;
        let start = self.base.wrapping_byte_offset(i as isize * down);
        let size = size_of::<T>() as isize;
        if across == size * channels as isize && deep == size {
            // SAFETY: a row of the array, which `new` found writable and apart from the image; its values lie in one run.
            unsafe { start.copy_from_nonoverlapping(row.as_ptr(), row.len()) };
            return;
        }
        for (j, pixel) in row.chunks_exact(channels).enumerate() {
            for (k, value) in pixel.iter().enumerate() {
                // SAFETY: value (i, j, k) of the array, aligned and writable as `new` found.
                unsafe { *start.wrapping_byte_offset(j as isize * across + k as isize * deep) = *value };
            }
        }
    }
}

fn extent_of<T: Element>(array: &Bound<'_, PyArrayDyn<T>>) -> Range<usize> {
    extent(array.data().addr(), array.shape(), array.strides(), size_of::<T>())
}

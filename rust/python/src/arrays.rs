//! What Python hands over, checked before anything reads it.

use std::ops::Range;

use numpy::{Element, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods, dtype};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use samebatch_core::kernels::SourceShape;
use samebatch_core::source::{Dtype, ImageView};

use crate::errors::{pixel_error, shape_error, spec_error};

/// The numbers of Python's `int`s that count things: below 2**63, so that they fit NumPy's signed integers too.
pub(crate) fn counter(py: Python<'_>, name: &str, value: u64) -> PyResult<u64> {
    if value >> 63 == 0 {
        return Ok(value);
    }
    Err(spec_error(py, format!("{name} = {value} must be below 2**63")))
}

/// An argument as an array, of whatever type.
pub(crate) fn array<'a, 'py>(argument: &'a Bound<'py, PyAny>, name: &str) -> PyResult<&'a Bound<'py, PyUntypedArray>> {
    argument.cast::<PyUntypedArray>().map_err(|_| {
        let class = argument.get_type();
        PyTypeError::new_err(format!("{name} must be a numpy.ndarray, got {class}"))
    })
}

/// A copy of an array's values, in C order; it must be of type `T`, aligned, in native byte order and `N`-dimensional.
pub(crate) fn table<T: Element + Copy, const N: usize>(
    argument: &Bound<'_, PyAny>,
    name: &str,
) -> PyResult<([usize; N], Vec<T>)> {
    let py = argument.py();
    let array = array(argument, name)?;
    let (expected, got) = (dtype::<T>(py), array.dtype());
    if !got.is_equiv_to(&expected) {
        return Err(spec_error(py, format!("{name} must be of dtype {expected}, in native byte order; got {got}")));
    }
    let shape = <[usize; N]>::try_from(array.shape())
        .map_err(|_| shape_error(py, format!("{name} must have {N} axes, got shape {:?}", array.shape())))?;
    if !array.is_aligned() {
        return Err(spec_error(py, format!("{name} is not aligned in memory: pass a copy")));
    }
    let array = array.cast::<PyArrayDyn<T>>()?;
    // SAFETY: type and alignment are checked, the interpreter is held, and no reference outlives this statement.
    let values = unsafe { array.as_array() }.iter().copied().collect();
    Ok((shape, values))
}

/// [`table`] of one axis.
pub(crate) fn values<T: Element + Copy>(argument: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<T>> {
    table::<T, 1>(argument, name).map(|(_, values)| values)
}

/// The images of a source, (n, height, width, channels) with any strides, and where in memory they lie.
pub(crate) struct Images {
    base: *const u8,
    count: usize,
    stride: isize,
    shape: [usize; 3],
    strides: [isize; 3],
    dtype: Dtype,
}

impl Images {
    /// Check the argument against what the pipeline is bound to.
    pub(crate) fn new(argument: &Bound<'_, PyAny>, source: &SourceShape) -> PyResult<Self> {
        let py = argument.py();
        let images = array(argument, "images")?;
        let expected = match source.dtype {
            Dtype::Uint8 => dtype::<u8>(py),
            Dtype::Float32 => dtype::<f32>(py),
        };
        let got = images.dtype();
        if !got.is_equiv_to(&expected) {
            return Err(pixel_error(
                py,
                format!("images must be of dtype {expected}, in native byte order, as the source was; got {got}"),
            ));
        }
        let (&[count, ref shape @ ..], &[stride, ref strides @ ..]) = (images.shape(), images.strides()) else {
            return Err(shape_error(py, "images must have 4 axes (n, height, width, channels), got none".to_owned()));
        };
        let (Ok(shape), Ok(strides)) = (<[usize; 3]>::try_from(shape), <[isize; 3]>::try_from(strides)) else {
            let got = images.shape();
            return Err(shape_error(py, format!("images must have 4 axes (n, height, width, channels), got {got:?}")));
        };
        let [height, width] = source.size.unwrap_or([shape[0], shape[1]]);
        let bound = [height, width, source.channels];
        if shape != bound {
            return Err(shape_error(py, format!("images are {shape:?} each, the pipeline is bound to {bound:?}")));
        }
        let base = match source.dtype {
            Dtype::Uint8 => images.cast::<PyArrayDyn<u8>>()?.data(),
            Dtype::Float32 => images.cast::<PyArrayDyn<f32>>()?.data().cast(),
        };
        Ok(Self { base, count, stride, shape, strides, dtype: source.dtype })
    }

    /// The views of these rows of the first axis.
    ///
    /// # Safety
    /// The array must stay alive, and nobody may write it, as long as the views are used.
    pub(crate) unsafe fn views<'a>(&self, py: Python<'_>, rows: &[i64]) -> PyResult<Vec<ImageView<'a>>> {
        let view = |(position, row): (usize, &i64)| {
            let row =
                isize::try_from(*row).ok().filter(|row| (0..self.count as isize).contains(row)).ok_or_else(|| {
                    spec_error(py, format!("rows[{position}] = {row} is out of range for {} images", self.count))
                })?;
            let base = self.base.wrapping_offset(row * self.stride);
            // What lies between this image and the array's last in memory is the array's too.
            let later = if self.stride < 0 { row } else { self.count as isize - 1 - row };
            let slack = later.unsigned_abs() * self.stride.unsigned_abs();
            // SAFETY: the array vouches for its shape and strides, the row is one of it, and the caller vouches for
            // the array.
            Ok(unsafe { ImageView::new(base, self.dtype, self.shape, self.strides).with_slack(slack) })
        };
        rows.iter().enumerate().map(view).collect()
    }

    /// The addresses between which all of its values lie.
    pub(crate) fn extent(&self) -> Range<usize> {
        let shape = [self.count, self.shape[0], self.shape[1], self.shape[2]];
        let strides = [self.stride, self.strides[0], self.strides[1], self.strides[2]];
        extent(self.base.addr(), &shape, &strides, self.dtype.size())
    }
}

/// The addresses between which all values of an array lie, whose first is at `base`; strides are in bytes.
pub(crate) fn extent(base: usize, shape: &[usize], strides: &[isize], size: usize) -> Range<usize> {
    if shape.contains(&0) {
        return 0..0;
    }
    let (mut start, mut last) = (base, base);
    for (count, stride) in shape.iter().zip(strides) {
        let reach = (count - 1).wrapping_mul(stride.unsigned_abs());
        if *stride < 0 {
            start = start.wrapping_sub(reach);
        } else {
            last = last.wrapping_add(reach);
        }
    }
    start..last.wrapping_add(size)
}

//! Where a batch is written to: an array of the user's, or one over a buffer of the pool.

use std::ops::Range;

use half::f16;
use numpy::ndarray::ArrayView4;
use numpy::{
    Element, PyArray4, PyArrayDescr, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods, dtype,
};
use pyo3::prelude::*;
use samebatch_core::batch::buffers::Buffer;
use samebatch_core::spec::OutputDtype;

use crate::arrays::array;
use crate::errors::{raise, shape_error, spec_error};

/// Owns the memory of a batch; NumPy keeps it as the array's base, and drops it with the last view.
#[pyclass(frozen, module = "samebatch._native")]
struct Owner {
    buffer: Buffer,
}

/// The NumPy type of a batch; NumPy has no bfloat16, so its bits come as uint16.
fn numpy_dtype(py: Python<'_>, output: OutputDtype) -> Bound<'_, PyArrayDescr> {
    match output {
        OutputDtype::Float32 => dtype::<f32>(py),
        OutputDtype::Float16 => dtype::<f16>(py),
        OutputDtype::Bfloat16 => dtype::<u16>(py),
        OutputDtype::Uint8 => dtype::<u8>(py),
    }
}

/// The bytes a batch is written to.
pub(crate) enum Output<'py> {
    /// An array of the user's.
    Given { array: Bound<'py, PyAny>, start: *mut u8, bytes: usize },
    /// A buffer of the pool.
    Pooled(Buffer),
}

impl<'py> Output<'py> {
    /// Check the user's array, which must not overlap the addresses that are `read`, or take a buffer.
    pub(crate) fn new(
        py: Python<'py>,
        out: Option<&Bound<'py, PyAny>>,
        dtype: OutputDtype,
        shape: [usize; 4],
        bytes: usize,
        read: Range<usize>,
    ) -> PyResult<Self> {
        let Some(out) = out else {
            return Buffer::new(bytes).map(Self::Pooled).map_err(|error| raise(py, error));
        };
        let given = array(out, "out")?;
        let (expected, got) = (numpy_dtype(py, dtype), given.dtype());
        if !got.is_equiv_to(&expected) {
            return Err(spec_error(py, format!("out must be of dtype {expected}, in native byte order; got {got}")));
        }
        if given.shape() != shape {
            return Err(shape_error(py, format!("out must have shape {shape:?}, got {:?}", given.shape())));
        }
        if !given.getattr("flags")?.getattr("writeable")?.is_truthy()? {
            return Err(spec_error(py, "out is read-only".to_owned()));
        }
        if !(given.is_c_contiguous() && given.is_aligned()) {
            return Err(spec_error(py, "out must be C-contiguous and aligned in memory".to_owned()));
        }
        let start = match dtype {
            OutputDtype::Float32 => given.cast::<PyArrayDyn<f32>>()?.data().cast(),
            OutputDtype::Float16 => given.cast::<PyArrayDyn<f16>>()?.data().cast(),
            OutputDtype::Bfloat16 => given.cast::<PyArrayDyn<u16>>()?.data().cast(),
            OutputDtype::Uint8 => given.cast::<PyArrayDyn<u8>>()?.data(),
        };
        if start.addr() < read.end && read.start < start.addr() + bytes {
            return Err(spec_error(py, "out overlaps the images: a source is never written".to_owned()));
        }
        Ok(Self::Given { array: out.clone(), start, bytes })
    }

    /// The bytes, to be written by `write` while the interpreter does other things.
    pub(crate) fn fill<E: Send>(
        &mut self,
        py: Python<'py>,
        write: impl FnOnce(&mut [u8]) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        let bytes = match self {
            Self::Given { bytes: 0, .. } => &mut [],
            // SAFETY: `new` found the array contiguous, writable and this long, `self` keeps it alive, and it does not
            // overlap what is read.
            Self::Given { start, bytes, .. } => unsafe { std::slice::from_raw_parts_mut(*start, *bytes) },
            Self::Pooled(buffer) => buffer.as_mut_slice(),
        };
        py.detach(|| write(bytes))
    }

    /// The array that holds the bytes.
    pub(crate) fn into_array(
        self,
        py: Python<'py>,
        dtype: OutputDtype,
        shape: [usize; 4],
    ) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Given { array, .. } => Ok(array),
            Self::Pooled(buffer) => match dtype {
                OutputDtype::Float32 => over::<f32>(py, buffer, shape),
                OutputDtype::Float16 => over::<f16>(py, buffer, shape),
                OutputDtype::Bfloat16 => over::<u16>(py, buffer, shape),
                OutputDtype::Uint8 => over::<u8>(py, buffer, shape),
            },
        }
    }
}

/// A writable array over a buffer, which goes back to the pool with the array's last view.
fn over<T: Element>(py: Python<'_>, buffer: Buffer, shape: [usize; 4]) -> PyResult<Bound<'_, PyAny>> {
    let start = buffer.as_ptr().cast::<T>();
    let owner = Bound::new(py, Owner { buffer })?;
    debug_assert!(
        owner.get().buffer.len() == shape.iter().product::<usize>() * size_of::<T>(),
        "a buffer of that size"
    );
    // SAFETY: the buffer is aligned to 64 bytes, as long as the shape says, never moves, and any bits are a `T`.
    let view = unsafe { ArrayView4::from_shape_ptr(shape, start) };
    // SAFETY: `owner` keeps the buffer alive, and hands it to nobody else.
    Ok(unsafe { PyArray4::borrow_from_array(&view, owner.into_any()) }.into_any())
}

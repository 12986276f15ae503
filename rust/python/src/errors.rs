//! The core's errors as Python's.

use pyo3::exceptions::{PyMemoryError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use samebatch_core::Error;

static SPEC: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static SHAPE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static PIXEL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static DECODE: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// The Python exception of an error. Its class is imported once; should that fail, its failure is what is raised.
pub(crate) fn raise(py: Python<'_>, error: Error) -> PyErr {
    let (class, name, text) = match error {
        Error::Spec(text) => (&SPEC, "SpecError", text),
        Error::Shape(text) => (&SHAPE, "ShapeError", text),
        Error::Pixel(text) => (&PIXEL, "PixelError", text),
        Error::Decode(text) => (&DECODE, "DecodeError", text),
        Error::Resource(text) => return PyMemoryError::new_err(text),
        Error::Interrupted(text) | Error::Internal(text) => return PyRuntimeError::new_err(text),
    };
    match class.import(py, "samebatch.errors", name) {
        Ok(class) => PyErr::from_type(class.clone(), text),
        Err(failure) => failure,
    }
}

/// Whether an exception is a `DecodeError`.
pub(crate) fn is_decode_error(py: Python<'_>, error: &PyErr) -> bool {
    DECODE.import(py, "samebatch.errors", "DecodeError").is_ok_and(|class| error.is_instance(py, class))
}

/// A `SpecError`: what the user wrote.
pub(crate) fn spec_error(py: Python<'_>, text: String) -> PyErr {
    raise(py, Error::Spec(text))
}

/// A `ShapeError`: a rank, a size, a length.
pub(crate) fn shape_error(py: Python<'_>, text: String) -> PyErr {
    raise(py, Error::Shape(text))
}

/// A `PixelError`: the type of pixels.
pub(crate) fn pixel_error(py: Python<'_>, text: String) -> PyErr {
    raise(py, Error::Pixel(text))
}

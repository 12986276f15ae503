//! A whitening as Python holds it.

use std::sync::Arc;

use pyo3::prelude::*;
use samebatch_core::batch::fpenv::in_default;
use samebatch_core::kernels::whiten;

use crate::arrays::{table, values};
use crate::errors::{raise, shape_error};

/// A mean of shape (D,) and a matrix of shape (D, D), both float32, copied: what a pipeline's ``Whiten`` names by its
/// digest. Immutable, and shared by all pipelines that are made with it.
///
/// Raises:
///     SpecError: an array is not float32, or a number is not finite.
///     ShapeError: the shapes do not fit together, or D is not in 1..4096.
#[pyclass(frozen, module = "samebatch._native")]
pub(crate) struct Whitening {
    held: Arc<whiten::Whitening>,
}

#[pymethods]
impl Whitening {
    #[new]
    fn new(py: Python<'_>, mean: &Bound<'_, PyAny>, matrix: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mean = values::<f32>(mean, "mean")?;
        let (shape, matrix) = table::<f32, 2>(matrix, "matrix")?;
        let expected = [mean.len(); 2];
        if shape != expected {
            return Err(shape_error(py, format!("matrix must have shape {expected:?}, as the mean; got {shape:?}")));
        }
        let held = py.detach(|| in_default(|| whiten::Whitening::new(&mean, &matrix)));
        held.map(|held| Self { held: Arc::new(held) }).map_err(|error| raise(py, error))
    }

    /// The hash that specs name it by, 32 hexadecimal digits.
    #[getter]
    fn digest(&self) -> &str {
        self.held.digest()
    }
}

impl Whitening {
    /// The core's own.
    pub(crate) fn held(&self) -> Arc<whiten::Whitening> {
        Arc::clone(&self.held)
    }
}

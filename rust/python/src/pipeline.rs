//! The pipeline as Python holds it.

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyList;
use samebatch_core::batch::fpenv::in_default;
use samebatch_core::batch::{self, Job};
use samebatch_core::kernels::SourceShape;
use samebatch_core::params::Draws;
use samebatch_core::source::Dtype;
use samebatch_core::{Error, Spec};

use crate::arrays::{Images, array, counter, table, values};
use crate::errors::{raise, shape_error, spec_error};
use crate::files::Files;
use crate::output::Output;
use crate::whitening::Whitening;

/// A pipeline bound to the shape, dtype ("uint8" or "float32") and value range of a source.
///
/// ``height`` and ``width`` are None where the source's images differ in size: then the pipeline must have ``size``.
///
/// ``whitening`` is the one whose digest the pipeline's ``Whiten`` names; None where it has no ``Whiten``.
///
/// Immutable, and safe to use from any thread. It is not pickled: make it again from the same arguments.
///
/// Raises:
///     SpecError: ``spec_json`` is no pipeline this version can keep, or not one for this source, or ``whitening`` is
///         not the one it names.
///     ShapeError: a size or a number of channels is out of range, or quarter turns meet images that are not square.
#[pyclass(frozen, module = "samebatch._native")]
pub(crate) struct Pipeline {
    bound: batch::Pipeline,
}

/// What `render` and `batch` share: which images, under which names.
struct Call<'a, 'py> {
    images: Given<'a, 'py>,
    rows: Vec<i64>,
    names: Vec<u64>,
    threads: usize,
}

/// Where the images are.
enum Given<'a, 'py> {
    Array(Images),
    Files(&'a Bound<'py, Files>),
}

#[pymethods]
impl Pipeline {
    #[new]
    #[pyo3(signature = (spec_json, height, width, channels, dtype, low, high, whitening=None))]
    #[expect(clippy::too_many_arguments, reason = "a source's shape, type and range, one by one as Python has them")]
    fn new(
        py: Python<'_>,
        spec_json: &str,
        height: Option<usize>,
        width: Option<usize>,
        channels: usize,
        dtype: &str,
        low: f64,
        high: f64,
        whitening: Option<&Bound<'_, Whitening>>,
    ) -> PyResult<Self> {
        let dtype = match dtype {
            "uint8" => Dtype::Uint8,
            "float32" => Dtype::Float32,
            other => {
                return Err(spec_error(py, format!("a source's dtype is \"uint8\" or \"float32\", got {other:?}")));
            }
        };
        let size = match (height, width) {
            (Some(height), Some(width)) => Some([height, width]),
            (None, None) => None,
            _ => return Err(spec_error(py, "height and width are both numbers, or both None".to_owned())),
        };
        let source = SourceShape { size, channels, dtype, low, high };
        let whitening = whitening.map(|whitening| whitening.get().held());
        let bind = || batch::Pipeline::new(Spec::from_json(spec_json)?, source, whitening);
        let bound = py.detach(|| in_default(bind));
        bound.map(|bound| Self { bound }).map_err(|error| raise(py, error))
    }

    /// The names of the params table's columns, ``"<id>.<name>"``, in pipeline order.
    #[getter]
    fn columns(&self) -> Vec<&str> {
        self.bound.draws().names().collect()
    }

    /// The shape of a sample, in the pipeline's layout.
    #[getter]
    fn output_shape(&self) -> (usize, usize, usize) {
        self.bound.output_shape().into()
    }

    /// The dtype of a batch: "float32", "float16", "bfloat16" or "uint8".
    #[getter]
    fn output_dtype(&self) -> &'static str {
        self.bound.output_dtype().name()
    }

    /// Draw a params table of shape (n, k), float64, one row for each of ``samples`` and ``repeats``, uint64 of shape
    /// (n,).
    ///
    /// Raises:
    ///     SpecError: a number is not below 2**63 (a seed: 2**64), or an array not uint64.
    ///     ShapeError: the arrays are not of one axis and one length.
    fn draw<'py>(
        &self,
        py: Python<'py>,
        seed: u64,
        epoch: u64,
        samples: &Bound<'py, PyAny>,
        repeats: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        draw_table(py, self.bound.draws(), seed, epoch, samples, repeats)
    }

    /// Render the images of ``rows``, int64 of shape (b,), with ``params``, float64 of shape (b, k).
    ///
    /// ``images`` is (n, height, width, channels) with any strides, or ``Files``; it is read while other threads run, and
    /// nobody may write it before the call returns. The batch is (b, *output_shape), written to ``out`` (C-contiguous; undefined
    /// if the call raises) or to memory of the pool, on 1..1024 ``threads``; bfloat16 comes as its bits, uint16.
    /// ``names``, uint64 of shape (b,), are the sample numbers that errors name; by default the rows.
    ///
    /// Raises:
    ///     SpecError: a row is out of range, params are none that the pipeline could draw, ``out`` cannot be written or
    ///         overlaps the images, or an array but ``images`` is of another dtype.
    ///     ShapeError: a shape or a length does not fit.
    ///     PixelError: ``images`` is of another dtype than the source, or a pixel outside the value range.
    ///     DecodeError: a file cannot be decoded. What else the files' ``fallback`` raises comes as it is.
    ///     MemoryError: the system gives no memory, or no threads.
    #[pyo3(signature = (images, rows, params, threads, out=None, names=None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the contract with the Python package")]
    fn render<'py>(
        &self,
        py: Python<'py>,
        images: &Bound<'py, PyAny>,
        rows: &Bound<'py, PyAny>,
        params: &Bound<'py, PyAny>,
        threads: usize,
        out: Option<&Bound<'py, PyAny>>,
        names: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let call = self.call(images, rows, threads, names)?;
        let (shape, params) = table::<f64, 2>(params, "params")?;
        let expected = [call.rows.len(), self.bound.draws().width()];
        if shape != expected {
            return Err(shape_error(py, format!("params must have shape {expected:?}, got {shape:?}")));
        }
        self.run(py, &call, out, None, |job, bytes| self.bound.render(job, &params, bytes))
    }

    /// Draw and render: as ``render`` with the params that ``draw`` gives for the rows as samples.
    ///
    /// With a list as ``skipped`` files that cannot be decoded do not raise: (position, message) of each is appended to
    /// it, positions ascending, and what stands in their places of the batch is undefined.
    ///
    /// Raises:
    ///     SpecError, ShapeError, PixelError, DecodeError, MemoryError: as ``render`` and ``draw``.
    #[pyo3(signature = (images, rows, seed, epoch, repeats, threads, out=None, skipped=None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the contract with the Python package")]
    fn batch<'py>(
        &self,
        py: Python<'py>,
        images: &Bound<'py, PyAny>,
        rows: &Bound<'py, PyAny>,
        seed: u64,
        epoch: u64,
        repeats: &Bound<'py, PyAny>,
        threads: usize,
        out: Option<&Bound<'py, PyAny>>,
        skipped: Option<&Bound<'py, PyList>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let epoch = counter(py, "epoch", epoch)?;
        let call = self.call(images, rows, threads, None)?;
        let repeats = counters(repeats, "repeats", call.rows.len())?;
        self.run(py, &call, out, skipped, |job, bytes| self.bound.batch(job, seed, epoch, &repeats, bytes))
    }
}

impl Pipeline {
    fn call<'a, 'py>(
        &self,
        images: &'a Bound<'py, PyAny>,
        rows: &Bound<'py, PyAny>,
        threads: usize,
        names: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Call<'a, 'py>> {
        let images = if let Ok(files) = images.cast::<Files>() {
            files.get().check(images.py(), self.bound.source())?;
            Given::Files(files)
        } else {
            Given::Array(Images::new(images, self.bound.source())?)
        };
        let rows = values::<i64>(rows, "rows")?;
        let names = match names {
            Some(names) => counters(names, "names", rows.len())?,
            // A negative row is refused before anything is named after it.
            None => rows.iter().map(|row| row.cast_unsigned()).collect(),
        };
        Ok(Call { images, rows, names, threads })
    }

    fn run<'py>(
        &self,
        py: Python<'py>,
        call: &Call<'_, 'py>,
        out: Option<&Bound<'py, PyAny>>,
        skipped: Option<&Bound<'py, PyList>>,
        work: impl FnOnce(&Job<'_>, &mut [u8]) -> Result<(), Error> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Call { images, rows, names, threads } = call;
        let threads = *threads;
        let [a, b, c] = self.bound.output_shape();
        let (shape, dtype) = ([rows.len(), a, b, c], self.bound.output_dtype());
        let bytes = self.bound.batch_bytes(rows.len()).map_err(|error| raise(py, error))?;
        let read = match images {
            Given::Array(images) => images.extent(),
            Given::Files(_) => 0..0,
        };
        let mut output = Output::new(py, out, dtype, shape, bytes, read)?;
        match images {
            Given::Array(images) => {
                // SAFETY: the caller of the Python method holds the array until it returns, and is told not to write it.
                let views = unsafe { images.views(py, rows) }?;
                let job = Job { images: &views.as_slice(), names, threads };
                output.fill(py, |bytes| work(&job, bytes)).map_err(|error| raise(py, error))?;
            }
            Given::Files(files) => files.get().lend(py, rows, self.bound.enough(), skipped, |images| {
                let job = Job { images, names, threads };
                output.fill(py, |bytes| work(&job, bytes))
            })?,
        }
        output.into_array(py, dtype, shape)
    }
}

/// A copy of an array of `count` numbers below 2**63.
fn counters(argument: &Bound<'_, PyAny>, name: &str, count: usize) -> PyResult<Vec<u64>> {
    let py = argument.py();
    let values = values::<u64>(argument, name)?;
    if values.len() != count {
        return Err(shape_error(py, format!("{name} must have {count} entries, got {}", values.len())));
    }
    for value in &values {
        counter(py, name, *value)?;
    }
    Ok(values)
}

/// Draw a params table of shape (n, k).
pub(crate) fn draw_table<'py>(
    py: Python<'py>,
    draws: &Draws,
    seed: u64,
    epoch: u64,
    samples: &Bound<'py, PyAny>,
    repeats: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let epoch = counter(py, "epoch", epoch)?;
    let rows = array(samples, "samples")?.len();
    let (samples, repeats) = (counters(samples, "samples", rows)?, counters(repeats, "repeats", rows)?);
    let mut params = vec![0.0; rows * draws.width()];
    py.detach(|| batch::draw(draws, seed, epoch, &samples, &repeats, &mut params)).map_err(|error| raise(py, error))?;
    PyArray1::from_vec(py, params).reshape([rows, draws.width()])
}

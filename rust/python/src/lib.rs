//! The native module of the Python package samebatch: borrow, check, detach from the interpreter, call the core, map
//! errors. No rules live here.

#![expect(clippy::doc_markdown, reason = "what Python's help() prints is written in Python's markup")]

mod affine;
mod arrays;
mod decode;
mod errors;
mod files;
mod flight;
mod output;
mod pipeline;
mod whitening;

use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use samebatch_core::Spec;
use samebatch_core::batch::fpenv::in_default;
use samebatch_core::batch::{buffers, threads};
use samebatch_core::kernels::level;
use samebatch_core::params::Draws;
use samebatch_core::params::philox::{Place, Words, stream_key};
use samebatch_core::plan::Permutation;
use samebatch_core::source::cache;

use arrays::values;
use errors::raise;
use files::Files;
use pipeline::Pipeline;
use whitening::Whitening;

/// Return the names of a params table's columns, ``"<id>.<name>"``, in pipeline order.
///
/// Raises:
///     SpecError: ``spec_json`` is no pipeline this version can keep.
///     ShapeError: ``channels`` is not in 1..32.
#[pyfunction]
fn columns(py: Python<'_>, spec_json: &str, channels: usize) -> PyResult<Vec<String>> {
    let draws = read(py, spec_json, channels)?;
    Ok(draws.names().map(str::to_owned).collect())
}

/// Draw a params table of shape (n, k), float64, one row for each of ``samples`` and ``repeats``, uint64 of shape (n,).
///
/// Raises:
///     SpecError: as ``columns``; or a number is not below 2**63 (a seed: 2**64), or an array not uint64.
///     ShapeError: the arrays are not of one axis and one length.
#[pyfunction]
fn draw<'py>(
    py: Python<'py>,
    spec_json: &str,
    channels: usize,
    seed: u64,
    epoch: u64,
    samples: &Bound<'py, PyAny>,
    repeats: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    pipeline::draw_table(py, &read(py, spec_json, channels)?, seed, epoch, samples, repeats)
}

fn read(py: Python<'_>, spec_json: &str, channels: usize) -> PyResult<Draws> {
    let draws = in_default(|| Draws::new(&Spec::from_json(spec_json)?, channels));
    draws.map_err(|error| raise(py, error))
}

/// Return where a keyed permutation of 0..n-1 sends each of ``positions``, uint64 of shape (p,).
///
/// (seed, stream, epoch, tweak) name the permutation; ``n`` is at most 2**62.
///
/// Raises:
///     SpecError: ``n`` or a position is out of range, or ``positions`` not uint64.
///     ShapeError: ``positions`` is not of one axis.
#[pyfunction]
fn permute<'py>(
    py: Python<'py>,
    seed: u64,
    stream: &str,
    epoch: u64,
    tweak: u64,
    n: u64,
    positions: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray1<u64>>> {
    let mut positions = values::<u64>(positions, "positions")?;
    let moved = py.detach(|| {
        let permutation = Permutation::new(seed, stream, epoch, tweak, n)?;
        for position in &mut positions {
            *position = permutation.at(*position)?;
        }
        Ok(positions)
    });
    Ok(PyArray1::from_vec(py, moved.map_err(|error| raise(py, error))?))
}

/// Return the raw Philox words numbered ``draws`` (uint64, of shape (d,)) of a transform's or other stream, uint64.
///
/// Raises:
///     SpecError: ``draws`` is not uint64.
///     ShapeError: ``draws`` is not of one axis.
#[pyfunction]
fn words<'py>(
    py: Python<'py>,
    seed: u64,
    stream: &str,
    draws: &Bound<'py, PyAny>,
    sample: u64,
    epoch: u64,
    repeat: u64,
) -> PyResult<Bound<'py, PyArray1<u64>>> {
    let place = Place { seed, epoch, sample, repeat };
    let mut stream = Words::new(stream_key(stream), place);
    let words = values::<u64>(draws, "draws")?.into_iter().map(|draw| stream.word(draw)).collect();
    Ok(PyArray1::from_vec(py, words))
}

/// Return what the pool of output buffers holds: "in_use", "free" and "limit" in bytes, "buffers_in_use" and
/// "buffers_free" in buffers; and the caches of decoded images: "cached" in bytes, "images_cached" in images.
///
/// Raises:
///     SpecError: the environment's ``SAMEBATCH_POOL_BYTES``, which sets the limit, is no whole number.
#[pyfunction]
fn memory(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    buffers::limit().map_err(|error| raise(py, error))?;
    let usage = buffers::usage();
    let dict = PyDict::new(py);
    dict.set_item("in_use", usage.in_use)?;
    dict.set_item("free", usage.free)?;
    dict.set_item("limit", usage.limit)?;
    dict.set_item("buffers_in_use", usage.buffers_in_use)?;
    dict.set_item("buffers_free", usage.buffers_free)?;
    let cached = cache::usage();
    dict.set_item("cached", cached.bytes)?;
    dict.set_item("images_cached", cached.images)?;
    Ok(dict)
}

/// Return the name of the instructions in use: what ``SAMEBATCH_LEVEL`` says, else the best this machine has.
///
/// Raises:
///     SpecError: the variable names a level that this machine lacks.
#[pyfunction(name = "level")]
fn level_name(py: Python<'_>) -> PyResult<String> {
    level::active().map(|level| level.to_string()).map_err(|error| raise(py, error))
}

/// Return the names of the instruction sets this machine has, the best last.
#[pyfunction]
fn levels() -> Vec<String> {
    level::available().iter().map(ToString::to_string).collect()
}

/// Return how many threads this process may run at once; at least 1.
#[pyfunction]
fn available_threads() -> usize {
    threads::available()
}

/// The native core of samebatch.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::affine::affine;
    #[pymodule_export]
    use super::decode::decode;
    #[pymodule_export]
    use super::flight::end_fallbacks;
    #[pymodule_export]
    use super::{
        Files, Pipeline, Whitening, available_threads, columns, draw, level_name, levels, memory, permute, words,
    };
}

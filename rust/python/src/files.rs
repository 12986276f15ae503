//! The encoded images of a source, as Python holds them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use numpy::{PyArray3, PyArrayMethods};
use pyo3::exceptions::{PyException, PyMemoryError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};
use samebatch_core::Error;
use samebatch_core::kernels::SourceShape;
use samebatch_core::source::cache::Cache;
use samebatch_core::source::cache::disk::Stamp;
use samebatch_core::source::{self, Dtype, Encoded, FileImages, Helper, Images, Names, Options, Origin};

use crate::arrays::values;
use crate::decode::colour;
use crate::errors::{is_decode_error, raise, shape_error};
use crate::flight;

/// Ranges of files: in which of ``containers`` each image lies, where, and how many bytes it has.
///
/// ``which``, ``offsets`` and ``lengths`` are int64 of shape (n,); of each file ``sizes`` and ``times`` (bytes, and
/// nanoseconds since 1970) are what they were when it was indexed, and it is not read if they are others now.
///
/// Raises:
///     SpecError: an array is not int64, or a range lies in no file.
///     ShapeError: arrays of different lengths.
#[pyclass(frozen, module = "samebatch._native")]
pub(crate) struct Ranges(Arc<source::Ranges>);

#[pymethods]
impl Ranges {
    #[new]
    fn new(
        path_blob: PyBackedBytes,
        path_ends: &Bound<'_, PyAny>,
        sizes: &Bound<'_, PyAny>,
        times: &Bound<'_, PyAny>,
        which: &Bound<'_, PyAny>,
        offsets: &Bound<'_, PyAny>,
        lengths: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let py = path_ends.py();
        let (sizes, times) = (values::<i64>(sizes, "sizes")?, values::<i64>(times, "times")?);
        if sizes.len() != times.len() {
            return Err(shape_error(py, format!("{} sizes and {} times", sizes.len(), times.len())));
        }
        let stamps = sizes.into_iter().zip(times).map(|(size, time)| Stamp::new(size.cast_unsigned(), time)).collect();
        // Negative numbers are larger than any file, and refused as such.
        let which = values::<i64>(which, "which")?.into_iter().map(|which| which as usize).collect();
        let bytes =
            |array, name| values::<i64>(array, name).map(|array| array.into_iter().map(i64::cast_unsigned).collect());
        let (offsets, lengths) = (bytes(offsets, "offsets")?, bytes(lengths, "lengths")?);
        let containers = names(path_blob, path_ends)?;
        let ranges = source::Ranges::new(containers, stamps, which, offsets, lengths);
        ranges.map(|ranges| Self(Arc::new(ranges))).map_err(|error| raise(py, error))
    }
}

/// Encoded images: their names in one run of bytes, ``path_ends`` (int64 of shape (n,)) saying where each ends.
///
/// A name is the path of a file, unless ``origin`` says otherwise: ``Ranges``; or what is called
/// with an image's number, from any thread, and returns its bytes or raises, DecodeError with the bare reason if there is no such image.
///
/// ``color`` is "rgb", "rgba" or "grey"; ``upright`` follows EXIF's orientation; with ``fast`` a JPEG may be decoded at
/// a scale at which it is still as large as the pipeline's size, unless that cuts something out. What the native decoders do not take, and what has more
/// than ``largest`` pixels, ``fallback`` decodes: called with a path or, where images are no files, bytes, from any thread, it returns uint8 of shape
/// (height, width, channels) or raises, DecodeError with the bare reason at best. With ``memory`` decoded images are kept, up to ``memory_bytes`` or, if that is
/// None, a quarter of what is free; with ``folder`` they are kept in files there, unless they come from a call.
///
/// Immutable, and safe to use from any thread. It is not pickled: make it again from the same arguments.
///
/// Raises:
///     SpecError: ``color`` is none of the three, or ``path_ends`` not int64.
///     ShapeError: ``path_ends`` are not ascending, up to the length of ``path_blob``, or not as many as ranges.
#[pyclass(frozen, module = "samebatch._native")]
pub(crate) struct Files {
    inner: source::Files,
    fast: bool,
    fallback: Py<PyAny>,
    /// Gives images' bytes.
    read: Option<Py<PyAny>>,
}

#[pymethods]
impl Files {
    #[new]
    #[pyo3(signature = (path_blob, path_ends, color, upright, fast, fallback, *, origin=None, largest=None, memory=false, memory_bytes=None, folder=None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the contract with the Python package")]
    fn new(
        path_blob: PyBackedBytes,
        path_ends: &Bound<'_, PyAny>,
        color: &str,
        upright: bool,
        fast: bool,
        fallback: Py<PyAny>,
        origin: Option<&Bound<'_, PyAny>>,
        largest: Option<u64>,
        memory: bool,
        memory_bytes: Option<usize>,
        folder: Option<PathBuf>,
    ) -> PyResult<Self> {
        let py = path_ends.py();
        let colour = colour(py, color)?;
        let names = names(path_blob, path_ends)?;
        let cache = memory.then(|| Cache::new(names.count(), memory_bytes));
        let options = Options { colour, upright, largest: largest.unwrap_or(u64::MAX) };
        let (origin, read) = match origin {
            None => (Origin::Paths, None),
            Some(origin) => match origin.cast::<Ranges>() {
                Ok(ranges) => (Origin::Ranges(ranges.get().0.clone()), None),
                Err(_) => (Origin::Asked, Some(origin.clone().unbind())),
            },
        };
        let files = source::Files::new(names, origin, options, cache, folder);
        Ok(Self { inner: files.map_err(|error| raise(py, error))?, fast, fallback, read })
    }

    /// The bytes of decoded images that are kept.
    #[getter]
    fn cached(&self) -> usize {
        self.inner.cache().map_or(0, Cache::used)
    }

    /// Why nothing more is kept in the folder, or None.
    #[getter]
    fn cache_failure(&self) -> Option<&str> {
        self.inner.disk()?.failure()
    }

    fn __len__(&self) -> usize {
        self.inner.count()
    }
}

impl Files {
    /// Check that a pipeline is bound to images as these are.
    pub(crate) fn check(&self, py: Python<'_>, source: &SourceShape) -> PyResult<()> {
        let channels = self.inner.channels();
        if source.dtype != Dtype::Uint8 || source.channels != channels {
            let (dtype, bound) = (source.dtype, source.channels);
            return Err(shape_error(
                py,
                format!("files are Uint8 with {channels} channels, the pipeline is bound to {dtype:?} with {bound}"),
            ));
        }
        Ok(())
    }

    /// Let `work` have the images of these files, at a size that is `enough` if they are to be decoded fast, attached or
    /// not; tell which were skipped, if the caller wants to know.
    pub(crate) fn lend(
        &self,
        py: Python<'_>,
        rows: &[i64],
        enough: Option<[usize; 2]>,
        skipped: Option<&Bound<'_, PyList>>,
        work: impl FnOnce(&dyn Images) -> Result<(), Error>,
    ) -> PyResult<()> {
        // A negative row is larger than any count, and refused as such.
        let rows: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
        let channels = self.inner.channels();
        let asked = Asked { fallback: &self.fallback, read: self.read.as_ref(), channels, raised: Mutex::new(None) };
        let images = FileImages::new(&self.inner, &rows, enough.filter(|_| self.fast), &asked, skipped.is_some());
        let images = images.map_err(|error| raise(py, error))?;
        let result = work(&images);
        let told = images.into_skipped();
        if let Some(raised) = asked.raised.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(raised);
        }
        if matches!(result, Err(Error::Interrupted(_))) {
            flight::stay_if_ending(py)?;
        }
        result.map_err(|error| raise(py, error))?;
        skipped.map_or(Ok(()), |list| told.into_iter().try_for_each(|entry| list.append(entry)))
    }
}

/// Names, as Python hands them over.
fn names(blob: PyBackedBytes, ends: &Bound<'_, PyAny>) -> PyResult<Names> {
    // A negative end is larger than any length, and refused as such.
    let found = values::<i64>(ends, "path_ends")?.into_iter().map(|end| end as usize).collect();
    Names::new(blob, found).map_err(|error| raise(ends.py(), error))
}

/// Python's side, as native threads call it, and what it raised that is not about an image.
struct Asked<'a> {
    fallback: &'a Py<PyAny>,
    read: Option<&'a Py<PyAny>>,
    channels: usize,
    raised: Mutex<Option<PyErr>>,
}

impl Helper for Asked<'_> {
    fn fetch(&self, index: usize, content: &mut Vec<u8>) -> Result<(), Error> {
        flight::call(|py| self.bytes(py, index, content).map_err(|error| self.told_of_fetching(py, error)))
            .unwrap_or_else(|| Err(Error::Interrupted("Python ends, and reads no more images".to_owned())))
    }

    fn decode(&self, image: Encoded<'_>, pixels: &mut Vec<u8>) -> Result<[usize; 2], Error> {
        flight::call(|py| self.pixels(py, image, pixels).map_err(|error| self.told(py, error)))
            .unwrap_or_else(|| Err(Error::Interrupted("Python ends, and decodes no more files".to_owned())))
    }
}

impl Asked<'_> {
    fn bytes(&self, py: Python<'_>, index: usize, content: &mut Vec<u8>) -> PyResult<()> {
        let read = self.read.ok_or_else(|| PyTypeError::new_err("there is nobody to ask for an image's bytes"))?;
        let given = read.bind(py).call1((index,))?;
        let bytes = given.cast::<PyBytes>().map_err(|_| {
            PyTypeError::new_err(format!("what was asked for an image returned {}, not bytes", given.get_type()))
        })?;
        content.extend_from_slice(bytes.as_bytes());
        Ok(())
    }

    fn pixels(&self, py: Python<'_>, image: Encoded<'_>, pixels: &mut Vec<u8>) -> PyResult<[usize; 2]> {
        let made = match image {
            Encoded::File(path) => self.fallback.bind(py).call1((path.as_os_str(),))?,
            Encoded::Bytes(bytes) => self.fallback.bind(py).call1((PyBytes::new(py, bytes),))?,
        };
        let array = made.cast::<PyArray3<u8>>().map_err(|_| {
            PyTypeError::new_err(format!("the fallback returned {}, no array of uint8 with 3 axes", made.get_type()))
        })?;
        let array = array.try_readonly()?;
        let &[height, width, channels] = array.as_array().shape() else { unreachable!("3 axes") };
        if channels != self.channels {
            let expected = self.channels;
            return Err(PyTypeError::new_err(format!("the fallback returned {channels} channels, not {expected}")));
        }
        pixels.clear();
        // Of the view: the array's own `as_slice` has those in Fortran's order as they lie.
        match array.as_array().as_slice() {
            Some(values) => pixels.extend_from_slice(values),
            None => pixels.extend(array.as_array().iter()),
        }
        Ok([height, width])
    }

    /// What is wrong with the file; or, if it is something else, that it is kept to be raised as it is.
    fn told(&self, py: Python<'_>, error: PyErr) -> Error {
        let text = error.to_string();
        if is_decode_error(py, &error) {
            return Error::Decode(error.value(py).to_string());
        }
        if error.is_instance_of::<PyException>(py) && !error.is_instance_of::<PyMemoryError>(py) {
            return Error::Decode(text);
        }
        self.keep(error, text)
    }

    /// That there is no such image; everything else, as a network that fails, is none of the image's faults.
    fn told_of_fetching(&self, py: Python<'_>, error: PyErr) -> Error {
        if is_decode_error(py, &error) {
            return Error::Decode(error.value(py).to_string());
        }
        let text = error.to_string();
        self.keep(error, text)
    }

    fn keep(&self, error: PyErr, text: String) -> Error {
        self.raised.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        Error::Interrupted(text)
    }
}

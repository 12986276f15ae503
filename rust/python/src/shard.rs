//! The index of a tar archive, as Python asks for it.

use std::cell::RefCell;
use std::path::PathBuf;

use numpy::PyArray1;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use samebatch_core::source::shard::{Index, Local, ReadAt, Wanted, scan};

/// Bytes that are asked for at once where each call may cost a journey over a network.
const FAR: usize = 1 << 20;

/// Read a tar archive's headers for an index of its samples.
///
/// Args:
///     archive: The path of a file; or what returns the ``length`` bytes from ``offset`` on, called with the two.
///     images: Suffixes of images, in small letters; the first that a sample has is its image.
///     label: The suffix of labels, or None.
///     size: How many bytes there are; for a path it is found out.
///
/// Returns:
///     A dict: "names" (bytes, of the images), "name_ends", "offsets", "lengths" (int64), "labels" (bytes),
///     "label_ends" (int64), "incomplete" (how many samples lack something), "lacking" (what the first of them lacks,
///     or None), "damage" (where and why the reading ended early, or None).
///
/// Raises:
///     What ``archive`` raises; TypeError: it returned no bytes.
#[pyfunction]
#[pyo3(signature = (archive, images, label=None, size=0))]
pub(crate) fn scan_shard<'py>(
    py: Python<'py>,
    archive: &Bound<'py, PyAny>,
    images: Vec<Vec<u8>>,
    label: Option<Vec<u8>>,
    size: u64,
) -> PyResult<Bound<'py, PyDict>> {
    let wanted = Wanted { images, label };
    let index = if archive.is_callable() {
        let far = Far { read: archive, size, raised: RefCell::new(None) };
        let index = scan(&far, &wanted);
        if let Some(error) = far.raised.into_inner() {
            return Err(error);
        }
        index
    } else {
        let path: PathBuf = archive.extract()?;
        py.detach(|| match Local::open(&path) {
            Ok(local) => scan(&local, &wanted),
            Err(reason) => Index { damage: Some(reason), ..Default::default() },
        })
    };
    let dict = PyDict::new(py);
    dict.set_item("names", PyBytes::new(py, &index.names))?;
    dict.set_item("name_ends", PyArray1::from_vec(py, index.name_ends))?;
    dict.set_item("offsets", PyArray1::from_vec(py, index.offsets))?;
    dict.set_item("lengths", PyArray1::from_vec(py, index.lengths))?;
    dict.set_item("labels", PyBytes::new(py, &index.labels))?;
    dict.set_item("label_ends", PyArray1::from_vec(py, index.label_ends))?;
    dict.set_item("incomplete", index.incomplete)?;
    dict.set_item("lacking", index.lacking)?;
    dict.set_item("damage", index.damage)?;
    Ok(dict)
}

/// An archive that Python reads.
struct Far<'a, 'py> {
    read: &'a Bound<'py, PyAny>,
    size: u64,
    raised: RefCell<Option<PyErr>>,
}

impl Far<'_, '_> {
    fn call(&self, offset: u64, content: &mut [u8]) -> PyResult<()> {
        let given = self.read.call1((offset, content.len()))?;
        let bytes = given.cast::<PyBytes>()?.as_bytes();
        if bytes.len() != content.len() {
            let (got, expected) = (bytes.len(), content.len());
            return Err(PyTypeError::new_err(format!("asked for {expected} bytes, and got {got}")));
        }
        content.copy_from_slice(bytes);
        Ok(())
    }
}

impl ReadAt for Far<'_, '_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, content: &mut [u8]) -> Result<(), String> {
        self.call(offset, content).map_err(|error| {
            let text = error.to_string();
            *self.raised.borrow_mut() = Some(error);
            text
        })
    }

    fn at_once(&self) -> usize {
        FAR
    }
}

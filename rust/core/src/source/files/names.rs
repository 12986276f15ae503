//! Many names in two pieces of memory.

use std::path::Path;

use crate::error::Error;

/// The bytes of names, one after the other, and where each ends.
pub struct Names {
    bytes: Box<dyn AsRef<[u8]> + Send + Sync>,
    ends: Vec<usize>,
}

impl Names {
    /// Those names that end there.
    ///
    /// # Errors
    /// [`Error::Shape`] if the ends are not those of names in `bytes`.
    pub fn new(bytes: impl AsRef<[u8]> + Send + Sync + 'static, ends: Vec<usize>) -> Result<Self, Error> {
        if !ends.is_sorted() || ends.last().is_some_and(|end| *end != bytes.as_ref().len()) {
            let bytes = bytes.as_ref().len();
            return Err(Error::Shape(format!("the ends of paths must ascend, up to their {bytes} bytes")));
        }
        Ok(Self { bytes: Box::new(bytes), ends })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &(*self.bytes).as_ref()[start..self.ends[index]]
    }

    /// One of them as the system takes a path: its bytes on Unix, UTF-8 elsewhere.
    #[cfg_attr(unix, expect(clippy::unnecessary_wraps, reason = "elsewhere not all bytes are a path"))]
    pub(super) fn path(&self, index: usize) -> Result<&Path, String> {
        let bytes = self.get(index);
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            Ok(Path::new(std::ffi::OsStr::from_bytes(bytes)))
        }
        #[cfg(not(unix))]
        str::from_utf8(bytes).map(Path::new).map_err(|_| "its name is not UTF-8".to_owned())
    }

    /// One of them as messages show it.
    pub(super) fn shown(&self, index: usize) -> String {
        String::from_utf8_lossy(self.get(index)).escape_debug().to_string()
    }
}

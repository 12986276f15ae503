//! An archive read a piece at a time, forwards.

use std::fs::File;
use std::path::Path;

use super::Damage;
use crate::source::files::{exactly, open};

/// What can be read at any place.
pub trait ReadAt {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Fill `content` with what is there from `offset` on; the reason, if that cannot be done.
    ///
    /// # Errors
    /// In words.
    fn read_at(&self, offset: u64, content: &mut [u8]) -> Result<(), String>;

    /// How many bytes are best read at once.
    fn at_once(&self) -> usize;
}

/// A file of this machine.
pub struct Local {
    file: File,
    size: u64,
}

impl Local {
    /// Open a regular file.
    ///
    /// # Errors
    /// The reason, if that cannot be done.
    pub fn open(path: &Path) -> Result<Self, String> {
        let (file, metadata) = open(path)?;
        Ok(Self { file, size: metadata.len() })
    }
}

impl ReadAt for Local {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, content: &mut [u8]) -> Result<(), String> {
        exactly(&self.file, offset, content)
    }

    /// Small members come several at once, and of large ones little more than the header is read.
    fn at_once(&self) -> usize {
        1 << 13
    }
}

/// The piece that was read last.
pub(super) struct Window<'a> {
    source: &'a dyn ReadAt,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self { source, start: 0, bytes: Vec::new() }
    }

    pub(super) fn size(&self) -> u64 {
        self.source.size()
    }

    /// Bytes that lie within the archive.
    pub(super) fn get(&mut self, offset: u64, length: usize) -> Result<&[u8], Damage> {
        let inside = offset.checked_sub(self.start).filter(|skip| skip + length as u64 <= self.bytes.len() as u64);
        let skip = if let Some(skip) = inside {
            skip as usize
        } else {
            let left = self.size().saturating_sub(offset);
            let wanted = left.min(length.max(self.source.at_once()) as u64) as usize;
            self.bytes.resize(wanted.max(length), 0);
            self.start = offset;
            if let Err(reason) = self.source.read_at(offset, &mut self.bytes) {
                self.bytes.clear();
                return Err(Damage::new(offset, reason));
            }
            0
        };
        Ok(&self.bytes[skip..skip + length])
    }
}

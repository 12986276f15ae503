//! Images that are ranges of larger files, as those in an archive are.

use std::fs::File;
use std::sync::{Arc, Mutex};

use super::names::Names;
use super::read::{self, TOO_LARGE};
use crate::error::Error;
use crate::source::cache::disk::{Place, Stamp};

/// Files that stay open, of which there may be thousands; to open one takes microseconds.
const OPEN: usize = 64;

/// Where each image lies in which file.
pub struct Ranges {
    containers: Names,
    stamps: Vec<Stamp>,
    which: Vec<usize>,
    offsets: Vec<u64>,
    lengths: Vec<u64>,
    /// Those that were opened last. Nobody waits for the lock, which a forked child may find held for ever: who cannot
    /// have it opens the file for itself.
    open: Mutex<Vec<(usize, Arc<File>)>>,
}

impl Ranges {
    /// Ranges of these files: `which` of them, from which byte on, and how many. A file is read only as long as it has
    /// its stamp.
    ///
    /// # Errors
    /// [`Error::Shape`] if the lengths differ, [`Error::Spec`] if there is no such file.
    pub fn new(
        containers: Names,
        stamps: Vec<Stamp>,
        which: Vec<usize>,
        offsets: Vec<u64>,
        lengths: Vec<u64>,
    ) -> Result<Self, Error> {
        let counts = [which.len(), offsets.len(), lengths.len()];
        if stamps.len() != containers.count() || counts.iter().any(|count| *count != counts[0]) {
            let (files, stamps) = (containers.count(), stamps.len());
            return Err(Error::Shape(format!("ranges of {counts:?} numbers, in {files} files with {stamps} stamps")));
        }
        if let Some(wrong) = which.iter().find(|which| **which >= containers.count()) {
            let count = containers.count();
            return Err(Error::Spec(format!("a range lies in file {}, and there are {count}", wrong.cast_signed())));
        }
        Ok(Self { containers, stamps, which, offsets, lengths, open: Mutex::default() })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.which.len()
    }

    /// The file that one lies in, as messages show it.
    pub(super) fn shown(&self, index: usize) -> String {
        self.containers.shown(self.which[index])
    }

    pub(super) fn place(&self, index: usize) -> Result<Place<'_>, String> {
        let path = self.containers.path(self.which[index])?;
        Ok(Place { path, range: Some([self.offsets[index], self.lengths[index]]) })
    }

    /// Read one into `content`; the reason, if that cannot be done.
    pub(super) fn read(&self, index: usize, content: &mut Vec<u8>) -> Result<Stamp, String> {
        let (which, offset, length) = (self.which[index], self.offsets[index], self.lengths[index]);
        match length {
            0 => return Err("it is empty (0 bytes)".to_owned()),
            TOO_LARGE.. => return Err(format!("it has {length} bytes, and 2**31 bytes and more are not read")),
            _ => {}
        }
        let file = self.file(which)?;
        let length = length as usize;
        content
            .try_reserve(length.saturating_sub(content.len()))
            .map_err(|reason| format!("there is no memory for it: {reason}"))?;
        content.resize(length, 0);
        read::exactly(&file, offset, content)?;
        Ok(self.stamps[which])
    }

    fn file(&self, which: usize) -> Result<Arc<File>, String> {
        let find =
            |open: &Vec<(usize, Arc<File>)>| open.iter().find(|(held, _)| *held == which).map(|(_, file)| file.clone());
        if let Some(file) = self.open.try_lock().ok().and_then(|open| find(&open)) {
            return Ok(file);
        }
        let (file, metadata) =
            read::open(self.containers.path(which)?).map_err(|reason| format!("of its file: {reason}"))?;
        if Stamp::of(&metadata) != Some(self.stamps[which]) {
            let told = "its file has changed since it was indexed: another size or time; make the source anew";
            return Err(told.to_owned());
        }
        let file = Arc::new(file);
        if let Ok(mut open) = self.open.try_lock() {
            if open.len() >= OPEN {
                open.remove(0);
            }
            open.push((which, file.clone()));
        }
        Ok(file)
    }
}

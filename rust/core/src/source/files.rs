//! Images in files: read, decoded natively or by whoever is asked instead, and kept if there is a cache.

mod read;

pub(super) use read::open;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::cache::Cache;
use super::cache::disk::{Disk, Stamp};
use super::decode::{Colour, Wanted, decode};
use super::images::{Images, Loaded, view};
use super::raster::pad;
use super::view::ImageView;
use crate::error::Error;
use crate::spec::MAX_SIDE;

/// Decodes a file that the native decoders decline: its path and its pixels' place to (height, width).
pub type Fallback<'a> = dyn Fn(&Path, &mut Vec<u8>) -> Result<[usize; 2], Error> + Sync + 'a;

/// How files are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What pixels become.
    pub colour: Colour,
    /// Whether EXIF's orientation is followed.
    pub upright: bool,
    /// More pixels than this are not decoded natively.
    pub largest: u64,
}

/// The files of a source, each an image.
pub struct Files {
    /// All paths, one after the other.
    paths: Box<dyn AsRef<[u8]> + Send + Sync>,
    /// Where each ends.
    ends: Vec<usize>,
    options: Options,
    cache: Option<Cache>,
    disk: Option<Disk>,
}

impl Files {
    /// The files of these paths, the bytes of one after the other, and where each of them ends. Decoded images are kept
    /// in the cache and the folder, if there are any.
    ///
    /// # Errors
    /// [`Error::Shape`] if the ends are not those of paths in `paths`.
    pub fn new(
        paths: impl AsRef<[u8]> + Send + Sync + 'static,
        ends: Vec<usize>,
        options: Options,
        cache: Option<Cache>,
        folder: Option<PathBuf>,
    ) -> Result<Self, Error> {
        if !ends.is_sorted() || ends.last().is_some_and(|end| *end != paths.as_ref().len()) {
            let bytes = paths.as_ref().len();
            return Err(Error::Shape(format!("the ends of paths must ascend, up to their {bytes} bytes")));
        }
        let colour = options.colour;
        let disk = folder
            .map(|folder| Disk::new(folder, vec![colour.channels() as u8, options.upright.into()], colour.channels()));
        Ok(Self { paths: Box::new(paths), ends, options, cache, disk })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// How they are decoded.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What is kept of them in memory.
    pub fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    /// What is kept of them in a folder.
    pub fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }

    /// Channels of every image.
    pub fn channels(&self) -> usize {
        self.options.colour.channels()
    }

    fn path(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &(*self.paths).as_ref()[start..self.ends[index]]
    }

    /// The image of a file; an [`Error::Decode`] has the reason only.
    fn load<'a>(
        &'a self,
        index: usize,
        at_least: Option<[usize; 2]>,
        fallback: &Fallback<'_>,
        loaded: &'a mut Loaded,
    ) -> Result<ImageView<'a>, Error> {
        if let Some((pixels, size)) = self.cache.as_ref().and_then(|cache| cache.get(index, at_least)) {
            return Ok(view(pixels, size, self.channels()));
        }
        loaded.shed();
        let path = read::path(self.path(index)).map_err(Error::Decode)?;
        let stored = self.disk.as_ref().and_then(|disk| disk.get(path, at_least, &mut loaded.pixels));
        let size = match stored {
            Some(size) => size,
            None => self.decode(path, at_least, fallback, loaded)?,
        };
        pad(&mut loaded.pixels);
        if let Some(cache) = &self.cache {
            cache.offer(index, at_least, size, &loaded.pixels);
        }
        Ok(view(&loaded.pixels, size, self.channels()))
    }

    fn decode(
        &self,
        path: &Path,
        at_least: Option<[usize; 2]>,
        fallback: &Fallback<'_>,
        loaded: &mut Loaded,
    ) -> Result<[usize; 2], Error> {
        let Loaded { file, pixels } = loaded;
        let Options { colour, upright, largest } = self.options;
        let metadata = read::read(path, file).map_err(Error::Decode)?;
        let native = decode(file, &Wanted { colour, upright, at_least, largest }, pixels);
        let size @ [height, width] = native.map_or_else(|| fallback(path, pixels), Ok)?;
        if ![height, width].iter().all(|side| (1..=MAX_SIDE).contains(side)) {
            let told = format!("it has {height} x {width} pixels, and 1 to {MAX_SIDE} a side can be read");
            return Err(Error::Decode(told));
        }
        if pixels.len() != height * width * self.channels() {
            let (got, channels) = (pixels.len(), self.channels());
            return Err(Error::Internal(format!("{got} bytes for {height} x {width} pixels of {channels} channels")));
        }
        if let (Some(disk), Some(stamp)) = (&self.disk, Stamp::of(&metadata)) {
            disk.put(path, at_least, stamp, size, pixels);
        }
        Ok(size)
    }
}

/// The files of a batch.
pub struct FileImages<'a> {
    files: &'a Files,
    rows: &'a [usize],
    at_least: Option<[usize; 2]>,
    fallback: &'a Fallback<'a>,
    skipped: Option<Mutex<Vec<(usize, String)>>>,
}

impl<'a> FileImages<'a> {
    /// These of the files, in this order. A JPEG may be decoded at a scale at which it is still `at_least` this large.
    /// With `skip` a batch is made without those that cannot be decoded.
    ///
    /// # Errors
    /// [`Error::Spec`] if there is no such file.
    pub fn new(
        files: &'a Files,
        rows: &'a [usize],
        at_least: Option<[usize; 2]>,
        fallback: &'a Fallback<'a>,
        skip: bool,
    ) -> Result<Self, Error> {
        let count = files.count();
        if let Some(position) = rows.iter().position(|row| *row >= count) {
            return Err(Error::Spec(format!(
                "rows[{position}] = {} is out of range for {count} images",
                rows[position].cast_signed()
            )));
        }
        Ok(Self { files, rows, at_least, fallback, skipped: skip.then(Mutex::default) })
    }

    /// The positions of those that were passed over, ascending, and why.
    pub fn into_skipped(self) -> Vec<(usize, String)> {
        let skipped = self.skipped.map(|list| list.into_inner().unwrap_or_else(PoisonError::into_inner));
        let mut skipped = skipped.unwrap_or_default();
        skipped.sort_unstable();
        skipped
    }
}

impl Images for FileImages<'_> {
    fn count(&self) -> usize {
        self.rows.len()
    }

    fn load<'a>(&'a self, position: usize, loaded: &'a mut Loaded) -> Result<ImageView<'a>, Error> {
        let index = self.rows[position];
        self.files.load(index, self.at_least, self.fallback, loaded).map_err(|error| match error {
            Error::Decode(reason) => {
                let name = String::from_utf8_lossy(self.files.path(index)).escape_debug().to_string();
                let told = Error::Decode(format!("'{name}': {reason}"));
                if let Some(skipped) = &self.skipped {
                    // Nothing panics under this lock, so a poisoned one is as good as any.
                    skipped.lock().unwrap_or_else(PoisonError::into_inner).push((position, reason));
                }
                told
            }
            other => other,
        })
    }

    fn passes_over(&self, error: &Error) -> bool {
        self.skipped.is_some() && matches!(error, Error::Decode(_))
    }
}

#[cfg(test)]
mod tests;

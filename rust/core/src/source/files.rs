//! Images, each encoded on its own: read, decoded natively or by whoever is asked instead, and kept if there is a cache.

mod names;
mod ranges;
mod read;

pub use names::Names;
pub use ranges::Ranges;
pub(super) use read::{exactly, open};

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::cache::Cache;
use super::cache::disk::{Disk, Place, Stamp};
use super::decode::{Colour, Wanted, decode};
use super::images::{Images, Loaded, view};
use super::raster::pad;
use super::view::ImageView;
use crate::error::Error;
use crate::spec::MAX_SIDE;

/// Where the bytes of images come from.
pub enum Origin {
    /// A file each, whose path is the image's name.
    Paths,
    /// Ranges of files; an image's name is told after its file's.
    Ranges(Arc<Ranges>),
    /// Whoever is asked gives them.
    Asked,
}

/// An image as it is before it is decoded.
#[derive(Clone, Copy, Debug)]
pub enum Encoded<'a> {
    /// In a file.
    File(&'a Path),
    /// In memory.
    Bytes(&'a [u8]),
}

/// Who is asked for what is not done here; from several threads at once.
pub trait Helper: Sync {
    /// Put the bytes of an image into `content`.
    ///
    /// # Errors
    /// [`Error::Decode`] with the reason if there is no such image, [`Error::Interrupted`] if something else is wrong.
    fn fetch(&self, index: usize, content: &mut Vec<u8>) -> Result<(), Error>;

    /// Decode an image that the native decoders decline: its pixels to their place, (height, width) back.
    ///
    /// # Errors
    /// As [`Helper::fetch`].
    fn decode(&self, image: Encoded<'_>, pixels: &mut Vec<u8>) -> Result<[usize; 2], Error>;
}

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

/// The images of a source, each encoded on its own.
pub struct Files {
    names: Names,
    origin: Origin,
    options: Options,
    cache: Option<Cache>,
    disk: Option<Disk>,
}

impl Files {
    /// The images of these names. Decoded images are kept in the cache and the folder, if there are any; not in the
    /// folder if their bytes are asked for, since nothing says then whether they are still the same.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many ranges as names.
    pub fn new(
        names: Names,
        origin: Origin,
        options: Options,
        cache: Option<Cache>,
        folder: Option<PathBuf>,
    ) -> Result<Self, Error> {
        if let Origin::Ranges(ranges) = &origin
            && ranges.count() != names.count()
        {
            let (ranges, names) = (ranges.count(), names.count());
            return Err(Error::Shape(format!("there are {ranges} ranges and {names} names")));
        }
        let colour = options.colour;
        let disk = folder
            .map(|folder| Disk::new(folder, vec![colour.channels() as u8, options.upright.into()], colour.channels()));
        Ok(Self { names, origin, options, cache, disk })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.count()
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

    /// What an image is called: its path, or its file's and its own name.
    fn shown(&self, index: usize) -> String {
        let name = self.names.shown(index);
        match &self.origin {
            Origin::Ranges(ranges) => format!("{}: {name}", ranges.shown(index)),
            Origin::Paths | Origin::Asked => name,
        }
    }

    /// Where an image lies, if that is known.
    fn place(&self, index: usize) -> Result<Option<Place<'_>>, String> {
        match &self.origin {
            Origin::Paths => self.names.path(index).map(|path| Some(Place { path, range: None })),
            Origin::Ranges(ranges) => ranges.place(index).map(Some),
            Origin::Asked => Ok(None),
        }
    }

    /// An image; an [`Error::Decode`] has the reason only.
    fn load<'a>(
        &'a self,
        index: usize,
        at_least: Option<[usize; 2]>,
        helper: &dyn Helper,
        loaded: &'a mut Loaded,
    ) -> Result<ImageView<'a>, Error> {
        if let Some((pixels, size)) = self.cache.as_ref().and_then(|cache| cache.get(index, at_least)) {
            return Ok(view(pixels, size, self.channels()));
        }
        loaded.shed();
        let place = self.place(index).map_err(Error::Decode)?;
        let stored =
            self.disk.as_ref().zip(place).and_then(|(disk, place)| disk.get(place, at_least, &mut loaded.pixels));
        let size = match stored {
            Some(size) => size,
            None => self.decode(index, place, at_least, helper, loaded)?,
        };
        pad(&mut loaded.pixels);
        if let Some(cache) = &self.cache {
            cache.offer(index, at_least, size, &loaded.pixels);
        }
        Ok(view(&loaded.pixels, size, self.channels()))
    }

    fn decode(
        &self,
        index: usize,
        place: Option<Place<'_>>,
        at_least: Option<[usize; 2]>,
        helper: &dyn Helper,
        loaded: &mut Loaded,
    ) -> Result<[usize; 2], Error> {
        let Loaded { file, pixels } = loaded;
        let Options { colour, upright, largest } = self.options;
        let stamp = self.read(index, helper, file)?;
        let native = decode(file, &Wanted { colour, upright, at_least, largest }, pixels);
        let encoded = match (&self.origin, place) {
            (Origin::Paths, Some(place)) => Encoded::File(place.path),
            _ => Encoded::Bytes(file),
        };
        let size @ [height, width] = native.map_or_else(|| helper.decode(encoded, pixels), Ok)?;
        if ![height, width].iter().all(|side| (1..=MAX_SIDE).contains(side)) {
            let told = format!("it has {height} x {width} pixels, and 1 to {MAX_SIDE} a side can be read");
            return Err(Error::Decode(told));
        }
        if pixels.len() != height * width * self.channels() {
            let (got, channels) = (pixels.len(), self.channels());
            return Err(Error::Internal(format!("{got} bytes for {height} x {width} pixels of {channels} channels")));
        }
        if let (Some(disk), Some(place), Some(stamp)) = (&self.disk, place, stamp) {
            disk.put(place, at_least, stamp, size, pixels);
        }
        Ok(size)
    }

    /// Read an image's bytes, and what tells whether its file is still the same.
    fn read(&self, index: usize, helper: &dyn Helper, content: &mut Vec<u8>) -> Result<Option<Stamp>, Error> {
        match &self.origin {
            Origin::Paths => {
                let path = self.names.path(index).map_err(Error::Decode)?;
                read::read(path, content).map(|metadata| Stamp::of(&metadata)).map_err(Error::Decode)
            }
            Origin::Ranges(ranges) => ranges.read(index, content).map(Some).map_err(Error::Decode),
            Origin::Asked => {
                content.clear();
                helper.fetch(index, content)?;
                if content.is_empty() { Err(Error::Decode("it is empty (0 bytes)".to_owned())) } else { Ok(None) }
            }
        }
    }
}

/// The files of a batch.
pub struct FileImages<'a> {
    files: &'a Files,
    rows: &'a [usize],
    at_least: Option<[usize; 2]>,
    helper: &'a dyn Helper,
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
        helper: &'a dyn Helper,
        skip: bool,
    ) -> Result<Self, Error> {
        let count = files.count();
        if let Some(position) = rows.iter().position(|row| *row >= count) {
            return Err(Error::Spec(format!(
                "rows[{position}] = {} is out of range for {count} images",
                rows[position].cast_signed()
            )));
        }
        Ok(Self { files, rows, at_least, helper, skipped: skip.then(Mutex::default) })
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
        self.files.load(index, self.at_least, self.helper, loaded).map_err(|error| match error {
            Error::Decode(reason) => {
                let name = self.files.shown(index);
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

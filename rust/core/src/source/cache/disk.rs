//! Decoded images that are kept in files of a folder, one for each, for the next run.
//!
//! An entry is found by what it was decoded from and for, and holds only as long as the image file has the size and the
//! time it had. It is read and not mapped into memory: a mapped file that someone cuts off takes the process with it.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use blake2::{Blake2b, Digest, digest::consts::U16};

use crate::source::files::open;
use crate::spec::MAX_SIDE;

/// The format, and its version: another one is another number.
const MAGIC: &[u8; 8] = b"samebat\x01";
const HEADER: usize = 64;

/// A folder of decoded images.
pub struct Disk {
    folder: PathBuf,
    /// What an image becomes, apart from its size.
    options: Vec<u8>,
    channels: usize,
    /// Why nothing more is written: the disk is full, the folder read-only, ...
    failure: OnceLock<String>,
}

/// Where an image is: in a file, or in a range of one, (offset, length).
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Place<'a> {
    pub path: &'a Path,
    pub range: Option<[u64; 2]>,
}

/// What an entry is valid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    bytes: u64,
    modified: i64,
}

impl Stamp {
    /// The stamp of a file of this many bytes, modified this many nanoseconds after 1970.
    pub fn new(bytes: u64, modified: i64) -> Self {
        Self { bytes, modified }
    }

    /// The stamp of an image file; none if its system has no times.
    pub fn of(metadata: &Metadata) -> Option<Self> {
        let modified = match metadata.modified().ok()?.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).ok()?,
            Err(before) => i64::try_from(before.duration().as_nanos()).ok()?.checked_neg()?,
        };
        Some(Self { bytes: metadata.len(), modified })
    }
}

impl Disk {
    /// The entries in this folder of images decoded with these options, which have this many channels.
    pub fn new(folder: PathBuf, options: Vec<u8>, channels: usize) -> Self {
        Self { folder, options, channels, failure: OnceLock::new() }
    }

    /// Why nothing more is kept, if so.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// The pixels kept of an image, into `pixels`, and their (height, width).
    pub(in crate::source) fn get(
        &self,
        image: Place<'_>,
        at_least: Option<[usize; 2]>,
        pixels: &mut Vec<u8>,
    ) -> Option<[usize; 2]> {
        let stamp = Stamp::of(&fs::metadata(image.path).ok().filter(Metadata::is_file)?)?;
        let key = self.key(image, at_least)?;
        let (mut file, metadata) = open(&self.entry(&key)).ok()?;
        let mut header = [0; HEADER];
        file.read_exact(&mut header).ok()?;
        let (size @ [height, width], sum) = self.parse(&header, &key, stamp)?;
        let len = height * width * self.channels;
        if metadata.len() != (HEADER + len) as u64 {
            return None;
        }
        pixels.clear();
        pixels.try_reserve(len).ok()?;
        file.take(len as u64).read_to_end(pixels).ok()?;
        (pixels.len() == len && checksum(pixels) == sum).then_some(size)
    }

    /// Keep the pixels of an image whose file had this stamp when it was read.
    pub(in crate::source) fn put(
        &self,
        image: Place<'_>,
        at_least: Option<[usize; 2]>,
        stamp: Stamp,
        size: [usize; 2],
        pixels: &[u8],
    ) {
        let (None, Some(key)) = (self.failure(), self.key(image, at_least)) else { return };
        let header = self.header(&key, stamp, size, checksum(pixels));
        if let Err(reason) = write(&self.entry(&key), &[&header, pixels]) {
            self.failure.get_or_init(|| format!("cannot write to {}: {reason}", self.folder.display()));
        }
    }

    /// What names an entry: the image's full path and all that decides its pixels.
    fn key(&self, image: Place<'_>, at_least: Option<[usize; 2]>) -> Option<[u8; 16]> {
        let path = std::path::absolute(image.path).ok()?;
        let [height, width] = at_least.unwrap_or([0, 0]).map(|side| (side as u64).to_le_bytes());
        let hash = Blake2b::<U16>::new().chain_update(MAGIC).chain_update(height).chain_update(width);
        let hash = hash.chain_update(&self.options).chain_update(path.as_os_str().as_encoded_bytes());
        // No path holds a zero, so none is taken for another's range.
        let range = image.range.map(|[offset, length]| {
            hash.clone().chain_update([0]).chain_update(offset.to_le_bytes()).chain_update(length.to_le_bytes())
        });
        Some(range.unwrap_or(hash).finalize().into())
    }

    fn entry(&self, key: &[u8; 16]) -> PathBuf {
        let name = key.iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
        // A folder of a million entries is slow, and one of thousands is not.
        self.folder.join(&name[..2]).join(&name[2..])
    }

    fn header(&self, key: &[u8; 16], stamp: Stamp, [height, width]: [usize; 2], sum: u64) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..12].copy_from_slice(&(height as u32).to_le_bytes());
        header[12..16].copy_from_slice(&(width as u32).to_le_bytes());
        header[16..24].copy_from_slice(&(self.channels as u64).to_le_bytes());
        header[24..32].copy_from_slice(&stamp.bytes.to_le_bytes());
        header[32..40].copy_from_slice(&stamp.modified.to_le_bytes());
        header[40..48].copy_from_slice(&sum.to_le_bytes());
        let proof = Blake2b::<U16>::new().chain_update(&header[..48]).chain_update(key).finalize();
        header[48..].copy_from_slice(&proof);
        header
    }

    /// The (height, width) and the checksum that a header tells, if it is the one that would be written.
    fn parse(&self, header: &[u8; HEADER], key: &[u8; 16], stamp: Stamp) -> Option<([usize; 2], u64)> {
        let side = |at: usize| header[at..at + 4].try_into().map(u32::from_le_bytes).ok().map(|side| side as usize);
        let size = [side(8)?, side(12)?];
        let sum = u64::from_le_bytes(header[40..48].try_into().ok()?);
        let sane = size.iter().all(|side| (1..=MAX_SIDE).contains(side));
        (sane && *header == self.header(key, stamp, size, sum)).then_some((size, sum))
    }
}

/// Write a file all at once: whoever reads finds it whole, or as it was, or not at all.
fn write(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(folder)?;
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("tmp-{}-{number}", std::process::id());
    let unfinished = folder.join(name);
    let written = File::create_new(&unfinished).and_then(|mut file| {
        parts.iter().try_for_each(|part| file.write_all(part))?;
        fs::rename(&unfinished, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// A number that nearly every damage changes, at the speed of memory; it is no protection against intent.
fn checksum(pixels: &[u8]) -> u64 {
    const PRIME: u64 = 0x9E37_79B1_85EB_CA87;
    let (words, rest) = pixels.as_chunks::<8>();
    let start = (pixels.len() as u64).wrapping_mul(PRIME);
    let sum =
        words.iter().fold(start, |sum, word| (sum ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME).rotate_left(29));
    rest.iter().fold(sum, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(PRIME).rotate_left(29))
}

#[cfg(test)]
mod tests;

//! Image files to pixels, where that equals `PIL.Image.open(file).convert(mode)` to the byte.
//!
//! A decoder has two outcomes: the pixels that Pillow gives, or it declines, and Pillow decides about pixels or error.
//! So whatever is not flawless is declined, and so is what is rare and would be long to match.

mod bmp;
mod colour;
mod exif;
mod gif;
mod jpeg;
mod png;
mod upright;
mod webp;

use super::slack;
use exif::Orientation;

/// The longest side that the kernels take.
const LONGEST: usize = 16_384;

/// The channels of decoded pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Red, green, blue: Pillow's mode RGB.
    Rgb,
    /// Red, green, blue, alpha: Pillow's mode RGBA.
    Rgba,
    /// Luma: Pillow's mode L.
    Grey,
}

impl Colour {
    /// How many bytes a pixel has.
    pub const fn channels(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
            Self::Grey => 1,
        }
    }
}

/// What is asked of a decoder.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The channels of the result.
    pub colour: Colour,
    /// Turn the image as its EXIF orientation says, as `PIL.ImageOps.exif_transpose` does.
    pub upright: bool,
    /// A (height, width) of the result that is enough: a JPEG may come at 1/2, 1/4 or 1/8 of its size, as Pillow's
    /// `draft` chooses, so that both sides are still at least as long.
    pub at_least: Option<[usize; 2]>,
    /// Files of more pixels than this are declined.
    pub largest: u64,
}

/// What a decoder found, beside the pixels themselves.
struct Decoded {
    size: [usize; 2],
    orientation: Orientation,
}

/// Decode `file` into `pixels`, rows of `wanted.colour`'s channels, and return (height, width); or decline.
///
/// `pixels` is replaced, its capacity reused; it is empty after a file was declined.
pub fn decode(file: &[u8], wanted: &Wanted, pixels: &mut Vec<u8>) -> Option<[usize; 2]> {
    let size = attempt(file, wanted, pixels);
    if size.is_none() {
        pixels.clear();
    }
    size
}

fn attempt(file: &[u8], wanted: &Wanted, pixels: &mut Vec<u8>) -> Option<[usize; 2]> {
    let decoder = match file {
        [0xFF, 0xD8, 0xFF, ..] => jpeg::decode,
        [0x89, b'P', b'N', b'G', ..] => png::decode,
        [b'R', b'I', b'F', b'F', ..] => webp::decode,
        [b'B', b'M', ..] => bmp::decode,
        [b'G', b'I', b'F', b'8', ..] => gif::decode,
        _ => return None,
    };
    let Decoded { size, orientation } = decoder(file, wanted, pixels)?;
    if wanted.upright { upright::turn(orientation, wanted.colour.channels(), size, pixels) } else { Some(size) }
}

impl Wanted {
    /// The size a header tells of, if it may be decoded.
    fn admit(&self, height: impl TryInto<usize>, width: impl TryInto<usize>) -> Option<[usize; 2]> {
        let size = [height.try_into().ok()?, width.try_into().ok()?];
        let [height, width] = size;
        let sides = 1..=LONGEST;
        (sides.contains(&height) && sides.contains(&width) && (height * width) as u64 <= self.largest).then_some(size)
    }
}

/// Make `pixels` `length` bytes long, of any content, with room for the slack; or decline if there is no memory.
fn lengthen(pixels: &mut Vec<u8>, length: usize) -> Option<()> {
    let more = (length + slack::<u8>()).saturating_sub(pixels.len());
    pixels.try_reserve_exact(more).ok()?;
    pixels.resize(length, 0);
    Some(())
}

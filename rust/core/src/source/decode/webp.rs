//! WebP by libwebp, the library that Pillow uses: one image, lossy or lossless.

use std::ffi::c_int;
use std::mem::MaybeUninit;

use libwebp_sys::{VP8StatusCode, WebPDecodeRGBAInto, WebPDecodeRGBInto, WebPGetFeatures};

use super::colour::{Samples, bring};
use super::exif::{AS_IT_LIES, Metadata};
use super::{Colour, Decoded, Wanted, lengthen};

/// Flags of a VP8X chunk: what there is.
const ICC: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
/// In the fifth byte of a VP8L chunk: the same bit as [`ALPHA`].
const VP8L_ALPHA: u8 = ALPHA;

pub(super) fn decode(file: &[u8], wanted: &Wanted, pixels: &mut Vec<u8>) -> Option<Decoded> {
    let metadata = walk(file)?;
    let (height, width, has_alpha) = features(file)?;
    let size = wanted.admit(height, width)?;
    let orientation = if wanted.upright { metadata.orientation()? } else { AS_IT_LIES };
    let samples = if has_alpha && wanted.colour == Colour::Rgba { Samples::Rgba } else { Samples::Rgb };
    decompress(file, size, samples, pixels)?;
    bring(samples, wanted.colour, pixels)?;
    Some(Decoded { size, orientation })
}

/// Check that the file has the chunks of one image and nothing else, in the order that is written down.
fn walk(file: &[u8]) -> Option<Metadata<'_>> {
    let (length, body) = file.strip_prefix(b"RIFF")?.split_first_chunk()?;
    let mut rest = body.strip_prefix(b"WEBP")?;
    if u32::from_le_bytes(*length) as usize != body.len() {
        return None;
    }
    let mut metadata = Metadata::default();
    let mut before = 0;
    let (mut said, mut found) = (None, 0);
    while !rest.is_empty() {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk()?;
        let (chunk, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = if chunk.len() % 2 == 1 { after.strip_prefix(b"\0")? } else { after };
        let place = match name {
            b"VP8X" => {
                // No animation, no reserved flag.
                let [flags @ (0..=0x3C), _, _, _, _, _, _, _, _, _] = *chunk else { return None };
                said = Some(flags);
                1
            }
            b"ICCP" => {
                found |= ICC;
                2
            }
            b"ALPH" if said.is_some() => {
                found |= ALPHA;
                3
            }
            b"VP8 " => 4,
            b"VP8L" if found & ALPHA == 0 => {
                found |= chunk.get(4)? & VP8L_ALPHA;
                4
            }
            b"EXIF" => {
                found |= EXIF;
                metadata.add_exif(chunk);
                5
            }
            b"XMP " => {
                found |= XMP;
                metadata.xmp = Some(chunk);
                6
            }
            _ => return None,
        };
        // Each once, in this order, with the image among them.
        if place <= before || (place > 4 && before < 4) {
            return None;
        }
        before = place;
    }
    // Libwebp believes the flags here and the chunks there. Without flags, the image is alone.
    let agree = match said {
        Some(flags) => flags == found,
        None => found & !ALPHA == 0 && before == 4,
    };
    (before >= 4 && agree).then_some(metadata)
}

/// The height, the width, and whether there is alpha.
fn features(file: &[u8]) -> Option<(c_int, c_int, bool)> {
    let mut features = MaybeUninit::zeroed();
    // SAFETY: it reads `file` within its length and writes all of `features`, of which every bit pattern is a value.
    let features = unsafe {
        let status = WebPGetFeatures(file.as_ptr(), file.len(), features.as_mut_ptr());
        (status == VP8StatusCode::VP8_STATUS_OK).then(|| features.assume_init())?
    };
    (features.has_animation == 0).then_some((features.height, features.width, features.has_alpha != 0))
}

fn decompress(file: &[u8], [height, width]: [usize; 2], samples: Samples, pixels: &mut Vec<u8>) -> Option<()> {
    let (channels, into) = match samples {
        Samples::Rgba => (4, WebPDecodeRGBAInto as unsafe extern "C" fn(_, _, _, _, _) -> _),
        _ => (3, WebPDecodeRGBInto as _),
    };
    let row = width * channels;
    lengthen(pixels, height * row)?;
    let stride = c_int::try_from(row).ok()?;
    // SAFETY: it reads `file` and writes `pixels`, both within the lengths that are told, or gives null.
    let done: *mut u8 = unsafe { into(file.as_ptr(), file.len(), pixels.as_mut_ptr(), pixels.len(), stride) };
    (!done.is_null()).then_some(())
}

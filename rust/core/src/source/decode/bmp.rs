//! BMP: palettes of 1, 4 and 8 bits, 24 bits and 32 bits (of which Pillow drops the fourth byte), not compressed.

use super::colour::{Samples, bring, each, look_up, spread};
use super::exif::AS_IT_LIES;
use super::{Decoded, Wanted, lengthen};

const FILE_HEADER: usize = 14;

pub(super) fn decode(file: &[u8], wanted: &Wanted, pixels: &mut Vec<u8>) -> Option<Decoded> {
    let two = |at: usize| Some(u16::from_le_bytes(*file.get(at..)?.first_chunk()?));
    let four = |at: usize| Some(u32::from_le_bytes(*file.get(at..)?.first_chunk()?));
    let header = four(14)?;
    let compression = four(30)?;
    if ![40, 52, 56, 108, 124].contains(&header) || compression != 0 {
        return None;
    }
    let palette_start = FILE_HEADER + header as usize;
    let (width, height) = (four(18)?, four(22)?);
    // Pillow takes heights with this highest byte for negative: the first row comes first.
    let top_down = height >> 24 == 0xFF;
    let [height, width] = wanted.admit(if top_down { height.wrapping_neg() } else { height }, width)?;
    let bits = usize::from(two(28)?);
    let start = four(10)? as usize;
    let stride = (width * bits).div_ceil(32) * 4;
    let rows = file.get(start..start.checked_add(stride * height)?)?;
    let palette = match bits {
        1 | 4 | 8 => palette(bits, four(46)?, file.get(palette_start..start)?)?,
        24 | 32 if start >= palette_start => Vec::new(),
        _ => return None,
    };
    let row = if bits < 8 { width } else { width * bits / 8 };
    lengthen(pixels, height * row)?;
    for (place, row) in pixels.chunks_exact_mut(row).enumerate() {
        let place = if top_down { place } else { height - 1 - place };
        let from = &rows[place * stride..(place + 1) * stride];
        if bits < 8 {
            spread(from, bits, row);
        } else {
            row.copy_from_slice(&from[..row.len()]);
        }
    }
    match bits {
        24 => each(pixels, |[b, g, r]| [r, g, b])?,
        32 => each(pixels, |[b, g, r, _]| [r, g, b])?,
        _ => {}
    }
    match bits {
        24 | 32 => bring(Samples::Rgb, wanted.colour, pixels)?,
        _ => look_up(&palette, wanted.colour, pixels)?,
    }
    Some(Decoded { size: [height, width], orientation: AS_IT_LIES })
}

/// The palette as RGBA, of what lies between the header and the pixels; None for those that Pillow takes for more.
fn palette(bits: usize, count: u32, bytes: &[u8]) -> Option<Vec<[u8; 4]>> {
    let count = if count == 0 { 1 << bits } else { count as usize };
    // Without a byte in between, Pillow looks for the pixels elsewhere.
    if bytes.is_empty() || count > 1 << bits || count < if bits == 1 { 2 } else { 3 } {
        return None;
    }
    let (entries, _) = bytes.get(..4 * count)?.as_chunks();
    let palette: Vec<_> = entries.iter().map(|[b, g, r, _]| [*r, *g, *b, 255]).collect();
    // Pillow reads the pixels behind such a palette as if they had a byte each.
    let is_ramp = || palette.iter().enumerate().all(|(place, [r, g, b, _])| [*r, *g, *b] == [place as u8; 3]);
    (bits != 4 || !is_ramp()).then_some(palette)
}

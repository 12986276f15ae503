//! From the samples of a file to the channels that are wanted, in place, in Pillow's arithmetic.

use super::{Colour, lengthen};

/// What the bytes of a decoded file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Samples {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// As it lies in JPEG files: 255 is no ink.
    InvertedCmyk,
}

/// Bring `pixels` from `samples` to `colour`.
pub(super) fn bring(samples: Samples, colour: Colour, pixels: &mut Vec<u8>) -> Option<()> {
    match (samples, colour) {
        (Samples::Grey, Colour::Grey) | (Samples::Rgb, Colour::Rgb) | (Samples::Rgba, Colour::Rgba) => Some(()),
        (Samples::Grey, Colour::Rgb) => each(pixels, |[y]| [y; 3]),
        (Samples::Grey, Colour::Rgba) => each(pixels, |[y]| [y, y, y, 255]),
        (Samples::GreyAlpha, Colour::Grey) => each(pixels, |[y, _]| [y]),
        (Samples::GreyAlpha, Colour::Rgb) => each(pixels, |[y, _]| [y; 3]),
        (Samples::GreyAlpha, Colour::Rgba) => each(pixels, |[y, a]| [y, y, y, a]),
        (Samples::Rgb, Colour::Grey) => each(pixels, |rgb: [u8; 3]| [luma(rgb)]),
        (Samples::Rgb, Colour::Rgba) => each(pixels, |[r, g, b]| [r, g, b, 255]),
        (Samples::Rgba, Colour::Grey) => each(pixels, |[r, g, b, _]| [luma([r, g, b])]),
        (Samples::Rgba, Colour::Rgb) => each(pixels, |[r, g, b, _]| [r, g, b]),
        (Samples::InvertedCmyk, Colour::Grey) => each(pixels, |cmyk: [u8; 4]| [luma(printed(cmyk))]),
        (Samples::InvertedCmyk, Colour::Rgb) => each(pixels, printed),
        (Samples::InvertedCmyk, Colour::Rgba) => each(pixels, |cmyk: [u8; 4]| {
            let [r, g, b] = printed(cmyk);
            [r, g, b, 255]
        }),
    }
}

/// Bring `pixels` from places in `palette` (of RGBA) to `colour`; decline if one lies outside of it.
pub(super) fn look_up(palette: &[[u8; 4]], colour: Colour, pixels: &mut Vec<u8>) -> Option<()> {
    let mut table = [[0; 4]; 256];
    table.get_mut(..palette.len())?.copy_from_slice(palette);
    let last = pixels.iter().copied().max()?;
    if usize::from(last) >= palette.len() {
        return None;
    }
    let rgba = |place: u8| table[usize::from(place)];
    match colour {
        Colour::Rgb => each(pixels, |[place]| {
            let [r, g, b, _] = rgba(place);
            [r, g, b]
        }),
        Colour::Rgba => each(pixels, |[place]| rgba(place)),
        Colour::Grey => each(pixels, |[place]| {
            let [r, g, b, _] = rgba(place);
            [luma([r, g, b])]
        }),
    }
}

/// Let `turn` make each `TO` bytes out of `FROM` bytes, in place.
pub(super) fn each<const FROM: usize, const TO: usize>(
    pixels: &mut Vec<u8>,
    turn: impl Fn([u8; FROM]) -> [u8; TO],
) -> Option<()> {
    // A block is copied out before it is overwritten, which lets the compiler use vectors.
    const BLOCK: usize = 64;
    let mut block = [[0; FROM]; BLOCK];
    let count = pixels.len() / FROM;
    lengthen(pixels, count * FROM.max(TO))?;
    let blocks = count.div_ceil(BLOCK);
    for step in 0..blocks {
        // What gets longer is written from its end, so that nothing is overwritten before it is read.
        let start = BLOCK * if TO > FROM { blocks - 1 - step } else { step };
        let end = count.min(start + BLOCK);
        let (from, _) = pixels[start * FROM..end * FROM].as_chunks();
        block[..end - start].copy_from_slice(from);
        let (to, _) = pixels[start * TO..end * TO].as_chunks_mut();
        for (to, from) in to.iter_mut().zip(block) {
            *to = turn(from);
        }
    }
    pixels.truncate(count * TO);
    Some(())
}

/// Spread a row of samples of 1, 2 or 4 bits, the first in the highest bits, over bytes.
pub(super) fn spread(packed: &[u8], bits: usize, row: &mut [u8]) {
    let per_byte = 8 / bits;
    let mask = (1_u16 << bits) as u8 - 1;
    for (samples, byte) in row.chunks_mut(per_byte).zip(packed) {
        for (place, sample) in samples.iter_mut().enumerate() {
            *sample = byte >> (8 - bits * (place + 1)) & mask;
        }
    }
}

/// ITU-R 601-2 luma as Pillow rounds it.
fn luma([r, g, b]: [u8; 3]) -> u8 {
    let [r, g, b] = [r, g, b].map(u32::from);
    ((r * 19_595 + g * 38_470 + b * 7_471 + 0x8000) >> 16) as u8
}

/// Inverted CMYK as Pillow shows it.
fn printed([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let light = u32::from(k);
    [c, m, y].map(|ink| {
        let product = u32::from(255 - ink) * light + 128;
        (light - (((product >> 8) + product) >> 8)) as u8
    })
}

//! PNG: one image of up to 8 bits, or of 16 with colour, of which Pillow takes the high byte.

mod chunks;
mod rows;

use fdeflate::Decompressor;

use super::colour::{Samples, bring, each, look_up};
use super::{Colour, Decoded, Wanted, lengthen};
use chunks::{Chunks, Kind};

pub(super) fn decode(file: &[u8], wanted: &Wanted, pixels: &mut Vec<u8>) -> Option<Decoded> {
    let chunks = Chunks::read(file)?;
    let size = wanted.admit(chunks.size[0], chunks.size[1])?;
    let orientation = if wanted.upright { chunks.metadata.orientation()? } else { super::exif::AS_IT_LIES };
    let format = chunks.format(size);
    let filtered = inflate(&chunks.data, format.length())?;
    lengthen(pixels, size[0] * size[1] * format.pixel())?;
    format.unfilter(filtered, pixels)?;
    match (chunks.depth, chunks.kind) {
        // Pillow shows grey of 16 bits in ways that differ from version to version.
        (16, Kind::Grey) => return None,
        (16, _) => each(pixels, |[high, _]| [high])?,
        (depth @ (1 | 2 | 4), Kind::Grey) => {
            let step = 255 / ((1_u16 << depth) - 1) as u8;
            for sample in pixels.iter_mut() {
                *sample *= step;
            }
        }
        _ => {}
    }
    match chunks.kind {
        Kind::Palette => look_up(&chunks.palette()?, wanted.colour, pixels)?,
        _ if chunks.alphas.is_some() && wanted.colour == Colour::Rgba => see_through(&chunks, pixels)?,
        Kind::Grey => bring(Samples::Grey, wanted.colour, pixels)?,
        Kind::GreyAlpha => bring(Samples::GreyAlpha, wanted.colour, pixels)?,
        Kind::Rgb => bring(Samples::Rgb, wanted.colour, pixels)?,
        Kind::Rgba => bring(Samples::Rgba, wanted.colour, pixels)?,
    }
    Some(Decoded { size, orientation })
}

/// Inflate a stream that has `length` bytes, its checksum right, and nothing after it.
fn inflate(parts: &[&[u8]], length: usize) -> Option<Vec<u8>> {
    let mut output = Vec::new();
    // One more, so that too long a stream shows.
    lengthen(&mut output, length + 1)?;
    let (mut decompressor, mut filled) = (Decompressor::new(), 0);
    for (place, part) in parts.iter().enumerate() {
        let mut input = *part;
        loop {
            let last = place + 1 == parts.len();
            let (read, written) = decompressor.read(input, &mut output, filled, last).ok()?;
            input = &input[read..];
            filled += written;
            if (read, written) == (0, 0) {
                break;
            }
        }
        if !input.is_empty() {
            return None;
        }
    }
    output.truncate(length);
    (decompressor.is_done() && filled == length).then_some(output)
}

/// To RGBA, one grey or colour being transparent.
fn see_through(chunks: &Chunks, pixels: &mut Vec<u8>) -> Option<()> {
    match (chunks.kind, chunks.alphas?) {
        (Kind::Grey, [0, clear]) => each(pixels, |[y]| [y, y, y, if y == *clear { 0 } else { 255 }]),
        (Kind::Rgb, [0, r, 0, g, 0, b]) => {
            let clear = [*r, *g, *b];
            each(pixels, |[r, g, b]| [r, g, b, if [r, g, b] == clear { 0 } else { 255 }])
        }
        _ => None,
    }
}

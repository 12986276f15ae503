//! PNG: one image of up to 8 bits, or of 16 with colour, of which Pillow takes the high byte.

mod chunks;

use std::io::Cursor;

use ::png::{DecodeOptions, Decoder, Limits, Transformations};

use super::colour::{Samples, bring, each, look_up, spread};
use super::{Colour, Decoded, Wanted, lengthen};
use chunks::{Chunks, Kind};

/// What the decoder may need beside the pixels: a window of inflate's, a chunk, two rows.
const ROOM: usize = 1 << 21;

pub(super) fn decode(file: &[u8], wanted: &Wanted, pixels: &mut Vec<u8>) -> Option<Decoded> {
    let chunks = Chunks::read(file)?;
    let size = wanted.admit(chunks.size[0], chunks.size[1])?;
    let orientation = if wanted.upright { chunks.metadata.orientation()? } else { super::exif::AS_IT_LIES };
    inflate(&file[..chunks.end], size, chunks.row_length(size[1]), pixels)?;
    match (chunks.depth, chunks.kind) {
        (1 | 2 | 4, _) => unpack(size, chunks.depth, chunks.kind == Kind::Grey, pixels)?,
        // Pillow shows grey of 16 bits in ways that differ from version to version.
        (16, Kind::Grey) => return None,
        (16, _) => each(pixels, |[high, _]| [high])?,
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

/// Fill `pixels` with the rows as they lie in the file; every checksum must be right.
fn inflate(file: &[u8], size: [usize; 2], row: usize, pixels: &mut Vec<u8>) -> Option<()> {
    let mut options = DecodeOptions::default();
    options.set_ignore_checksums(false);
    options.set_skip_ancillary_crc_failures(false);
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = Decoder::new_with_options(Cursor::new(file), options);
    decoder.set_limits(Limits { bytes: ROOM.saturating_add(file.len()).saturating_add(4 * row) });
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().ok()?;
    let length = row * size[0];
    if reader.output_buffer_size() != Some(length) {
        return None;
    }
    lengthen(pixels, length)?;
    reader.next_frame(pixels).ok()?;
    reader.finish().ok()
}

/// Spread samples of fewer than 8 bits over bytes; of grey, over the range of a byte.
fn unpack([height, width]: [usize; 2], depth: u8, grey: bool, pixels: &mut Vec<u8>) -> Option<()> {
    let packed = std::mem::take(pixels);
    lengthen(pixels, height * width)?;
    let rows = packed.chunks_exact((width * usize::from(depth)).div_ceil(8));
    for (row, packed) in pixels.chunks_exact_mut(width).zip(rows) {
        spread(packed, usize::from(depth), row);
        if grey {
            let step = 255 / ((1_u16 << depth) - 1) as u8;
            row.iter_mut().for_each(|sample| *sample *= step);
        }
    }
    Some(())
}

/// To RGBA, one grey or colour being transparent.
fn see_through(chunks: &Chunks, pixels: &mut Vec<u8>) -> Option<()> {
    match (chunks.depth, chunks.kind, chunks.alphas?) {
        (8, Kind::Grey, [0, clear]) => each(pixels, |[y]| [y, y, y, if y == *clear { 0 } else { 255 }]),
        (8, Kind::Rgb, [0, r, 0, g, 0, b]) => {
            let clear = [*r, *g, *b];
            each(pixels, |[r, g, b]| [r, g, b, if [r, g, b] == clear { 0 } else { 255 }])
        }
        _ => None,
    }
}

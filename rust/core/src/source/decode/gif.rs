//! GIF: the first frame, where it covers the whole image.

use std::num::NonZeroU64;

use ::gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::colour::look_up;
use super::exif::AS_IT_LIES;
use super::{Decoded, Wanted, lengthen};

pub(super) fn decode(file: &[u8], wanted: &Wanted, pixels: &mut Vec<u8>) -> Option<Decoded> {
    let [_, _, _, _, _, _, w0, w1, h0, h1, ..] = *file else { return None };
    let size = wanted.admit(u16::from_le_bytes([h0, h1]), u16::from_le_bytes([w0, w1]))?;
    let count = size[0] * size[1];

    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::new(count as u64)?));
    options.check_frame_consistency(true);
    options.check_lzw_end_code(true);
    let mut decoder = options.read_info(file).ok()?;
    let frame = decoder.next_frame_info().ok()??;
    let [height, width] = [frame.height, frame.width].map(usize::from);
    if [frame.top, frame.left] != [0, 0] || [height, width] != size {
        return None;
    }
    let clear = frame.transparent.map(usize::from);
    let (colours, _) = decoder.palette().ok()?.as_chunks();
    let mut palette: Vec<_> = colours.iter().map(|[r, g, b]| [*r, *g, *b, 255]).collect();
    if let Some(clear) = clear {
        palette.get_mut(clear)?[3] = 0;
    }
    lengthen(pixels, count)?;
    decoder.read_into_buffer(pixels).ok()?;
    // The data have to end, and end there.
    if decoder.fill_buffer(&mut [0]).ok()? {
        return None;
    }
    look_up(&palette, wanted.colour, pixels)?;
    Some(Decoded { size, orientation: AS_IT_LIES })
}

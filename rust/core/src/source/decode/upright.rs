//! Turn pixels as an EXIF orientation says.

use super::{exif::Orientation, lengthen};

/// Turn `pixels` of `size`, and return their new size.
pub(super) fn turn(
    orientation: Orientation,
    channels: usize,
    size: [usize; 2],
    pixels: &mut Vec<u8>,
) -> Option<[usize; 2]> {
    // Where the first pixel of the result comes from: from below, from the right; and whether rows become columns.
    let (below, right, across) = match orientation {
        2 => (false, true, false),
        3 => (true, true, false),
        4 => (true, false, false),
        5 => (false, false, true),
        6 => (true, false, true),
        7 => (true, true, true),
        8 => (false, true, true),
        _ => return Some(size),
    };
    let [height, width] = size;
    let mut turned = Vec::new();
    lengthen(&mut turned, pixels.len())?;
    let place = |row: usize, column: usize| {
        let row = if below { height - 1 - row } else { row };
        let column = if right { width - 1 - column } else { column };
        (row * width + column) * channels
    };
    let [rows, columns] = if across { [width, height] } else { size };
    for (row, line) in turned.chunks_exact_mut(columns * channels).enumerate() {
        for (column, pixel) in line.chunks_exact_mut(channels).enumerate() {
            let from = if across { place(column, row) } else { place(row, column) };
            pixel.copy_from_slice(&pixels[from..from + channels]);
        }
    }
    *pixels = turned;
    Some([rows, columns])
}

//! Pairs: an image of bytes whose rows lie in pairs, each value beside the one below it, so that a patch of two by two
//! pixels is one run of memory.

use crate::source::{Raster, slack};

/// A value and the one below it, each less 128 as a signed byte: the upper one in the upper byte.
pub type Pair = u16;

/// Makes the pairs of an image, with [`SLACK`](crate::source::SLACK) bytes after them. The last row is paired with itself.
#[inline(always)]
pub fn pair_rows(image: Raster<'_, u8>, pairs: &mut Vec<Pair>) {
    let line = image.width() * image.channels();
    let count = image.height() * line;
    pairs.resize(count + slack::<Pair>(), 0);
    let pixels = &image.pixels()[..count];
    let below = pixels[line..].chunks_exact(line).chain(std::iter::once(&pixels[count - line..]));
    for ((upper, lower), out) in pixels.chunks_exact(line).zip(below).zip(pairs.chunks_exact_mut(line)) {
        for ((upper, lower), pair) in upper.iter().zip(lower).zip(out) {
            *pair = (u16::from(*upper) << 8 | u16::from(*lower)) ^ 0x8080;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SLACK, pad};

    #[test]
    fn each_value_stands_beside_the_one_below_it_and_the_last_row_beside_itself() {
        let mut image = vec![0, 1, 127, 128, 254, 255];
        pad(&mut image);
        let mut pairs = Vec::new();
        pair_rows(Raster::new(&image, [2, 1, 3]), &mut pairs);
        let expected = [[0, 128], [1, 254], [127, 255], [128, 128], [254, 254], [255, 255]]
            .map(|[upper, lower]: [i16; 2]| (upper - 128) << 8 | (lower - 128) & 0xff);
        assert_eq!(pairs[..6], expected.map(i16::cast_unsigned));
        assert_eq!(pairs.len() * size_of::<Pair>(), 6 * size_of::<Pair>() + SLACK);
    }
}

//! The rows of a PNG: filters undone, samples of a few bits spread, interlaced passes put together.

use super::super::colour::spread;

/// First row, step of rows, first column, step of columns: of Adam7, and of what is not interlaced.
const ADAM7: [[usize; 4]; 7] =
    [[0, 8, 0, 8], [0, 8, 4, 8], [4, 8, 0, 4], [0, 4, 2, 4], [2, 4, 0, 2], [0, 2, 1, 2], [1, 2, 0, 1]];
const WHOLE: [[usize; 4]; 1] = [[0, 1, 0, 1]];

/// How rows lie in the inflated data.
pub(super) struct Format {
    pub(super) size: [usize; 2],
    /// Bits a sample: 1, 2, 4, 8 or 16.
    pub(super) depth: usize,
    /// Samples a pixel; one where they have fewer than 8 bits.
    pub(super) samples: usize,
    pub(super) interlaced: bool,
}

impl Format {
    /// The bytes of a pixel once its samples are spread.
    pub(super) const fn pixel(&self) -> usize {
        self.samples * self.depth.div_ceil(8)
    }

    /// The bytes of a row of `width` pixels, without its filter's.
    const fn row(&self, width: usize) -> usize {
        (width * self.samples * self.depth).div_ceil(8)
    }

    fn passes(&self) -> &'static [[usize; 4]] {
        if self.interlaced { &ADAM7 } else { &WHOLE }
    }

    /// The height and the width of a pass.
    fn extent(&self, [top, down, left, across]: [usize; 4]) -> [usize; 2] {
        [self.size[0].saturating_sub(top).div_ceil(down), self.size[1].saturating_sub(left).div_ceil(across)]
    }

    /// The bytes of the inflated data.
    pub(super) fn length(&self) -> usize {
        let bytes = |[height, width]: [usize; 2]| if width == 0 { 0 } else { height * (1 + self.row(width)) };
        self.passes().iter().map(|pass| bytes(self.extent(*pass))).sum()
    }

    /// Fill `pixels` from the inflated data; None if there is an unknown filter.
    pub(super) fn unfilter(&self, mut data: Vec<u8>, pixels: &mut [u8]) -> Option<()> {
        let pixel = self.pixel();
        let zeros = vec![0; self.row(self.size[1])];
        let mut spread_row = vec![0; self.size[1]];
        let mut rest = &mut data[..];
        for pass in self.passes() {
            let [height, width] = self.extent(*pass);
            let length = self.row(width);
            let mut above = &zeros[..length];
            for y in 0..if width == 0 { 0 } else { height } {
                let (row, next) = rest.split_at_mut_checked(1 + length)?;
                rest = next;
                let (filter, row) = row.split_first_mut()?;
                undo(*filter, above, row, pixel)?;
                let row = &*row;
                above = row;
                let row = if self.depth < 8 {
                    spread(row, self.depth, &mut spread_row[..width]);
                    &spread_row[..width]
                } else {
                    row
                };
                let [top, down, left, across] = *pass;
                let line = &mut pixels[(top + y * down) * self.size[1] * pixel..][..self.size[1] * pixel];
                if across == 1 {
                    line.copy_from_slice(row);
                } else {
                    let places = line[left * pixel..].chunks_mut(pixel).step_by(across);
                    places.zip(row.chunks_exact(pixel)).for_each(|(to, from)| to.copy_from_slice(from));
                }
            }
        }
        Some(())
    }
}

/// Undo the filter of a row, given the row above it.
fn undo(filter: u8, above: &[u8], row: &mut [u8], pixel: usize) -> Option<()> {
    match pixel {
        1 => undo_by::<1>(filter, above, row),
        2 => undo_by::<2>(filter, above, row),
        3 => undo_by::<3>(filter, above, row),
        4 => undo_by::<4>(filter, above, row),
        6 => undo_by::<6>(filter, above, row),
        8 => undo_by::<8>(filter, above, row),
        _ => None,
    }
}

/// The same for pixels of so many bytes.
fn undo_by<const BYTES: usize>(filter: u8, above: &[u8], row: &mut [u8]) -> Option<()> {
    match filter {
        0 => {}
        1 => add::<BYTES>(above, row, |a, _, _| a),
        2 => row.iter_mut().zip(above).for_each(|(byte, b)| *byte = byte.wrapping_add(*b)),
        3 => add::<BYTES>(above, row, |a, b, _| u16::midpoint(a.into(), b.into()) as u8),
        4 => add::<BYTES>(above, row, paeth),
        _ => return None,
    }
    Some(())
}

/// Add to each byte what follows from the bytes before it, above it, and above that before it.
fn add<const BYTES: usize>(above: &[u8], row: &mut [u8], predict: impl Fn(u8, u8, u8) -> u8) {
    let (pixels, _) = row.as_chunks_mut::<BYTES>();
    let (above, _) = above.as_chunks::<BYTES>();
    let (mut a, mut c) = ([0; BYTES], [0; BYTES]);
    for (pixel, b) in pixels.iter_mut().zip(above) {
        for at in 0..BYTES {
            a[at] = pixel[at].wrapping_add(predict(a[at], b[at], c[at]));
        }
        *pixel = a;
        c = *b;
    }
}

fn paeth(a: u8, b: u8, c: u8) -> u8 {
    let [wide_a, wide_b, wide_c] = [a, b, c].map(i16::from);
    let (from_a, from_b) = ((wide_b - wide_c).abs(), (wide_a - wide_c).abs());
    let from_c = (wide_a + wide_b - 2 * wide_c).abs();
    let nearer = if from_b <= from_c { b } else { c };
    if from_a <= from_b && from_a <= from_c { a } else { nearer }
}

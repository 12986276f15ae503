//! Passes of uint8 pixels, in the instructions of each level.
//!
//! A sum of pixels times weights of 22 bits is exact in 32 bits, in any order and cut up in any way: a weight is the sum
//! of smaller numbers, each of which an instruction multiplies by several pixels at once.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod vnni;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m128i, _mm_loadu_si128};

use super::axis::{Axis, Run};
use super::passes::{self, Lines};
use crate::kernels::level::Level;

/// Neighbours whose weights are taken at once.
const TAPS: usize = 4;

/// The weights of four neighbours, cut up.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Of the first two and of the last two: the lower 16 bits, and what is left in units of 2^16.
    pairs: [[[i16; 2]; 2]; 2],
    /// Digits of base 256, each from -128 to 127, the lowest first.
    digits: [[i8; TAPS]; 3],
}

/// The weights of an axis, run after run, zeros at the end of a run.
#[derive(Debug, Default)]
pub struct Packed {
    groups: Vec<Group>,
    /// Where each run's groups start.
    starts: Vec<usize>,
    /// Whether every weight has but three digits; those of Pillow's filters do.
    fits: bool,
}

impl Packed {
    /// Cuts up the weights of an axis.
    pub fn fill(&mut self, runs: &[Run], weights: &[i32]) {
        self.groups.clear();
        self.starts.clear();
        self.fits = true;
        for run in runs {
            self.starts.push(self.groups.len());
            for four in weights[run.start..][..run.count].chunks(TAPS) {
                let mut taps = [0; TAPS];
                taps[..four.len()].copy_from_slice(four);
                self.groups.push(Group::new(taps));
                self.fits &= taps.iter().all(|tap| (-0x007f_0000..0x007f_0000).contains(tap));
            }
        }
    }

    /// The groups of a run.
    #[cfg(target_arch = "x86_64")]
    fn of(&self, place: usize, run: &Run) -> &[Group] {
        &self.groups[self.starts[place]..][..run.count.div_ceil(TAPS)]
    }
}

impl Group {
    fn new(taps: [i32; TAPS]) -> Self {
        let lower = |tap: i32| tap as i16;
        let upper = |tap: i32| ((tap - i32::from(tap as i16)) >> 16) as i16;
        let pair = |a: i32, b: i32| [[lower(a), lower(b)], [upper(a), upper(b)]];
        let mut digits = [[0; TAPS]; 3];
        for (place, tap) in taps.into_iter().enumerate() {
            let mut rest = tap;
            for digit in &mut digits {
                digit[place] = rest as i8;
                rest = (rest - i32::from(rest as i8)) >> 8;
            }
        }
        Self { pairs: [pair(taps[0], taps[1]), pair(taps[2], taps[3])], digits }
    }
}

/// How a level does it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Vnni,
}

impl Way {
    /// The best that the level and the machine have.
    fn of(level: Level, packed: &Packed) -> Self {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if packed.fits && vnni::detect() => Self::Vnni,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 | Level::Avx512 if packed.fits && is_x86_feature_detected!("avx2") => Self::Avx2,
            _ => Self::Portable,
        }
    }
}

/// [`passes::down`].
pub fn down(level: Level, axis: &Axis<u8>, lines: Lines<'_, u8>, len: usize, out: &mut [u8]) {
    match Way::of(level, &axis.packed) {
        Way::Portable => passes::down(axis, lines, len, out),
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        Way::Avx2 => unsafe { avx2::down(axis, lines, len, out) },
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        Way::Vnni => unsafe { vnni::down(axis, lines, len, out) },
    }
}

/// [`passes::across`].
pub fn across(level: Level, axis: &Axis<u8>, lines: Lines<'_, u8>, channels: usize, out: &mut [u8]) {
    match (Way::of(level, &axis.packed), channels) {
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        (Way::Avx2, 1) => unsafe { avx2::across::<1>(axis, lines, out) },
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        (Way::Avx2, 3) => unsafe { avx2::across::<3>(axis, lines, out) },
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        (Way::Avx2, 4) => unsafe { avx2::across::<4>(axis, lines, out) },
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        (Way::Vnni, 1) => unsafe { vnni::across::<1>(axis, lines, out) },
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        (Way::Vnni, 3) => unsafe { vnni::across::<3>(axis, lines, out) },
        // SAFETY: the machine has the instructions.
        #[cfg(target_arch = "x86_64")]
        (Way::Vnni, 4) => unsafe { vnni::across::<4>(axis, lines, out) },
        _ => passes::across(axis, lines, channels, out),
    }
}

/// Bytes that are read at once, from a pixel on.
#[cfg(target_arch = "x86_64")]
const READ: usize = 16;

/// Lines that [`across`] reads and writes without looking where they end, because all of them were looked at before.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Checked {
    from: *const u8,
    stride: usize,
    to: *mut u8,
    /// Bytes of a line that is made.
    width: usize,
    /// Lines that are made.
    rows: usize,
}

#[cfg(target_arch = "x86_64")]
impl Checked {
    /// The lines of a pass, for pixels of `C` bytes.
    fn new<const C: usize>(axis: &Axis<u8>, lines: Lines<'_, u8>, out: &mut [u8]) -> Self {
        let width = axis.runs.len() * C;
        let rows = out.len() / width;
        let end = |run: &Run| (run.first - lines.shift + run.count.next_multiple_of(TAPS) - TAPS) * C + READ;
        let last = axis.runs.iter().map(end).max().unwrap_or(0);
        assert!(rows > 0 && (rows - 1) * lines.stride + last <= lines.pixels.len(), "a pass reads what is there");
        Self { from: lines.pixels.as_ptr(), stride: lines.stride, to: out.as_mut_ptr(), width, rows }
    }

    /// The lines from `y` on; what would be beyond the last one is the last one again.
    fn from<const N: usize>(&self, y: usize) -> [usize; N] {
        std::array::from_fn(|k| (y + k).min(self.rows - 1))
    }

    /// What is read from a place of a line on.
    ///
    /// # Safety
    /// The row is one of those that are made, and the place that of a group of one of the runs.
    #[inline(always)]
    unsafe fn read(&self, row: usize, place: usize) -> __m128i {
        // SAFETY: `new` looked at the last such place of the last line; any bytes are a vector.
        unsafe { _mm_loadu_si128(self.from.add(row * self.stride + place).cast()) }
    }

    /// Writes a pixel, the lowest byte first. As long as a line goes on, a byte more is written for the next one to
    /// overwrite.
    ///
    /// # Safety
    /// The row is one of those that are made, and the pixel of the line.
    #[inline(always)]
    unsafe fn write<const C: usize>(&self, row: usize, x: usize, pixel: u32) {
        let at = x * C;
        // SAFETY: `rows` lines of `width` bytes are writable, and `at` is within a line.
        let to = unsafe { self.to.add(row * self.width + at) };
        if C == 4 || C == 3 && at + 4 <= self.width {
            // SAFETY: the line has four bytes from here on.
            unsafe { to.cast::<u32>().write_unaligned(pixel) };
        } else {
            // SAFETY: the line has `C` bytes from here on.
            unsafe { to.copy_from_nonoverlapping(pixel.to_le_bytes().as_ptr(), C) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_the_sum_of_its_parts() {
        for tap in (-0x007f_0000..0x007f_0000).step_by(997).chain([-1, 0, 1, 127, 128, -129, 32767, 32768, -32769]) {
            let Group { pairs: [[lower, upper], _], digits } = Group::new([tap, 5, 6, 7]);
            assert_eq!(i32::from(lower[0]) + (i32::from(upper[0]) << 16), tap);
            assert_eq!(digits.iter().rev().fold(0, |sum, digit| (sum << 8) + i32::from(digit[0])), tap);
        }
    }
}

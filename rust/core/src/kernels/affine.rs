//! Affine sampling in double precision, by the rules and in the order of arithmetic of `SciPy`'s
//! `ndimage.affine_transform` with splines of order 0 and 1.
//!
//! It serves those who must reproduce what was computed that way; what a pipeline renders is [`super::warp`]'s.
//!
//! Output (i, j) reads the image at `y = offset[0] + i * matrix[0][0] + j * matrix[0][1]`, and x likewise. A row is
//! walked in blocks: [`axis`] says for all columns of a block, axis by axis, which pixels are read with what weights, and
//! then the pixels are added up. No operation is contracted or reordered, so every level makes the same bits: vectors
//! only carry columns, or a pixel's channels, side by side.

mod axis;
mod pixel;

use super::level::Level;
use super::simd::Simd;
#[cfg(target_arch = "x86_64")]
use super::simd::avx2::Avx2;
use super::simd::portable::Portable;
use crate::spec::{FillMode, Interpolation};
use axis::{Axis, BLOCK, LANE_NUMBERS, Taps};
pub use pixel::Pixel;

/// A map from output to input, and how its places are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// From output (row, column) to input (row, column).
    pub matrix: [[f64; 2]; 2],
    /// What is added to it.
    pub offset: [f64; 2],
    /// Bilinear, or the nearest pixel.
    pub interpolation: Interpolation,
    /// What lies outside the image.
    pub fill_mode: FillMode,
    /// The value of what lies outside under [`FillMode::Constant`], and of places that are no numbers.
    pub fill_value: f64,
}

/// An image of one run of values, in (row, column, channel) order.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a, P> {
    /// All values.
    values: &'a [P],
    /// (height, width, channels).
    shape: [usize; 3],
}

impl<'a, P> Image<'a, P> {
    /// The image of these values; none if they are not as many as the shape says, or a side
    /// is longer than `i32` counts.
    #[must_use]
    pub fn new(values: &'a [P], shape: [usize; 3]) -> Option<Self> {
        let [height, width, channels] = shape;
        let length = height.checked_mul(width)?.checked_mul(channels)?;
        let counted = i32::try_from(height.max(width)).is_ok();
        (values.len() == length && counted).then_some(Self { values, shape })
    }
}

impl Affine {
    /// Makes an output of the image's shape, and hands over each row with its number.
    pub fn run<P: Pixel>(&self, level: Level, image: Image<'_, P>, emit: impl FnMut(usize, &[P])) {
        if image.values.is_empty() {
            return;
        }
        #[cfg(target_arch = "x86_64")]
        if level != Level::Portable
            && let Some(s) = Avx2::detect()
        {
            // Two lanes more would not help: a pixel has four channels at most.
            return self.start(s, image, emit);
        }
        debug_assert!(level.check().is_ok(), "a level of this machine");
        self.start(Portable, image, emit);
    }

    fn start<S: Simd, P: Pixel>(&self, s: S, image: Image<'_, P>, emit: impl FnMut(usize, &[P])) {
        // With their number known, the channels of a pixel lie side by side in one vector.
        match image.shape[2] {
            1 => s.vectorize(|| Rows::<P, 1, 1>::new(self, image).all(emit)),
            3 => s.vectorize(|| Rows::<P, 3, 4>::new(self, image).all(emit)),
            4 => s.vectorize(|| Rows::<P, 4, 4>::new(self, image).all(emit)),
            _ => s.vectorize(|| Rows::<P, 0, 0>::new(self, image).all(emit)),
        }
    }
}

/// The rows of one output: of `C` channels, or of as many as the image says if that is 0. Where `LANES` are more than
/// the channels, values of the next pixel are computed along and then overwritten.
struct Rows<'a, P, const C: usize, const LANES: usize> {
    affine: &'a Affine,
    values: &'a [P],
    channels: usize,
    size: [usize; 2],
    axes: [Axis; 2],
    /// Of places that read nothing.
    outside: P,
}

impl<'a, P: Pixel, const C: usize, const LANES: usize> Rows<'a, P, C, LANES> {
    #[inline(always)]
    fn new(affine: &'a Affine, image: Image<'a, P>) -> Self {
        let Image { values, shape: [height, width, channels] } = image;
        let fill_mode = affine.fill_mode;
        Self {
            affine,
            values,
            channels: if C == 0 { channels } else { C },
            size: [height, width],
            axes: [Axis::new(height, fill_mode), Axis::new(width, fill_mode)],
            // Under `nearest` a place is somewhere, unless it is no number.
            outside: P::from_f64(if fill_mode == FillMode::Nearest { f64::NAN } else { affine.fill_value }),
        }
    }

    #[inline(always)]
    fn all(&self, mut emit: impl FnMut(usize, &[P])) {
        let [height, width] = self.size;
        let line = width * self.channels;
        let mut row = vec![P::default(); line + LANES];
        let (mut down, mut across) = (Taps::new(), Taps::new());
        for i in 0..height {
            for first in (0..width).step_by(BLOCK) {
                let (mut y, mut x) = (self.places(0, i, first), self.places(1, i, first));
                let out = &mut row[first * self.channels..];
                match self.affine.interpolation {
                    Interpolation::Bilinear => {
                        self.axes[0].around(&mut y, &mut down);
                        self.axes[1].around(&mut x, &mut across);
                        for column in 0..BLOCK.min(width - first) {
                            self.bilinear(&down, &across, column, out);
                        }
                    }
                    Interpolation::Nearest => {
                        self.axes[0].nearest(&mut y, &mut down);
                        self.axes[1].nearest(&mut x, &mut across);
                        for column in 0..BLOCK.min(width - first) {
                            self.nearest(&down, &across, column, out);
                        }
                    }
                }
            }
            emit(i, &row[..line]);
        }
    }

    /// Where the columns from `first` on of row `i` are read, on one axis.
    #[inline(always)]
    fn places(&self, axis: usize, i: usize, first: usize) -> [f64; BLOCK] {
        let Affine { matrix, offset, .. } = self.affine;
        let (start, step) = (offset[axis] + i as f64 * matrix[axis][0], matrix[axis][1]);
        let first = first as f64;
        let mut places = [0.0; BLOCK];
        for (place, lane) in places.iter_mut().zip(&LANE_NUMBERS) {
            *place = start + (first + lane) * step; // the column is a whole number, and exact
        }
        places
    }

    #[inline(always)]
    fn bilinear(&self, down: &Taps, across: &Taps, column: usize, out: &mut [P]) {
        let line = self.size[1] * self.channels;
        let (above, below) = (down.pixels[0][column] as usize * line, down.pixels[1][column] as usize * line);
        let left = across.pixels[0][column] as usize * self.channels;
        let right = across.pixels[1][column] as usize * self.channels;
        let at = [above + left, above + right, below + left, below + right];
        let down = [down.weights[0][column], down.weights[1][column]];
        let across = [across.weights[0][column], across.weights[1][column]];
        let out = &mut out[column * self.channels..];
        if (down[0] + across[0]).is_nan() {
            out[..self.channels].fill(self.outside);
            return;
        }
        let reach = above.max(below) + left.max(right) + LANES;
        if C != 0 && reach <= self.values.len() {
            let mut sums = [0.0; LANES];
            for tap in 0..4 {
                // SAFETY: as many values follow the last of the four taps.
                let values = unsafe { self.values.as_ptr().add(at[tap]).cast::<[P; LANES]>().read_unaligned() };
                for lane in 0..LANES {
                    sums[lane] += values[lane].to_f64() * down[tap / 2] * across[tap % 2];
                }
            }
            let out = &mut out[..LANES];
            for lane in 0..LANES {
                out[lane] = P::from_between(sums[lane]);
            }
            return;
        }
        for (channel, out) in out[..self.channels].iter_mut().enumerate() {
            let mut sum = 0.0;
            for (tap, at) in at.iter().enumerate() {
                sum += self.values[at + channel].to_f64() * down[tap / 2] * across[tap % 2];
            }
            *out = P::from_between(sum);
        }
    }

    #[inline(always)]
    fn nearest(&self, down: &Taps, across: &Taps, column: usize, out: &mut [P]) {
        let pixel = down.pixels[0][column] as usize * self.size[1] + across.pixels[0][column] as usize;
        let at = pixel * self.channels;
        let out = &mut out[column * self.channels..];
        let nowhere = (down.weights[0][column] + across.weights[0][column]).is_nan();
        if nowhere && self.affine.fill_mode != FillMode::Nearest {
            out[..self.channels].fill(self.outside);
            return;
        }
        if let Some(values) = self.values.get(at..at + LANES)
            && C != 0
        {
            let out = &mut out[..LANES];
            for lane in 0..LANES {
                out[lane] = values[lane].alone();
            }
            return;
        }
        for (out, value) in out[..self.channels].iter_mut().zip(&self.values[at..at + self.channels]) {
            *out = value.alone();
        }
    }
}

#[cfg(test)]
mod tests;

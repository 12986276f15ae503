//! The arithmetic of each type of pixel.

use super::axis::{Axis, Run};
use super::passes::{self, Lines};
use super::uint8;
use crate::kernels::level::Level;
use crate::source::Pixel;

/// Bits after the point of an integer weight.
pub const PRECISION: u32 = 22;

/// A pixel that resize can add up.
pub trait Resizable: Pixel {
    /// A weight as it is used.
    type Weight: Copy + Send + Sync + std::fmt::Debug;
    /// All weights of an axis as the level's instructions take them.
    type Packed: Default + Send + Sync + std::fmt::Debug;
    /// A sum in the making.
    type Sum: Copy;
    /// What a sum starts from.
    const START: Self::Sum;
    /// The weight in its own precision.
    fn weight(weight: f64) -> Self::Weight;
    /// Leaves out the ends of the run from `start` on, of which `first` is the first pixel, where they count nothing;
    /// returns its first pixel and its length.
    fn trim(first: usize, weights: &mut Vec<Self::Weight>, start: usize) -> (usize, usize);
    /// Brings the weights of an axis into the order of the level's instructions.
    fn pack(runs: &[Run], weights: &[Self::Weight], packed: &mut Self::Packed);
    /// One more pixel.
    fn add(sum: Self::Sum, pixel: Self, weight: Self::Weight) -> Self::Sum;
    /// The pixel that a sum makes.
    fn end(sum: Self::Sum) -> Self;
    /// Makes each line of `out`, of `len` values, from several lines.
    fn down(_: Level, axis: &Axis<Self>, lines: Lines<'_, Self>, len: usize, out: &mut [Self]) {
        passes::down(axis, lines, len, out);
    }
    /// Makes each pixel of a line of `out` from several pixels of the same line.
    fn across(_: Level, axis: &Axis<Self>, lines: Lines<'_, Self>, channels: usize, out: &mut [Self]) {
        passes::across(axis, lines, channels, out);
    }
    /// Brings pixels into (low, high).
    fn clip(pixels: &mut [Self], range: (f64, f64));
}

impl Resizable for u8 {
    type Weight = i32;
    type Packed = uint8::Packed;
    type Sum = i32;
    const START: i32 = 1 << (PRECISION - 1);

    fn weight(weight: f64) -> i32 {
        let half = if weight < 0.0 { -0.5 } else { 0.5 };
        (weight * f64::from(1 << PRECISION) + half) as i32
    }

    fn trim(first: usize, weights: &mut Vec<i32>, start: usize) -> (usize, usize) {
        let kept = weights[start..].iter().rposition(|w| *w != 0).map_or(1, |last| last + 1);
        weights.truncate(start + kept);
        let zeros = weights[start..start + kept - 1].iter().take_while(|w| **w == 0).count();
        weights.drain(start..start + zeros);
        (first + zeros, kept - zeros)
    }

    fn pack(runs: &[Run], weights: &[i32], packed: &mut uint8::Packed) {
        packed.fill(runs, weights);
    }

    fn add(sum: i32, pixel: Self, weight: i32) -> i32 {
        sum + i32::from(pixel) * weight
    }

    fn end(sum: i32) -> Self {
        (sum >> PRECISION).clamp(0, 255) as Self
    }

    fn down(level: Level, axis: &Axis<Self>, lines: Lines<'_, Self>, len: usize, out: &mut [Self]) {
        uint8::down(level, axis, lines, len, out);
    }

    fn across(level: Level, axis: &Axis<Self>, lines: Lines<'_, Self>, channels: usize, out: &mut [Self]) {
        uint8::across(level, axis, lines, channels, out);
    }

    fn clip(pixels: &mut [Self], (low, high): (f64, f64)) {
        if Self::can_leave(low, high) {
            let (low, high) = (low.ceil() as Self, high.floor() as Self);
            for pixel in pixels {
                *pixel = (*pixel).max(low).min(high);
            }
        }
    }
}

impl Resizable for f32 {
    type Weight = f64;
    type Packed = ();
    type Sum = f64;
    const START: f64 = 0.0;

    fn weight(weight: f64) -> f64 {
        weight
    }

    /// Every pixel counts: a sum that starts from 0.0 and one that starts from -0.0 differ.
    fn trim(first: usize, weights: &mut Vec<f64>, start: usize) -> (usize, usize) {
        (first, weights.len() - start)
    }

    fn pack(_: &[Run], _: &[f64], (): &mut ()) {}

    fn add(sum: f64, pixel: Self, weight: f64) -> f64 {
        sum + f64::from(pixel) * weight
    }

    fn end(sum: f64) -> Self {
        Self::from_f64(sum)
    }

    fn clip(pixels: &mut [Self], (low, high): (f64, f64)) {
        let (low, high) = (low as Self, high as Self);
        for pixel in pixels {
            let least = if *pixel < low { low } else { *pixel };
            *pixel = if least > high { high } else { least };
        }
    }
}

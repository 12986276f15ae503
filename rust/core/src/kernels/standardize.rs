//! Standardize: a sample's own statistics, and the link that follows from them.

use super::convert::Output;
use super::finish::{Finish, Sink};
use super::simd::{LANES, Simd};
use crate::error::Error;
use crate::params::{LARGEST, Link, Standardize};
use crate::spec::MAX_CHANNELS;

/// A whole image of float32 values, kept until its statistics are known.
pub struct Planes<'a> {
    /// Channels first.
    pub values: &'a [f32],
    /// (rows, columns, channels).
    pub shape: [usize; 3],
}

impl Planes<'_> {
    /// One row of one channel.
    #[inline(always)]
    fn row(&self, row: usize, channel: usize) -> &[f32] {
        let [height, width, _] = self.shape;
        &self.values[(channel * height + row) * width..][..width]
    }

    /// The sum of `f` over a channel in the written order: 16 running sums, column j to sum j mod 16, then those.
    fn sum(&self, channel: usize, f: impl Fn(f64) -> f64) -> f64 {
        let mut sums = [0.0; LANES];
        for row in 0..self.shape[0] {
            for block in self.row(row, channel).chunks(LANES) {
                for (sum, value) in sums.iter_mut().zip(block) {
                    *sum += f(f64::from(*value));
                }
            }
        }
        sums.iter().fold(0.0, |total, sum| total + sum)
    }

    /// The link that standardises the image and runs the tail of its pipeline.
    ///
    /// # Errors
    /// [`Error::Pixel`] if the image has no deviation to divide by.
    pub fn link(&self, step: &Standardize) -> Result<Link, Error> {
        let [height, width, channels] = self.shape;
        let (low, high) = (f32::NEG_INFINITY, f32::INFINITY);
        let mut link = Link { scale: [1.0; MAX_CHANNELS], offset: [0.0; MAX_CHANNELS], low, high };
        let group = if step.per_channel { 1 } else { channels };
        for first in (0..channels).step_by(group) {
            let members = first..first + group;
            let count = (height * width * group) as f64;
            let mean = members.clone().fold(0.0, |total, c| total + self.sum(c, |v| v)) / count;
            let variance =
                members.clone().fold(0.0, |total, c| total + self.sum(c, |v| (v - mean) * (v - mean))) / count;
            let a = if step.std { 1.0 / (variance.sqrt() + step.epsilon) } else { 1.0 };
            if !a.is_finite() {
                return Err(Error::Pixel(
                    "all its pixels are equal, so Standardize has no deviation to divide by: give it epsilon > 0"
                        .to_owned(),
                ));
            }
            let b = if step.mean { -(mean * a) } else { 0.0 };
            for channel in members {
                let (scale, offset) =
                    (a * step.tail_scale[channel], b * step.tail_scale[channel] + step.tail_offset[channel]);
                if [scale, offset].iter().any(|value| value.is_nan() || value.abs() > LARGEST) {
                    return Err(Error::Pixel(
                        "its deviation is so small that Standardize makes numbers beyond float32: use a larger epsilon"
                            .to_owned(),
                    ));
                }
                (link.scale[channel], link.offset[channel]) = (scale as f32, offset as f32);
            }
        }
        Ok(link)
    }

    /// Runs links over the image and stores it, one channel after the other.
    pub fn finish<S: Simd, O: Output>(&self, s: S, sink: &mut Finish<'_, O>) {
        s.vectorize(
            #[inline(always)]
            || {
                for channel in 0..self.shape[2] {
                    self.replay::<S, 1>(s, channel, sink);
                }
            },
        );
        s.fence();
    }

    /// Hands the image on, block by block, `C` channels from `channel` on.
    #[inline(always)]
    fn replay<S: Simd, const C: usize>(&self, s: S, channel: usize, sink: &mut impl Sink<S, C>) {
        let [height, width, _] = self.shape;
        for row in 0..height {
            for column in (0..width).step_by(LANES) {
                let count = LANES.min(width - column);
                let mut block = [[0.0; LANES]; C];
                for (offset, lanes) in block.iter_mut().enumerate() {
                    lanes[..count].copy_from_slice(&self.row(row, channel + offset)[column..][..count]);
                }
                sink.put(s, (row, column, channel), &[block], count);
            }
        }
    }
}

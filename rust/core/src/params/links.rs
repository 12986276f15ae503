//! Links: what happens to a pixel's value after interpolation.
//!
//! A link is four single float32 operations: multiply, add, clamp from below, clamp from above. Steps of a pipeline
//! that do not clamp are composed beforehand, in float64, and rounded to float32 once.

use super::row::Row;
use crate::Error;
use crate::spec::{MAX_CHANNELS, Transform, rescaled};

/// Just short of the end of float32, so that rounding does not reach it.
pub(crate) const LARGEST: f64 = 3.4e38;

/// What a whitened number's magnitude counts as where links are checked before there are numbers; each sample's own are
/// checked when they are known.
const WHITENED: f64 = 1.0;

/// `t = v * scale; t = t + offset; t = low if t < low; t = high if t > high`, in float32, each operation rounded once;
/// scale and offset are one a channel. Past the image's channels they are 1 and 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The factor of each channel.
    pub scale: [f32; MAX_CHANNELS],
    /// The summand of each channel.
    pub offset: [f32; MAX_CHANNELS],
    /// The least value that leaves; minus infinity if there is none.
    pub low: f32,
    /// The largest value that leaves; infinity if there is none.
    pub high: f32,
}

/// A sample's own statistics, taken on the values after the links; then the sample's last link is, in float64 and
/// rounded to float32 once, `a = 1 / (std + epsilon)` or 1, `b = -(mean * a)` or 0, and
/// `(a * tail_scale, b * tail_scale + tail_offset)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardize {
    /// Whether the mean is subtracted.
    pub mean: bool,
    /// Whether the deviation divides.
    pub std: bool,
    /// Whether each channel has statistics of its own.
    pub per_channel: bool,
    /// Added to the deviation, in units of the values at that point.
    pub epsilon: f64,
    /// What follows the standardisation, one a channel; 1 past the image's channels.
    pub tail_scale: [f64; MAX_CHANNELS],
    /// What follows the standardisation, one a channel; 0 past the image's channels.
    pub tail_offset: [f64; MAX_CHANNELS],
}

/// The links of a pipeline under construction, one transform after the other.
pub(super) struct Chain<'a> {
    channels: usize,
    /// The lowest and the highest value a pixel may have here.
    range: [f64; 2],
    /// The affine steps that wait to be rounded, one a channel.
    scale: [f64; MAX_CHANNELS],
    offset: [f64; MAX_CHANNELS],
    /// How far from 0 the values get that the next link is given.
    largest: f64,
    links: &'a mut Vec<Link>,
    standardize: Option<Standardize>,
    /// Whether all that comes is done to whitened numbers.
    whitened: bool,
}

/// What follows the links of a pipeline.
pub(super) struct End {
    /// A sample's own statistics.
    pub standardize: Option<Standardize>,
    /// What is done to whitened numbers.
    pub whitened: Option<Link>,
}

impl<'a> Chain<'a> {
    /// No links yet, for `channels` (at most [`MAX_CHANNELS`]) of values in `range`; `links` is emptied.
    pub(super) fn new(channels: usize, range: [f64; 2], links: &'a mut Vec<Link>) -> Self {
        links.clear();
        Self {
            channels,
            range,
            scale: [1.0; MAX_CHANNELS],
            offset: [0.0; MAX_CHANNELS],
            largest: range[0].abs().max(range[1].abs()),
            links,
            standardize: None,
            whitened: false,
        }
    }

    /// Append a transform, taking its parameters off the row; geometry changes nothing.
    pub(super) fn push(&mut self, transform: &Transform, row: &mut Row<'_>) -> Result<(), Error> {
        let [low, high] = self.range;
        match transform {
            Transform::RandomBrightness { .. } => {
                let [factor] = row.take()?;
                self.then(|_| (factor, low - low * factor));
                self.close(low, high)?;
            }
            Transform::RandomChannelShift { .. } => {
                let shifts = row.slice(self.channels)?;
                self.then(|channel| (1.0, shifts[channel] * (high - low)));
                self.close(low, high)?;
            }
            Transform::Rescale { scale, offset, .. } => {
                self.then(|_| (*scale, *offset));
                self.range = rescaled(self.range, *scale, *offset);
            }
            Transform::Normalize { mean: Some(mean), std: Some(std), .. } => {
                let span = high - low;
                let of = |list: &[f64], channel: usize| if let [one] = list { *one } else { list[channel] };
                self.then(|channel| {
                    let (mean, std) = (of(mean, channel), of(std, channel));
                    (1.0 / (span * std), -((low / span + mean) / std))
                });
            }
            Transform::Normalize { .. } => return Err(Error::Spec("its statistics are not fitted".to_owned())),
            Transform::Standardize { mean, std, per_channel, epsilon, .. } => {
                self.close_open()?;
                self.standardize = Some(Standardize {
                    mean: *mean,
                    std: *std,
                    per_channel: *per_channel,
                    epsilon: epsilon * (high - low),
                    tail_scale: self.scale,
                    tail_offset: self.offset,
                });
            }
            Transform::Whiten { .. } => {
                if self.standardize.is_some() {
                    self.end_standardize();
                } else {
                    self.close_open()?;
                }
                self.whitened = true;
                self.largest = WHITENED;
            }
            _ => {}
        }
        Ok(())
    }

    /// Close what is open, and give what the kernels need beside the links.
    pub(super) fn end(mut self) -> Result<End, Error> {
        let whitened = if self.whitened {
            Some(self.link(f64::NEG_INFINITY, f64::INFINITY)?)
        } else {
            if self.standardize.is_some() {
                self.end_standardize();
            } else {
                self.close_open()?;
            }
            None
        };
        Ok(End { standardize: self.standardize, whitened })
    }

    /// What waits follows the standardisation.
    fn end_standardize(&mut self) {
        if let Some(standardize) = &mut self.standardize {
            standardize.tail_scale = std::mem::replace(&mut self.scale, [1.0; MAX_CHANNELS]);
            standardize.tail_offset = std::mem::replace(&mut self.offset, [0.0; MAX_CHANNELS]);
        }
    }

    fn then(&mut self, step: impl Fn(usize) -> (f64, f64)) {
        for channel in 0..self.channels {
            let (scale, offset) = step(channel);
            self.scale[channel] *= scale;
            self.offset[channel] = self.offset[channel] * scale + offset;
        }
    }

    fn neutral(&self) -> bool {
        self.scale.iter().all(|scale| *scale == 1.0) && self.offset.iter().all(|offset| *offset == 0.0)
    }

    fn close(&mut self, low: f64, high: f64) -> Result<(), Error> {
        let link = self.link(low, high)?;
        self.links.push(link);
        Ok(())
    }

    /// What waits as a link; nothing waits then.
    fn link(&mut self, low: f64, high: f64) -> Result<Link, Error> {
        let steps = self.scale.iter().zip(&self.offset).take(self.channels);
        let mut reaches = steps.map(|(a, b)| self.largest * a.abs() + b.abs());
        let reach = reaches.try_fold(0.0, |most: f64, reach| (reach <= LARGEST).then_some(most.max(reach)));
        let Some(reach) = reach else {
            return Err(Error::Spec(
                "its photometry and scaling compose to numbers beyond float32: use smaller factors".to_owned(),
            ));
        };
        let link = Link {
            scale: self.scale.map(|value| value as f32),
            offset: self.offset.map(|value| value as f32),
            low: low as f32,
            high: high as f32,
        };
        self.largest = if high.is_finite() { low.abs().max(high.abs()) } else { reach };
        self.scale = [1.0; MAX_CHANNELS];
        self.offset = [0.0; MAX_CHANNELS];
        Ok(link)
    }

    /// Round what waits without a clamp; at least one link there must be.
    fn close_open(&mut self) -> Result<(), Error> {
        if self.links.is_empty() || !self.neutral() {
            self.close(f64::NEG_INFINITY, f64::INFINITY)?;
        }
        Ok(())
    }
}

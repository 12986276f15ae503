//! What a pipeline demands of a source, and what the source makes of its value range.

use super::{FillMode, Fit, MAX_CHANNELS, MAX_SIDE, OutputDtype, Spec, Transform};
use crate::Error;

/// What a spec needs to know of a source to be checked against it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// (height, width) of an image, in pixels, where all have the same.
    pub size: Option<[usize; 2]>,
    /// Numbers of a pixel.
    pub channels: usize,
    /// Whether pixels are whole numbers from 0 to 255.
    pub whole: bool,
    /// The lowest and the highest value a pixel may have.
    pub range: [f64; 2],
}

/// Magnitudes of values that leave float32 room for arithmetic.
const LARGEST_VALUE: f64 = 1e30;

impl Spec {
    /// Check the pipeline against a source.
    ///
    /// # Errors
    /// [`Error::Shape`] for sizes and channels, [`Error::Spec`] for ranges, unfitted statistics, fill values and images
    /// that differ in size where the pipeline names none.
    pub fn check_source(&self, source: &Source) -> Result<(), Error> {
        let sides = source.size.into_iter().flat_map(|[height, width]| [("high", height), ("wide", width)]);
        for (axis, side) in sides {
            if !(1..=MAX_SIDE).contains(&side) {
                return Err(Error::Shape(format!("the images are {side} pixels {axis}: 1 to {MAX_SIDE} can be read")));
            }
        }
        check_channels(source.channels)?;
        check_range(source)?;
        self.check_fill(source)?;
        let [height, width] = self.resized(source.size)?;
        let mut range = source.range;
        for transform in &self.transforms {
            match transform {
                Transform::RandomQuarterTurn { turns, .. } if height != width && turns.iter().any(|t| t % 2 == 1) => {
                    return Err(Error::Shape(format!(
                        "{}: an odd number of quarter turns needs square images, and these are {height} x {width} \
                         (height x width); give the pipeline a square size=, or turns=(0, 2)",
                        transform.label()
                    )));
                }
                Transform::Rescale { scale, offset, .. } => range = rescaled(range, *scale, *offset),
                Transform::Normalize { mean, .. } => {
                    check_fitted(transform, mean.as_deref(), source.channels)?;
                }
                Transform::Whiten { features, .. } => {
                    check_features(transform, *features, [height, width, source.channels])?;
                }
                _ => {}
            }
            if range.iter().any(|value| value.abs() > LARGEST_VALUE) || range[0] == range[1] {
                return Err(transform.refuse(&format!(
                    "it takes the values to [{:e}, {:e}], where float32 cannot tell them apart",
                    range[0], range[1]
                )));
            }
        }
        self.check_whole(range)
    }

    fn check_fill(&self, source: &Source) -> Result<(), Error> {
        let [low, high] = source.range;
        if self.fill_mode != FillMode::Constant && self.fit != Fit::Pad {
            return Ok(());
        }
        if !(low..=high).contains(&self.fill_value) {
            return Err(Error::Spec(format!(
                "fill_value = {} lies outside the source's value range [{low}, {high}]",
                self.fill_value
            )));
        }
        if source.whole && self.fill_value.fract() != 0.0 {
            return Err(Error::Spec(format!(
                "fill_value = {} must be a whole number for a uint8 source",
                self.fill_value
            )));
        }
        Ok(())
    }

    /// Refuse a uint8 batch of values that uint8 cannot hold, or that it would round to almost nothing.
    fn check_whole(&self, [low, high]: [f64; 2]) -> Result<(), Error> {
        if self.dtype == OutputDtype::Uint8 && !(low >= 0.0 && high <= 255.0 && high - low > 1.0) {
            return Err(Error::Spec(format!(
                "dtype \"uint8\" holds 0 to 255, and the values end in [{low}, {high}]; bring them there, \
                 as Rescale(255) does for values from 0 to 1, or use a float dtype"
            )));
        }
        Ok(())
    }
}

/// Check a number of channels.
///
/// # Errors
/// [`Error::Shape`] if it is 0 or above [`MAX_CHANNELS`].
pub(crate) fn check_channels(channels: usize) -> Result<(), Error> {
    if (1..=MAX_CHANNELS).contains(&channels) {
        return Ok(());
    }
    Err(Error::Shape(format!("the images have {channels} channels: 1 to {MAX_CHANNELS} can be read")))
}

fn check_fitted(transform: &Transform, mean: Option<&[f64]>, channels: usize) -> Result<(), Error> {
    match mean.map(<[f64]>::len) {
        None => Err(transform.refuse("its statistics are not fitted; use Normalize.fit(source), or give mean and std")),
        Some(entries) if entries != 1 && entries != channels => {
            Err(transform.refuse(&format!("mean and std have {entries} entries, and the images {channels} channels")))
        }
        Some(_) => Ok(()),
    }
}

fn check_features(transform: &Transform, features: Option<usize>, shape: [usize; 3]) -> Result<(), Error> {
    let count: usize = shape.iter().product();
    match features {
        None => Err(transform.refuse("it is not fitted; use Whiten.fit(source), or give a matrix")),
        Some(features) if features != count => Err(transform.refuse(&format!(
            "it whitens images of {features} numbers, and these are {shape:?} (height, width, channels), {count} numbers"
        ))),
        Some(_) => Ok(()),
    }
}

/// Where a value range goes under `v * scale + offset`, lowest first.
pub(crate) fn rescaled([low, high]: [f64; 2], scale: f64, offset: f64) -> [f64; 2] {
    let (a, b) = (low * scale + offset, high * scale + offset);
    if a <= b { [a, b] } else { [b, a] }
}

fn check_range(source: &Source) -> Result<(), Error> {
    let [low, high] = source.range;
    let sane = |value: f64| value.abs() <= LARGEST_VALUE;
    if !(sane(low) && sane(high) && (low as f32) < (high as f32)) {
        return Err(Error::Spec(format!(
            "value_range = ({low}, {high}) must be two numbers of magnitude up to {LARGEST_VALUE:e}, \
             the first below the second"
        )));
    }
    if source.whole && !(low >= 0.0 && high <= 255.0) {
        return Err(Error::Spec(format!(
            "value_range = ({low}, {high}) reaches beyond 0 to 255, which is all uint8 pixels can hold"
        )));
    }
    Ok(())
}

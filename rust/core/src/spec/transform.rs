//! One transform of a pipeline: its fields and their ranges.

use serde::Deserialize;

use super::{MAX_SIDE, required};
use crate::Error;

/// A transform as the spec holds it. Every random one is resolved to a lowest and a highest value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are the spec's; each variant names their units")]
pub enum Transform {
    /// Cut out a part of the image's area and of some ratio of width to height, anywhere.
    RandomResizedCrop { id: String, scale_low: f64, scale_high: f64, ratio_low: f64, ratio_high: f64 },
    /// Cut out the middle, in pixels, or as much of it as there is.
    CenterCrop { id: String, height: usize, width: usize },
    /// Mirror left and right, top and bottom, each with a probability.
    RandomFlip { id: String, horizontal: f64, vertical: f64 },
    /// Turn by degrees, counter-clockwise as seen.
    RandomRotation { id: String, low: f64, high: f64 },
    /// Move right and down, by fractions of the width and the height or by pixels, between two ends or by one of a list.
    RandomShift {
        id: String,
        width_low: f64,
        width_high: f64,
        height_low: f64,
        height_high: f64,
        #[serde(default)]
        unit: ShiftUnit,
        #[serde(default)]
        widths: Option<Vec<f64>>,
        #[serde(default)]
        heights: Option<Vec<f64>>,
    },
    /// Lean by degrees along x and along y.
    RandomShear { id: String, x_low: f64, x_high: f64, y_low: f64, y_high: f64 },
    /// Enlarge by a factor, the same for both axes or one for each; `reciprocal`: reduce by it.
    RandomZoom {
        id: String,
        low: f64,
        high: f64,
        independent: bool,
        #[serde(default)]
        reciprocal: bool,
    },
    /// Turn by one of these numbers of quarter turns, counter-clockwise.
    RandomQuarterTurn { id: String, turns: Vec<u8> },
    /// Multiply the distance to the lowest value by a factor, and clip.
    RandomBrightness { id: String, low: f64, high: f64 },
    /// Add a fraction of the value range, the same for all channels or one for each, and clip.
    RandomChannelShift { id: String, low: f64, high: f64, independent: bool },
    /// Multiply and add.
    Rescale { id: String, scale: f64, offset: f64 },
    /// Subtract a mean and divide by a deviation, both in units of the value range; `None`: not fitted yet.
    Normalize {
        id: String,
        #[serde(deserialize_with = "required")]
        mean: Option<Vec<f64>>,
        #[serde(deserialize_with = "required")]
        std: Option<Vec<f64>>,
    },
    /// Subtract a sample's own mean, divide by its own deviation plus `epsilon` (in units of the value range).
    Standardize { id: String, mean: bool, std: bool, per_channel: bool, epsilon: f64 },
    /// Subtract a mean image, multiply the flattened rest by a square matrix. Both lie beside the spec, which names how
    /// many numbers an image has and the digest of the two; `None`: not fitted yet.
    Whiten {
        id: String,
        #[serde(deserialize_with = "required")]
        features: Option<usize>,
        #[serde(deserialize_with = "required")]
        digest: Option<String>,
    },
}

/// What the numbers of a shift count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftUnit {
    /// Fractions of the width and the height.
    #[default]
    Fraction,
    /// Pixels of the image, after `size=`.
    Pixels,
}

impl ShiftUnit {
    /// The largest shift, either way.
    pub(crate) const fn limit(self) -> f64 {
        match self {
            Self::Fraction => LARGEST_SHIFT,
            Self::Pixels => LARGEST_SHIFT * MAX_SIDE as f64,
        }
    }
}

/// The stage a transform belongs to, as far as order is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What of the image is read.
    Crop,
    /// Geometry that moves whole pixels: flips and quarter turns.
    Whole,
    /// Geometry that interpolates.
    Between,
    /// Brightness and channel shifts.
    Photometry,
    /// Rescaling, normalising, standardising, whitening.
    Scaling,
}

/// The smallest part of an image's area that is cut out.
pub(crate) const SMALLEST_AREA: f64 = 1e-6;
/// The largest ratio of width to height; its inverse is the smallest.
pub(crate) const LARGEST_RATIO: f64 = 64.0;
/// Degrees, either way: ten turns.
pub(crate) const LARGEST_ANGLE: f64 = 3600.0;
/// Multiples of an image's width or height, either way.
pub(crate) const LARGEST_SHIFT: f64 = 16.0;
/// Degrees, either way; at 90 the image would be infinitely long.
pub(crate) const LARGEST_SHEAR: f64 = 80.0;
/// The strongest enlargement; its inverse is the strongest reduction.
pub(crate) const LARGEST_ZOOM: f64 = 64.0;
/// The largest brightness factor.
pub(crate) const LARGEST_FACTOR: f64 = 1e6;
/// The largest channel shift, in value ranges, either way.
pub(crate) const LARGEST_CHANNEL_SHIFT: f64 = 1.0;

impl Transform {
    /// The id that names its random stream and its columns.
    pub fn id(&self) -> &str {
        match self {
            Self::RandomResizedCrop { id, .. }
            | Self::CenterCrop { id, .. }
            | Self::RandomFlip { id, .. }
            | Self::RandomRotation { id, .. }
            | Self::RandomShift { id, .. }
            | Self::RandomShear { id, .. }
            | Self::RandomZoom { id, .. }
            | Self::RandomQuarterTurn { id, .. }
            | Self::RandomBrightness { id, .. }
            | Self::RandomChannelShift { id, .. }
            | Self::Rescale { id, .. }
            | Self::Normalize { id, .. }
            | Self::Standardize { id, .. }
            | Self::Whiten { id, .. } => id,
        }
    }

    /// The name of its kind, as in the spec.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::RandomResizedCrop { .. } => "RandomResizedCrop",
            Self::CenterCrop { .. } => "CenterCrop",
            Self::RandomFlip { .. } => "RandomFlip",
            Self::RandomRotation { .. } => "RandomRotation",
            Self::RandomShift { .. } => "RandomShift",
            Self::RandomShear { .. } => "RandomShear",
            Self::RandomZoom { .. } => "RandomZoom",
            Self::RandomQuarterTurn { .. } => "RandomQuarterTurn",
            Self::RandomBrightness { .. } => "RandomBrightness",
            Self::RandomChannelShift { .. } => "RandomChannelShift",
            Self::Rescale { .. } => "Rescale",
            Self::Normalize { .. } => "Normalize",
            Self::Standardize { .. } => "Standardize",
            Self::Whiten { .. } => "Whiten",
        }
    }

    /// The stage it belongs to.
    pub const fn class(&self) -> Class {
        match self {
            Self::RandomResizedCrop { .. } | Self::CenterCrop { .. } => Class::Crop,
            Self::RandomFlip { .. } | Self::RandomQuarterTurn { .. } => Class::Whole,
            Self::RandomRotation { .. }
            | Self::RandomShift { .. }
            | Self::RandomShear { .. }
            | Self::RandomZoom { .. } => Class::Between,
            Self::RandomBrightness { .. } | Self::RandomChannelShift { .. } => Class::Photometry,
            Self::Rescale { .. } | Self::Normalize { .. } | Self::Standardize { .. } | Self::Whiten { .. } => {
                Class::Scaling
            }
        }
    }

    /// How a message names it: `RandomZoom "zoom"`.
    pub(crate) fn label(&self) -> String {
        format!("{} {:?}", self.kind(), self.id())
    }

    /// Check every field that needs no other transform.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.check_id()?;
        match self {
            Self::RandomResizedCrop { scale_low, scale_high, ratio_low, ratio_high, .. } => {
                self.range(["scale_low", "scale_high"], [*scale_low, *scale_high], SMALLEST_AREA..=1.0)?;
                let ratios = 1.0 / LARGEST_RATIO..=LARGEST_RATIO;
                self.range(["ratio_low", "ratio_high"], [*ratio_low, *ratio_high], ratios)
            }
            Self::CenterCrop { height, width, .. } => self.check_crop(*height, *width),
            Self::RandomFlip { horizontal, vertical, .. } => {
                self.within("horizontal", *horizontal, 0.0..=1.0)?;
                self.within("vertical", *vertical, 0.0..=1.0)
            }
            Self::RandomRotation { low, high, .. } => {
                self.range(["low", "high"], [*low, *high], -LARGEST_ANGLE..=LARGEST_ANGLE)
            }
            Self::RandomShift { width_low, width_high, height_low, height_high, unit, widths, heights, .. } => {
                self.check_shift("width", [*width_low, *width_high], widths.as_deref(), *unit)?;
                self.check_shift("height", [*height_low, *height_high], heights.as_deref(), *unit)
            }
            Self::RandomShear { x_low, x_high, y_low, y_high, .. } => {
                let limits = -LARGEST_SHEAR..=LARGEST_SHEAR;
                self.range(["x_low", "x_high"], [*x_low, *x_high], limits.clone())?;
                self.range(["y_low", "y_high"], [*y_low, *y_high], limits)
            }
            Self::RandomZoom { low, high, .. } => {
                self.range(["low", "high"], [*low, *high], 1.0 / LARGEST_ZOOM..=LARGEST_ZOOM)
            }
            Self::RandomQuarterTurn { turns, .. } => self.check_turns(turns),
            Self::RandomBrightness { low, high, .. } => {
                self.range(["low", "high"], [*low, *high], 0.0..=LARGEST_FACTOR)
            }
            Self::RandomChannelShift { low, high, .. } => {
                self.range(["low", "high"], [*low, *high], -LARGEST_CHANNEL_SHIFT..=LARGEST_CHANNEL_SHIFT)
            }
            Self::Rescale { scale, offset, .. } => self.check_rescale(*scale, *offset),
            Self::Normalize { mean, std, .. } => self.check_statistics(mean.as_deref(), std.as_deref()),
            Self::Standardize { epsilon, .. } => self.within("epsilon", *epsilon, 0.0..=f64::MAX),
            Self::Whiten { features, digest, .. } => self.check_whitening(*features, digest.as_deref()),
        }
    }
}

//! The pipeline as the user wrote it: its canonical JSON, read and checked.

use serde::{Deserialize, Deserializer};

use crate::Error;

mod bind;
mod check;
mod order;
mod transform;

pub use bind::Source;
pub(crate) use bind::{check_channels, rescaled};
pub use transform::{Class, ShiftUnit, Transform};
pub(crate) use transform::{
    LARGEST_ANGLE, LARGEST_CHANNEL_SHIFT, LARGEST_FACTOR, LARGEST_RATIO, LARGEST_SHEAR, LARGEST_ZOOM, SMALLEST_AREA,
};

/// The rules' version that this build speaks.
pub const STREAM: u64 = 1;
/// The largest height and width, in pixels, of a source and of `size`.
pub const MAX_SIDE: usize = 16_384;
/// The most channels an image may have.
pub const MAX_CHANNELS: usize = 32;

/// The most numbers an image may have that is whitened: the matrix has as many rows and columns.
pub const MAX_FEATURES: usize = 4096;

/// How `size` resizes: Pillow's filters, all but the first as wide as the reduction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resample {
    /// The nearest pixel.
    Nearest,
    /// The mean of what a pixel covers.
    Box,
    /// A triangle.
    Bilinear,
    /// A windowed sinc of one lobe.
    Hamming,
    /// A cubic of two lobes.
    Bicubic,
    /// A windowed sinc of three lobes.
    Lanczos,
}

impl Resample {
    /// Whether results can lie beyond the pixels they are made of.
    pub const fn overshoots(self) -> bool {
        matches!(self, Self::Bicubic | Self::Lanczos)
    }
}

/// How an image of another aspect comes to `size`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// All of it, stretched.
    #[default]
    Stretch,
    /// Its largest centred part of the aspect of `size`.
    Crop,
    /// All of it, centred, with `fill_value` around.
    Pad,
}

/// How geometry reads between pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The four pixels around, weighted by distance.
    Bilinear,
    /// The one that is nearest.
    Nearest,
}

/// What geometry sees outside the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillMode {
    /// The nearest pixel of the edge: `a a a | a b c d | d d d`.
    Nearest,
    /// `fill_value`.
    Constant,
    /// The image mirrored at its edge: `c b a | a b c d | d c b`.
    Reflect,
    /// The image again: `b c d | a b c d | a b c`.
    Wrap,
}

/// The type of a batch's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputDtype {
    /// IEEE 754 binary32.
    Float32,
    /// IEEE 754 binary16.
    Float16,
    /// The upper half of a binary32.
    Bfloat16,
    /// Whole numbers from 0 to 255.
    Uint8,
}

impl OutputDtype {
    /// The name it has in a spec.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float16 => "float16",
            Self::Bfloat16 => "bfloat16",
            Self::Uint8 => "uint8",
        }
    }

    /// The bytes one number takes.
    pub const fn size(self) -> usize {
        match self {
            Self::Float32 => 4,
            Self::Float16 | Self::Bfloat16 => 2,
            Self::Uint8 => 1,
        }
    }
}

/// The order of a batch's axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// (height, width, channels)
    ChannelsLast,
    /// (channels, height, width)
    ChannelsFirst,
}

/// A pipeline, every field as in its canonical JSON. [`Spec::from_json`] is the only way to make one, so a `Spec` has
/// been checked in everything that needs no source.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Spec {
    /// The rules' version, [`STREAM`].
    pub stream: u64,
    /// (height, width) to resize to before anything else; `None` keeps the source's.
    #[serde(deserialize_with = "required")]
    pub size: Option<[usize; 2]>,
    /// How `size` resizes.
    pub resample: Resample,
    /// How an image of another aspect comes to `size`; the only key that may be left out.
    #[serde(default)]
    pub fit: Fit,
    /// How geometry reads between pixels.
    pub interpolation: Interpolation,
    /// What geometry sees outside the image.
    pub fill_mode: FillMode,
    /// The value there with [`FillMode::Constant`], and around the image with [`Fit::Pad`], in the source's units.
    pub fill_value: f64,
    /// The type of a batch's numbers.
    pub dtype: OutputDtype,
    /// The order of a batch's axes.
    pub layout: Layout,
    /// What is done, in this order.
    pub transforms: Vec<Transform>,
}

/// Read an `Option` whose key must stand there: serde lets the key of a plain `Option` be left out.
pub(crate) fn required<'de, D: Deserializer<'de>, T: Deserialize<'de>>(source: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(source)
}

/// The part of a spec that says how to read the rest.
#[derive(Deserialize)]
struct Head {
    stream: u64,
}

impl Spec {
    /// Read and check a pipeline's JSON.
    ///
    /// # Errors
    /// [`Error::Spec`] if it is no JSON, lacks or adds a key, has a value out of its range, a stream this build does
    /// not know, or transforms in an order that cannot be kept.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let unreadable = |error: serde_json::Error| Error::Spec(format!("the pipeline's spec cannot be read: {error}"));
        let head: Head = serde_json::from_str(text).map_err(unreadable)?;
        if head.stream != STREAM {
            return Err(Error::Spec(format!(
                "the pipeline is of stream {}; this version of samebatch knows stream {STREAM} only",
                head.stream
            )));
        }
        let spec: Self = serde_json::from_str(text).map_err(unreadable)?;
        spec.check()?;
        Ok(spec)
    }

    fn check(&self) -> Result<(), Error> {
        if let Some([height, width]) = self.size
            && !((1..=MAX_SIDE).contains(&height) && (1..=MAX_SIDE).contains(&width))
        {
            return Err(Error::Spec(format!(
                "size = ({height}, {width}): height and width must lie in 1..={MAX_SIDE}"
            )));
        }
        if !self.fill_value.is_finite() {
            return Err(Error::Spec(format!("fill_value = {} must be finite", self.fill_value)));
        }
        for transform in &self.transforms {
            transform.check()?;
            if transform.class() == Class::Crop && self.size.is_none() {
                return Err(transform.refuse("what is cut out is resized: give the pipeline size=(height, width)"));
            }
        }
        if self.fit != Fit::Stretch && self.size.is_none() {
            return Err(Error::Spec("fit says how images come to size: give size=(height, width) as well".to_owned()));
        }
        order::check(&self.transforms, self.dtype)
    }

    /// (height, width) of the images after `size`, given the source's, if all of its images have the same.
    ///
    /// # Errors
    /// [`Error::Spec`] if neither says one.
    pub fn resized(&self, source: Option<[usize; 2]>) -> Result<[usize; 2], Error> {
        self.size.or(source).ok_or_else(|| {
            Error::Spec("the source's images differ in size: give the pipeline size=(height, width)".to_owned())
        })
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

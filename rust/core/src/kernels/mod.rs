//! Kernels: (image, params) -> pixels, straight into the sample's place in the batch. They see numbers and images,
//! never a random generator.
//!
//! [`resize`] where the pipeline asks for another size, then [`warp`] (all geometry, sampled once) and [`finish`]
//! (photometry, scaling, type, layout) in one pass.

#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its level loses the level's instructions"
)]

pub mod axis;
pub mod blend;
pub mod convert;
pub mod finish;
pub mod level;
pub mod pairs;
pub mod resize;
mod sample;
mod seam;
pub mod simd;
pub mod standardize;
pub mod warp;

use crate::error::Error;
use crate::params::Program;
use crate::source::{Dtype, ImageView, Raster, SLACK, pad};
use crate::spec::{FillMode, Interpolation, Layout, OutputDtype, Spec};
use blend::Blend;
use level::Level;
use resize::{Resizable, Resize};
use sample::{Sample, Workspace};
use simd::portable::Portable;
#[cfg(target_arch = "x86_64")]
use simd::{avx2::Avx2, avx512::Avx512};

/// Values of an image: places in it are 32-bit numbers, with room for the slack.
const LARGEST_IMAGE: usize = i32::MAX as usize - SLACK;

/// What every image of a source has in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceShape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels, 1 to 32.
    pub channels: usize,
    /// The type of the pixels.
    pub dtype: Dtype,
    /// The least value a pixel may have.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

/// Resize tables of the source's type, where there is anything to resize.
#[derive(Debug)]
enum Tables {
    Uint8(Option<Resize<u8>>),
    Float32(Option<Resize<f32>>),
}

/// All that is fixed for a pipeline bound to a source.
#[derive(Debug)]
pub struct Kernel {
    source: SourceShape,
    size: (usize, usize),
    interpolation: Interpolation,
    fill_mode: FillMode,
    fill_value: f64,
    layout: Layout,
    dtype: OutputDtype,
    tables: Tables,
    level: Level,
}

/// Memory that a thread uses again for each sample.
#[derive(Default)]
pub struct Scratch {
    uint8: Images<u8>,
    float32: Images<f32>,
}

/// The stages of an image before it is warped.
#[derive(Default)]
struct Images<P: Blend> {
    copy: Vec<P>,
    between: Vec<P>,
    resized: Vec<P>,
    workspace: Workspace<P::Tap>,
}

impl Kernel {
    /// The kernel of a pipeline for a source.
    ///
    /// # Errors
    /// [`Error::Spec`] if this machine lacks the level; [`Error::Shape`] if an image is
    /// too large.
    pub fn new(spec: &Spec, source: &SourceShape, level: Level) -> Result<Self, Error> {
        level.check()?;
        let from = (source.height, source.width);
        let size = spec.size.map_or(from, |[height, width]| (height, width));
        for (height, width) in [from, size] {
            if height * width * source.channels > LARGEST_IMAGE {
                return Err(Error::Shape(format!(
                    "an image of {height} x {width} x {} has more than {LARGEST_IMAGE} values",
                    source.channels
                )));
            }
        }
        let tables = match source.dtype {
            Dtype::Uint8 => Tables::Uint8(Resize::new(spec.resample, from, size)),
            Dtype::Float32 => Tables::Float32(Resize::new(spec.resample, from, size)),
        };
        Ok(Self {
            source: *source,
            size,
            interpolation: spec.interpolation,
            fill_mode: spec.fill_mode,
            fill_value: spec.fill_value,
            layout: spec.layout,
            dtype: spec.dtype,
            tables,
            level,
        })
    }

    /// (height, width) after resizing.
    #[must_use]
    pub const fn size(&self) -> (usize, usize) {
        self.size
    }

    /// The shape of a sample in the pipeline's layout.
    #[must_use]
    pub const fn output_shape(&self) -> [usize; 3] {
        let ((height, width), channels) = (self.size, self.source.channels);
        match self.layout {
            Layout::ChannelsLast => [height, width, channels],
            Layout::ChannelsFirst => [channels, height, width],
        }
    }

    /// The type of a batch.
    #[must_use]
    pub const fn output_dtype(&self) -> OutputDtype {
        self.dtype
    }

    /// The bytes of one sample of a batch.
    #[must_use]
    pub const fn sample_bytes(&self) -> usize {
        let [a, b, c] = self.output_shape();
        a * b * c * self.dtype.size()
    }

    /// Makes one sample. `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Pixel`] if a pixel is outside the value range; [`Error::Shape`] if the image or `out` does not fit the
    /// kernel.
    pub fn render(
        &self,
        image: &ImageView<'_>,
        name: u64,
        program: &Program,
        out: &mut [u8],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let expected = [self.source.height, self.source.width, self.source.channels];
        if image.shape() != expected || image.dtype() != self.source.dtype {
            let (dtype, shape) = (image.dtype(), image.shape());
            return Err(Error::Shape(format!(
                "sample {name}: expected {:?} {expected:?}, got {dtype:?} {shape:?}",
                self.source.dtype
            )));
        }
        let Scratch { uint8, float32 } = scratch;
        match &self.tables {
            Tables::Uint8(resize) => self.load(image, name, resize.as_ref(), program, out, uint8),
            Tables::Float32(resize) => self.load(image, name, resize.as_ref(), program, out, float32),
        }
    }

    fn load<P: Resizable + Blend>(
        &self,
        image: &ImageView<'_>,
        name: u64,
        resize: Option<&Resize<P>>,
        program: &Program,
        out: &mut [u8],
        images: &mut Images<P>,
    ) -> Result<(), Error> {
        let Images { copy, between, resized, workspace } = images;
        let channels = self.source.channels;
        let mut raster = Raster::read(image, (self.source.low, self.source.high), name, copy)?;
        if let Some(resize) = resize {
            resize.run(raster, between, resized);
            pad(resized);
            raster = Raster::new(resized, [self.size.0, self.size.1, channels]);
        }
        let sample = Sample { kernel: self, raster, program };
        match self.level {
            Level::Portable => sample.convert(Portable, out, workspace),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => Avx2::detect().map_or_else(|| Err(self.missing()), |s| sample.convert(s, out, workspace)),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => {
                Avx512::detect().map_or_else(|| Err(self.missing()), |s| sample.convert(s, out, workspace))
            }
        }
        .map_err(|error| error.in_sample(name))
    }

    #[cfg(target_arch = "x86_64")]
    fn missing(&self) -> Error {
        Error::Internal(format!("this machine lost its level {}", self.level))
    }
}

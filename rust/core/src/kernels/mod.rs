//! Kernels: (image, params) -> pixels, straight into the sample's place in the batch. They see numbers and images,
//! never a random generator.
//!
//! [`resize`] where the pipeline asks for another size, then [`warp`] (all geometry, sampled once) and [`finish`]
//! (photometry, scaling, type, layout) in one pass.

#![allow(
    clippy::inline_always,
    reason = "a function that is not inlined into its level loses the level's instructions"
)]

pub mod affine;
pub mod axis;
pub mod blend;
pub mod convert;
pub mod finish;
pub mod level;
pub mod pairs;
pub mod resize;
mod rows;
mod sample;
mod seam;
pub mod simd;
pub mod standardize;
pub mod warp;
pub mod whiten;

use std::sync::Arc;

use crate::error::Error;
use crate::params::Program;
use crate::source::{Dtype, ImageView, Lines, Raster, SLACK};
use crate::spec::{FillMode, Interpolation, Layout, MAX_SIDE, OutputDtype, Spec};
use blend::Blend;
use level::Level;
use resize::{Memory, Resizable, Stage};
use sample::{Sample, Target, Workspace};
use simd::portable::Portable;
#[cfg(target_arch = "x86_64")]
use simd::{avx2::Avx2, avx512::Avx512};
use whiten::{Group, Whitening};

/// Values of an image: places in it are 32-bit numbers, with room for the slack.
const LARGEST_IMAGE: usize = i32::MAX as usize - SLACK;

/// What every image of a source has in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceShape {
    /// (height, width), where all have the same.
    pub size: Option<[usize; 2]>,
    /// Channels, 1 to 32.
    pub channels: usize,
    /// The type of the pixels.
    pub dtype: Dtype,
    /// The least value a pixel may have.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

/// All that is fixed for a pipeline bound to a source.
#[derive(Debug)]
pub struct Kernel {
    source: SourceShape,
    size: (usize, usize),
    resize: Stage,
    interpolation: Interpolation,
    fill_mode: FillMode,
    fill_value: f64,
    layout: Layout,
    dtype: OutputDtype,
    level: Level,
    whitening: Option<Arc<Whitening>>,
}

/// Where a sample goes, and what its thread does next.
#[derive(Debug)]
pub struct Slot<'a> {
    /// The sample's place in the batch.
    pub out: &'a mut [u8],
    /// Whether it is written past the caches, which pays where a batch is larger than they are: what is overwritten
    /// need not be fetched first.
    pub past_caches: bool,
    /// The image that comes next.
    pub next: Lines,
}

/// Memory that a thread uses again for each sample.
#[derive(Default)]
pub struct Scratch {
    uint8: Images<u8>,
    float32: Images<f32>,
    group: Group,
}

impl Scratch {
    /// Forget the samples of the last group.
    pub fn clear_group(&mut self) {
        self.group.clear();
    }
}

/// The stages of an image before it is warped.
#[derive(Default)]
struct Images<P: Resizable + Blend> {
    copy: Vec<P>,
    resized: Memory<P>,
    workspace: Workspace<P::Tap>,
}

/// The result of `work` with the level `s` of a kernel.
macro_rules! at_level {
    ($kernel:expr, $s:ident => $work:expr) => {
        match $kernel.level {
            Level::Portable => {
                let $s = Portable;
                $work
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => Avx2::detect().map_or_else(|| Err($kernel.missing()), |$s| $work),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => Avx512::detect().map_or_else(|| Err($kernel.missing()), |$s| $work),
        }
    };
}

impl Kernel {
    /// The kernel of a pipeline for a source.
    ///
    /// # Errors
    /// [`Error::Spec`] if this machine lacks the level, nothing says a size, or `whitening` is not the one that the
    /// pipeline asks for; [`Error::Shape`] if an image is too large.
    pub fn new(
        spec: &Spec,
        source: &SourceShape,
        whitening: Option<Arc<Whitening>>,
        level: Level,
    ) -> Result<Self, Error> {
        level.check()?;
        let size = spec.resized(source.size)?;
        for [height, width] in source.size.into_iter().chain([size]) {
            check_size([height, width, source.channels])?;
        }
        Ok(Self {
            source: *source,
            size: size.into(),
            resize: Stage {
                method: spec.resample,
                fit: spec.fit,
                size: spec.size,
                fill: spec.fill_value,
                range: (source.low, source.high),
                level,
            },
            interpolation: spec.interpolation,
            fill_mode: spec.fill_mode,
            fill_value: spec.fill_value,
            layout: spec.layout,
            dtype: spec.dtype,
            level,
            whitening: Whitening::of(spec, whitening)?,
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

    /// Whether samples are whitened: then they are made in groups, by [`gather`](Self::gather),
    /// [`whiten`](Self::whiten) and [`finish`](Self::finish), for the matrix is read once a group.
    #[must_use]
    pub const fn whitens(&self) -> bool {
        self.whitening.is_some()
    }

    /// Makes one sample, of a pipeline that does not whiten. `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Pixel`] if a pixel is outside the value range; [`Error::Shape`] if the image or the slot does not fit the
    /// kernel.
    pub fn render(
        &self,
        image: &ImageView<'_>,
        name: u64,
        program: &Program,
        slot: Slot<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        self.sample(image, name, program, Target::Batch(slot), &mut scratch.uint8, &mut scratch.float32)
    }

    /// Makes one more sample of a group, up to its whitening; `next` is the image that comes next.
    ///
    /// # Errors
    /// As [`render`](Self::render); the group is then as it was.
    pub fn gather(
        &self,
        image: &ImageView<'_>,
        name: u64,
        program: &Program,
        next: Lines,
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let whitening = self.whitening()?;
        let Scratch { uint8, float32, group } = scratch;
        let place = Target::Flat(group.room(whitening.features()), next);
        let made = self.sample(image, name, program, place, uint8, float32);
        match made {
            Ok(()) => group.complete(whitening, program.whitened.as_ref()),
            Err(_) => group.drop_last(whitening.features()),
        }
        made
    }

    /// Whitens all samples of the group.
    ///
    /// # Errors
    /// [`Error::Internal`] if the pipeline does not whiten.
    pub fn whiten(&self, scratch: &mut Scratch) -> Result<(), Error> {
        let whitening = self.whitening()?;
        at_level!(self, s => {
            scratch.group.whiten(s, whitening);
            Ok(())
        })
    }

    /// Writes a whitened sample of the group, by its number in it, to its place in the batch.
    ///
    /// # Errors
    /// [`Error::Pixel`] if its numbers are beyond float32; [`Error::Shape`] if the slot does not fit.
    pub fn finish(&self, number: usize, name: u64, slot: Slot<'_>, scratch: &mut Scratch) -> Result<(), Error> {
        let whitening = self.whitening()?;
        at_level!(self, s => scratch.group.write(s, number, self, whitening, slot))
            .map_err(|error| error.in_sample(name))
    }

    fn whitening(&self) -> Result<&Whitening, Error> {
        self.whitening.as_deref().ok_or_else(|| Error::Internal("the pipeline does not whiten".to_owned()))
    }

    fn sample(
        &self,
        image: &ImageView<'_>,
        name: u64,
        program: &Program,
        to: Target<'_>,
        uint8: &mut Images<u8>,
        float32: &mut Images<f32>,
    ) -> Result<(), Error> {
        self.check_image(image).map_err(|error| error.in_sample(name))?;
        match self.source.dtype {
            Dtype::Uint8 => self.load(image, name, program, to, uint8),
            Dtype::Float32 => self.load(image, name, program, to, float32),
        }
    }

    /// Whether an image is one of the source.
    fn check_image(&self, image: &ImageView<'_>) -> Result<(), Error> {
        let SourceShape { size, channels, dtype, .. } = self.source;
        let shape @ [height, width, _] = image.shape();
        let [expected_height, expected_width] = size.unwrap_or([height, width]);
        let expected = [expected_height, expected_width, channels];
        if shape != expected || image.dtype() != dtype {
            return Err(Error::Shape(format!("expected {dtype:?} {expected:?}, got {:?} {shape:?}", image.dtype())));
        }
        if size.is_none() { check_size(shape) } else { Ok(()) }
    }

    fn load<P: Resizable + Blend>(
        &self,
        image: &ImageView<'_>,
        name: u64,
        program: &Program,
        to: Target<'_>,
        images: &mut Images<P>,
    ) -> Result<(), Error> {
        let Images { copy, resized, workspace } = images;
        let raster = Raster::read(image, (self.source.low, self.source.high), name, copy)?;
        let raster = self.resize.run(raster, &program.crop, resized);
        let sample = Sample { kernel: self, raster, program };
        at_level!(self, s => sample.convert(s, to, workspace)).map_err(|error| error.in_sample(name))
    }

    #[cfg(target_arch = "x86_64")]
    fn missing(&self) -> Error {
        Error::Internal(format!("this machine lost its level {}", self.level))
    }
}

/// Check that an image's (height, width, channels) are within what kernels can count.
fn check_size([height, width, channels]: [usize; 3]) -> Result<(), Error> {
    for (axis, side) in [("high", height), ("wide", width)] {
        if !(1..=MAX_SIDE).contains(&side) {
            return Err(Error::Shape(format!("the image is {side} pixels {axis}: 1 to {MAX_SIDE} can be read")));
        }
    }
    if height * width * channels > LARGEST_IMAGE {
        return Err(Error::Shape(format!(
            "an image of {height} x {width} x {channels} has more than {LARGEST_IMAGE} values"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

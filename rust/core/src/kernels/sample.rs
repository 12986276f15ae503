//! Sample: one image through warp and finish into its place, for every type it can have.

use half::{bf16, f16};

use super::blend::Blend;
use super::convert::Output;
use super::finish::{Finish, Store, Strides};
use super::simd::Simd;
use super::standardize::Planes;
use super::warp::{Reads, Sampling, Warp};
use super::{Kernel, Slot};
use crate::error::Error;
use crate::params::Program;
use crate::source::{Lines, Raster, shed};
use crate::spec::{Layout, OutputDtype};

/// One image on its way into the batch.
pub struct Sample<'a, P> {
    /// How.
    pub kernel: &'a Kernel,
    /// From what.
    pub raster: Raster<'a, P>,
    /// By what was drawn for it.
    pub program: &'a Program,
}

/// Where a sample goes.
pub enum Target<'a> {
    /// Into the batch, in the pipeline's type and layout.
    Batch(Slot<'a>),
    /// Into memory for float32 in (row, column, channel) order; and the image that comes next.
    Flat(&'a mut [f32], Lines),
}

/// Memory for what stands between the image and the batch.
#[derive(Default)]
pub struct Workspace<T> {
    /// The image while its own statistics are taken.
    planes: Vec<f32>,
    taps: Vec<T>,
    reads: Reads,
}

impl<T> Workspace<T> {
    /// Gives back what one large image needed.
    pub fn shed(&mut self) {
        shed(&mut self.planes);
        shed(&mut self.taps);
    }
}

impl<P: Blend> Sample<'_, P> {
    /// Samples the image into its place.
    ///
    /// # Errors
    /// [`Error::Shape`] if the place does not fit; [`Error::Pixel`] if the image cannot be standardised.
    pub fn convert<S: Simd>(&self, s: S, to: Target<'_>, workspace: &mut Workspace<P::Tap>) -> Result<(), Error> {
        let slot = match to {
            Target::Flat(values, next) => {
                let strides = Strides::new(Layout::ChannelsLast, self.shape());
                return self.finish(s, Store { out: values, strides, past_caches: false }, next, workspace);
            }
            Target::Batch(slot) => slot,
        };
        match self.kernel.dtype {
            OutputDtype::Float32 => self.write::<S, f32>(s, slot, workspace),
            OutputDtype::Float16 => self.write::<S, f16>(s, slot, workspace),
            OutputDtype::Bfloat16 => self.write::<S, bf16>(s, slot, workspace),
            OutputDtype::Uint8 => self.write::<S, u8>(s, slot, workspace),
        }
    }

    fn shape(&self) -> [usize; 3] {
        [self.raster.height(), self.raster.width(), self.raster.channels()]
    }

    fn write<S: Simd, O: Output>(
        &self,
        s: S,
        Slot { out, past_caches, next }: Slot<'_>,
        workspace: &mut Workspace<P::Tap>,
    ) -> Result<(), Error> {
        let strides = Strides::new(self.kernel.layout, self.shape());
        self.finish(s, Store { out: cast::<O>(out)?, strides, past_caches }, next, workspace)
    }

    fn finish<S: Simd, O: Output>(
        &self,
        s: S,
        store: Store<'_, O>,
        next: Lines,
        workspace: &mut Workspace<P::Tap>,
    ) -> Result<(), Error> {
        let Workspace { planes, taps, reads } = workspace;
        let shape = self.shape();
        let links = &self.program.links;
        let Some(step) = &self.program.standardize else {
            self.channels(s, taps, reads, next, &mut Finish { links, store });
            s.fence();
            return Ok(());
        };
        planes.resize(shape.iter().product(), 0.0);
        let keep = Store { out: planes, strides: Strides::new(Layout::ChannelsFirst, shape), past_caches: false };
        self.channels(s, taps, reads, next, &mut Finish { links, store: keep });
        let image = Planes { values: planes, shape };
        let own = image.link(step)?;
        image.finish(s, &mut Finish { links: std::slice::from_ref(&own), store });
        Ok(())
    }

    /// Samples the channels together where there are as many as users have, else one after the other.
    fn channels<S: Simd, O: Output>(
        &self,
        s: S,
        made: &mut Vec<P::Tap>,
        reads: &mut Reads,
        mut next: Lines,
        sink: &mut Finish<'_, O>,
    ) {
        let sampling = Sampling {
            interpolation: self.kernel.interpolation,
            fill_mode: self.kernel.fill_mode,
            fill_value: P::from_f64(self.kernel.fill_value),
        };
        let (raster, fixed) = (self.raster, &self.program.fixed);
        let whole = sampling.reads_whole_pixels(fixed);
        let taps = if whole {
            &[]
        } else {
            s.vectorize(
                #[inline(always)]
                || P::taps(raster, made),
            )
        };
        match raster.channels() {
            3 => s.vectorize(
                #[inline(always)]
                || Warp::<S, P, 3>::new(s, raster, taps, 0, fixed, &sampling).render(reads, &mut next, sink),
            ),
            4 => s.vectorize(
                #[inline(always)]
                || Warp::<S, P, 4>::new(s, raster, taps, 0, fixed, &sampling).render(reads, &mut next, sink),
            ),
            channels => s.vectorize(
                #[inline(always)]
                || {
                    for channel in 0..channels {
                        Warp::<S, P, 1>::new(s, raster, taps, channel, fixed, &sampling).render(reads, &mut next, sink);
                    }
                },
            ),
        }
    }
}

/// The bytes of a sample as values of its type.
pub fn cast<O: Output>(out: &mut [u8]) -> Result<&mut [O], Error> {
    bytemuck::try_cast_slice_mut(out)
        .map_err(|reason| Error::Shape(format!("the sample's place in the batch does not fit its type: {reason}")))
}

//! Groups of samples that are whitened at once: the matrix is larger than a core's own cache, and is read once a group.

use super::convert::Output;
use super::finish::{Finish, Store, Strides};
use super::level::at_level;
use super::sample::{Target, cast};
use super::simd::Simd;
use super::standardize::Planes;
use super::whiten::{Whitening, wide};
use super::{Kernel, Scratch, Slot};
use crate::error::Error;
use crate::params::{LARGEST, Link, Program};
use crate::source::{ImageView, Lines};
use crate::spec::{Layout, OutputDtype};

/// Images on their way through a whitening.
#[derive(Default)]
pub struct Group {
    /// The images less the mean, one after the other.
    values: Vec<f32>,
    /// What comes of them, each with room for whole vectors.
    whitened: Vec<f32>,
    /// One of them, channel after channel.
    planes: Vec<f32>,
    /// What is done to whitened numbers, the same for all.
    tail: Option<Link>,
}

impl Scratch {
    /// Forget the samples of the last group.
    pub fn clear_group(&mut self) {
        self.group.values.clear();
    }
}

impl Kernel {
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
        at_level!(self.level, s => {
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
        at_level!(self.level, s => scratch.group.write(s, number, self, whitening, slot))
            .map_err(|error| error.in_sample(name))
    }

    fn whitening(&self) -> Result<&Whitening, Error> {
        self.whitening.as_deref().ok_or_else(|| Error::Internal("the pipeline does not whiten".to_owned()))
    }
}

impl Group {
    /// Room for one more image of `features` numbers.
    fn room(&mut self, features: usize) -> &mut [f32] {
        let len = self.values.len();
        self.values.resize(len + features, 0.0);
        &mut self.values[len..]
    }

    /// Takes the mean off the image that came last; `tail` is what is done to its whitened numbers.
    fn complete(&mut self, whitening: &Whitening, tail: Option<&Link>) {
        let first = self.values.len() - whitening.features();
        for (value, mean) in self.values[first..].iter_mut().zip(whitening.mean()) {
            *value -= mean;
        }
        self.tail = tail.cloned();
    }

    /// Drops the image that came last.
    fn drop_last(&mut self, features: usize) {
        self.values.truncate(self.values.len() - features);
    }

    /// Whitens all its images.
    fn whiten<S: Simd>(&mut self, s: S, whitening: &Whitening) {
        whitening.multiply(s, &self.values, &mut self.whitened);
    }

    /// Writes one whitened image to its place in the batch.
    ///
    /// # Errors
    /// [`Error::Pixel`] if its numbers are beyond float32; [`Error::Shape`] if the slot does not fit.
    fn write<S: Simd>(
        &mut self,
        s: S,
        number: usize,
        kernel: &Kernel,
        whitening: &Whitening,
        slot: Slot<'_>,
    ) -> Result<(), Error> {
        let (features, channels) = (whitening.features(), kernel.source.channels);
        let whitened = &self.whitened[number * wide(features)..][..features];
        let tail = self.tail.as_ref().ok_or_else(|| Error::Internal("nothing follows the whitening".to_owned()))?;
        check(whitened, tail, channels)?;
        self.planes.resize(features, 0.0);
        for (channel, plane) in self.planes.chunks_exact_mut(features / channels).enumerate() {
            for (value, whitened) in plane.iter_mut().zip(whitened[channel..].iter().step_by(channels)) {
                *value = *whitened;
            }
        }
        let (height, width) = kernel.size;
        let image = Planes { values: &self.planes, shape: [height, width, channels] };
        match kernel.dtype {
            OutputDtype::Float32 => store::<S, f32>(s, &image, tail, kernel.layout, slot),
            OutputDtype::Float16 => store::<S, half::f16>(s, &image, tail, kernel.layout, slot),
            OutputDtype::Bfloat16 => store::<S, half::bf16>(s, &image, tail, kernel.layout, slot),
            OutputDtype::Uint8 => store::<S, u8>(s, &image, tail, kernel.layout, slot),
        }
    }
}

fn store<S: Simd, O: Output>(
    s: S,
    image: &Planes<'_>,
    tail: &Link,
    layout: Layout,
    Slot { out, past_caches, .. }: Slot<'_>,
) -> Result<(), Error> {
    let store = Store { out: cast::<O>(out)?, strides: Strides::new(layout, image.shape), past_caches };
    image.finish(s, &mut Finish { links: std::slice::from_ref(tail), store });
    Ok(())
}

/// Refuses numbers that are beyond float32, or would be after the tail.
fn check(whitened: &[f32], tail: &Link, channels: usize) -> Result<(), Error> {
    let largest = f64::from(whitened.iter().fold(0.0_f32, |largest, value| largest.max(value.abs())));
    let mut steps = tail.scale.iter().zip(&tail.offset).take(channels);
    let holds = |(a, b): (&f32, &f32)| largest * f64::from(a.abs()) + f64::from(b.abs()) <= LARGEST;
    if whitened.iter().all(|value| value.is_finite()) && steps.all(holds) {
        return Ok(());
    }
    Err(Error::Pixel(
        "its whitened numbers are beyond float32: use a matrix of smaller numbers, or fit it with a larger epsilon"
            .to_owned(),
    ))
}

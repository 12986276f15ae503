//! A pipeline bound to a source: draws, renders, and does both for a batch at a time.

use std::sync::Arc;

use super::fpenv::in_default;
use super::queue::Queue;
use super::samples::Samples;
use super::threads;
use super::worker::{Worker, with_worker};
use crate::Error;
use crate::kernels::level::{self, Level};
use crate::kernels::whiten::Whitening;
use crate::kernels::{Kernel, SourceShape};
use crate::params::Draws;
use crate::params::philox::Place;
use crate::source::{Dtype, Images};
use crate::spec::{Class, OutputDtype, Source, Spec};

/// Bytes of a batch that a thread takes at least at a time, if the batch is large enough for all.
const GRAIN_BYTES: usize = 1 << 16;
/// Neighbours that a thread takes at a time, if there are enough: while it renders one, it asks for the next.
const NEIGHBOURS: usize = 4;
/// Images that are whitened at once: the matrix is read once for all of them, and they stay in a core's own cache.
const WHITENED: usize = 16;
/// Bytes of a batch from which it is written past the caches: more than a core's own, and little of it would still be
/// there when it is read.
const PAST_CACHES: usize = 1 << 24;
/// Groups that each thread should have to take, so that none waits long for the last.
const GROUPS_PER_THREAD: usize = 4;

/// A pipeline bound to a source. It never changes, and any number of threads may use it.
#[derive(Debug)]
pub struct Pipeline {
    spec: Spec,
    source: SourceShape,
    draws: Draws,
    kernel: Kernel,
}

/// What a call renders.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The images, in the order of the batch.
    pub images: &'a dyn Images,
    /// The samples' numbers, as errors and random streams know them.
    pub names: &'a [u64],
    /// How many threads to use, 1..=1024; the bytes do not depend on it.
    pub threads: usize,
}

impl Pipeline {
    /// Bind a pipeline to a source, with what it whitens with, if it does.
    ///
    /// # Errors
    /// [`Error::Spec`] or [`Error::Shape`] if the source is not one the pipeline can be bound to; [`Error::Spec`] if the
    /// whitening is not the one it names.
    pub fn new(spec: Spec, source: SourceShape, whitening: Option<Arc<Whitening>>) -> Result<Self, Error> {
        Self::at_level(spec, source, whitening, level::active()?)
    }

    /// [`new`](Self::new) at a level of choice; the bytes are the same.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::Spec`] if this machine lacks the level.
    pub fn at_level(
        spec: Spec,
        source: SourceShape,
        whitening: Option<Arc<Whitening>>,
        level: Level,
    ) -> Result<Self, Error> {
        let SourceShape { size, channels, dtype, low, high } = source;
        let whole = dtype == Dtype::Uint8;
        spec.check_source(&Source { size, channels, whole, range: [low, high] })?;
        let draws = Draws::new(&spec, channels)?;
        let kernel = in_default(|| Kernel::new(&spec, &source, whitening, level))?;
        Ok(Self { spec, source, draws, kernel })
    }

    /// The params table.
    pub fn draws(&self) -> &Draws {
        &self.draws
    }

    /// What the images have in common.
    pub fn source(&self) -> &SourceShape {
        &self.source
    }

    /// A (height, width) of an image that is enough, where speed counts more, to make a sample of it: three quarters of
    /// the sample's own. None: only the image's own is, as what is cut out is told in its pixels.
    pub fn enough(&self) -> Option<[usize; 2]> {
        let cut = self.spec.transforms.iter().any(|transform| transform.class() == Class::Crop);
        (!cut).then(|| <[usize; 2]>::from(self.kernel.size()).map(|side| (3 * side).div_ceil(4)))
    }

    /// The shape of one sample in the pipeline's layout.
    pub fn output_shape(&self) -> [usize; 3] {
        self.kernel.output_shape()
    }

    /// The type of a batch's numbers.
    pub fn output_dtype(&self) -> OutputDtype {
        self.kernel.output_dtype()
    }

    /// The bytes of a batch of this many samples.
    ///
    /// # Errors
    /// [`Error::Resource`] if no memory could hold them.
    pub fn batch_bytes(&self, samples: usize) -> Result<usize, Error> {
        self.kernel
            .sample_bytes()
            .checked_mul(samples)
            .ok_or_else(|| Error::Resource(format!("a batch of {samples} samples is larger than the address space")))
    }

    /// Render a batch from rows of params that a user brings, `draws().width()` numbers a sample, one after the other.
    ///
    /// # Errors
    /// [`Error::Shape`] if lengths do not fit; else the error of the first sample that has one. `out` is then not to be
    /// used.
    pub fn render(&self, job: &Job<'_>, params: &[f64], out: &mut [u8]) -> Result<(), Error> {
        let width = self.draws.width();
        expect("params", params.len(), job.images.count() * width)?;
        self.run(job, out, |position, row| {
            let given = &params[position * width..][..width];
            self.draws.check(given)?;
            row.copy_from_slice(given);
            Ok(())
        })
    }

    /// Draw and render a batch; `repeats` has one number a sample.
    ///
    /// # Errors
    /// As [`render`](Self::render).
    pub fn batch(&self, job: &Job<'_>, seed: u64, epoch: u64, repeats: &[u64], out: &mut [u8]) -> Result<(), Error> {
        expect("repeats", repeats.len(), job.images.count())?;
        self.run(job, out, |position, row| {
            self.draws.draw(Place { seed, epoch, sample: job.names[position], repeat: repeats[position] }, row);
            Ok(())
        })
    }

    fn run(
        &self,
        job: &Job<'_>,
        out: &mut [u8],
        fill: impl Fn(usize, &mut [f64]) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        let count = job.images.count();
        threads::check(job.threads)?;
        expect("names", job.names.len(), count)?;
        expect("out (bytes)", out.len(), self.batch_bytes(count)?)?;
        if count == 0 {
            return Ok(());
        }
        let sample_bytes = self.kernel.sample_bytes();
        let past_caches = out.len() >= PAST_CACHES;
        let grain = if self.kernel.whitens() {
            WHITENED.min(count.div_ceil(job.threads))
        } else {
            (GRAIN_BYTES / sample_bytes).max(NEIGHBOURS).clamp(1, count.div_ceil(GROUPS_PER_THREAD * job.threads))
        };
        let queue = Queue::new(out, sample_bytes, grain);
        let samples = Samples { spec: &self.spec, source: &self.source, kernel: &self.kernel, job, past_caches, fill };
        let work = |worker: &mut Worker| {
            worker.row.resize(self.draws.width(), 0.0);
            while let Some(group) = queue.next() {
                if let Err((position, error)) = samples.make(group, worker) {
                    queue.fail(position, error);
                    return;
                }
            }
        };
        threads::run(job.threads.min(count.div_ceil(grain)), || in_default(|| with_worker(work)))?;
        queue.end()
    }
}

fn expect(what: &str, got: usize, expected: usize) -> Result<(), Error> {
    if got == expected {
        return Ok(());
    }
    Err(Error::Shape(format!("{what} has {got} entries, expected {expected}")))
}

/// Draw the rows of a params table for samples and repeats, one after the other into `out`.
///
/// # Errors
/// [`Error::Shape`] if lengths do not fit.
pub fn draw(
    draws: &Draws,
    seed: u64,
    epoch: u64,
    samples: &[u64],
    repeats: &[u64],
    out: &mut [f64],
) -> Result<(), Error> {
    let width = draws.width();
    expect("repeats", repeats.len(), samples.len())?;
    expect("out", out.len(), samples.len() * width)?;
    in_default(|| {
        for (position, (sample, repeat)) in samples.iter().zip(repeats).enumerate() {
            let place = Place { seed, epoch, sample: *sample, repeat: *repeat };
            draws.draw(place, &mut out[position * width..][..width]);
        }
    });
    Ok(())
}

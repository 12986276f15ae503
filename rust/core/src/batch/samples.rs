//! Samples: neighbours of a batch, made by one thread.

use super::queue::Group;
use super::render::Job;
use super::worker::Worker;
use crate::Error;
use crate::kernels::{Kernel, Scratch, Slot, SourceShape};
use crate::params::{Program, compile_into};
use crate::source::{ImageView, Lines};
use crate::spec::Spec;

/// The position that could not be made, and why.
pub(super) type Failure = (usize, Error);

/// How the samples of a call are made; `fill` writes the row of params of a position.
pub(super) struct Samples<'a, F> {
    pub(super) spec: &'a Spec,
    pub(super) source: &'a SourceShape,
    pub(super) kernel: &'a Kernel,
    pub(super) job: &'a Job<'a>,
    pub(super) past_caches: bool,
    pub(super) fill: F,
}

impl<F: Fn(usize, &mut [f64]) -> Result<(), Error>> Samples<'_, F> {
    /// Make a group of samples.
    pub(super) fn make(&self, group: Group<'_>, worker: &mut Worker) -> Result<(), Failure> {
        if self.kernel.whitens() { self.whitened(group, worker) } else { self.one_by_one(group, worker) }
    }

    fn one_by_one(&self, Group { first, bytes }: Group<'_>, worker: &mut Worker) -> Result<(), Failure> {
        let sample_bytes = self.kernel.sample_bytes();
        let end = first + bytes.len() / sample_bytes;
        for (position, place) in (first..).zip(bytes.chunks_exact_mut(sample_bytes)) {
            let name = self.job.names[position];
            let slot = Slot { out: place, past_caches: self.past_caches, next: self.next(position, end) };
            self.one(position, worker, |image, program, scratch| {
                self.kernel.render(image, name, program, slot, scratch)
            })?;
        }
        Ok(())
    }

    /// All images up to their whitening, then the whitening, then each to its place. What fails first by position is
    /// told, so the images before one that fails are whitened all the same.
    fn whitened(&self, Group { first, bytes }: Group<'_>, worker: &mut Worker) -> Result<(), Failure> {
        let sample_bytes = self.kernel.sample_bytes();
        let end = first + bytes.len() / sample_bytes;
        let (mut gathered, mut failure) = (Vec::with_capacity(end - first), None);
        worker.scratch.clear_group();
        for position in first..end {
            let (name, next) = (self.job.names[position], self.next(position, end));
            match self.one(position, worker, |image, program, scratch| {
                self.kernel.gather(image, name, program, next, scratch)
            }) {
                Ok(true) => gathered.push(position),
                Ok(false) => {}
                // A panic took the group with it.
                Err(failure @ (_, Error::Internal(_))) => return Err(failure),
                Err(failed) => {
                    failure = Some(failed);
                    break;
                }
            }
        }
        if let Some(&position) = gathered.first() {
            let work = |worker: &mut Worker| self.kernel.whiten(&mut worker.scratch);
            worker.guarded(self.job.names[position], work).map_err(|error| (position, error))?;
        }
        for (number, position) in gathered.into_iter().enumerate() {
            let name = self.job.names[position];
            let out = &mut bytes[(position - first) * sample_bytes..][..sample_bytes];
            let slot = Slot { out, past_caches: self.past_caches, next: Lines::none() };
            let work = |worker: &mut Worker| self.kernel.finish(number, name, slot, &mut worker.scratch);
            worker.guarded(name, work).map_err(|error| (position, error))?;
        }
        failure.map_or(Ok(()), Err)
    }

    /// The image after a position, where the same thread makes it.
    fn next(&self, position: usize, end: usize) -> Lines {
        if position + 1 == end { Lines::none() } else { self.job.images.lines(position + 1) }
    }

    /// One sample: its params, its image, and what `make` makes of them; `false` if it was passed over.
    fn one(
        &self,
        position: usize,
        worker: &mut Worker,
        make: impl FnOnce(&ImageView<'_>, &Program, &mut Scratch) -> Result<(), Error>,
    ) -> Result<bool, Failure> {
        let name = self.job.names[position];
        let work = |worker: &mut Worker| {
            let Worker { row, program, loaded, scratch } = worker;
            (self.fill)(position, row).map_err(|error| error.in_sample(name))?;
            let (height, width) = self.kernel.size();
            let SourceShape { channels, low, high, .. } = *self.source;
            compile_into(self.spec, [height, width], channels, [low, high], row, program)
                .map_err(|error| error.in_sample(name))?;
            let image = self.job.images.load(position, loaded).map_err(|error| error.in_sample(name))?;
            make(&image, program, scratch)
        };
        match worker.guarded(name, work) {
            Ok(()) => Ok(true),
            Err(error) if self.job.images.passes_over(&error) => Ok(false),
            Err(error) => Err((position, error)),
        }
    }
}

//! The places of a batch, handed to whichever thread asks next, in order; and the first thing that went wrong.

use std::iter::Enumerate;
use std::slice::ChunksMut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Error;

/// Neighbouring places that are handed out at once, so that small samples do not queue for the queue.
pub(super) struct Group<'a> {
    /// The position in the batch of the first.
    pub(super) first: usize,
    /// Their bytes.
    pub(super) bytes: &'a mut [u8],
}

pub(super) struct Queue<'a> {
    grain: usize,
    state: Mutex<State<'a>>,
}

struct State<'a> {
    groups: Enumerate<ChunksMut<'a, u8>>,
    failure: Option<(usize, Error)>,
}

impl<'a> Queue<'a> {
    /// All places of `out`, `sample_bytes` each, `grain` at a time.
    pub(super) fn new(out: &'a mut [u8], sample_bytes: usize, grain: usize) -> Self {
        let groups = out.chunks_mut(sample_bytes * grain).enumerate();
        Self { grain, state: Mutex::new(State { groups, failure: None }) }
    }

    fn state(&self) -> MutexGuard<'_, State<'a>> {
        // Nothing panics under this lock, so a poisoned one is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next group; none when all are handed out, or when something went wrong.
    pub(super) fn next(&self) -> Option<Group<'a>> {
        let mut state = self.state();
        if state.failure.is_some() {
            return None;
        }
        state.groups.next().map(|(number, bytes)| Group { first: number * self.grain, bytes })
    }

    /// Keep the failure of the lowest position. As places are handed out in order, and each that was handed out is
    /// worked on up to its own failure, the lowest is the same however the threads raced.
    pub(super) fn fail(&self, position: usize, error: Error) {
        let mut state = self.state();
        if state.failure.as_ref().is_none_or(|(lowest, _)| position < *lowest) {
            state.failure = Some((position, error));
        }
    }

    /// What went wrong first, by position.
    pub(super) fn end(self) -> Result<(), Error> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.failure.map_or(Ok(()), |(_, error)| Err(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_out_every_place_once_in_order() {
        for (samples, grain) in [(1, 1), (7, 1), (7, 2), (7, 3), (6, 3), (3, 10)] {
            let mut out = vec![0; samples * 4];
            let queue = Queue::new(&mut out, 4, grain);
            let mut expected = 0;
            while let Some(Group { first, bytes }) = queue.next() {
                assert_eq!(first, expected);
                expected += bytes.len() / 4;
                bytes.fill(1);
            }
            assert_eq!(expected, samples);
            assert_eq!(queue.end(), Ok(()));
            assert_eq!(out, vec![1; samples * 4]);
        }
    }

    #[test]
    fn the_lowest_failure_wins_and_ends_the_work() {
        let mut out = [0; 8];
        let queue = Queue::new(&mut out, 1, 1);
        assert!(queue.next().is_some());
        for position in [5, 2, 3] {
            queue.fail(position, Error::Pixel(position.to_string()));
        }
        assert!(queue.next().is_none());
        assert_eq!(queue.end(), Err(Error::Pixel("2".to_owned())));
    }
}

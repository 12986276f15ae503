//! Decoded images that are kept in memory, until a bound is reached.
//!
//! What is kept stays: an epoch touches every file once, in another order each time. With room for half of the files a
//! cache that gave away the least recently used would hit 15 times in 100; one that keeps what it has hits 50 times.
//!
//! There is no lock: an image is put in its place once, by one exchange. So a forked child can use what its parent had,
//! in the parent's own pages, whatever the parent's threads were about to do.

pub mod disk;
mod free;

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Bytes after which the memory that is free is looked at anew.
const LOOK_EVERY: usize = 1 << 24;

/// Decoded images of one source.
pub struct Cache {
    places: Box<[AtomicPtr<Kept>]>,
    /// Bytes that may be kept.
    limit: AtomicUsize,
    /// How many bytes are kept when the limit is found out anew; none: it is what the user said.
    next_look: Option<AtomicUsize>,
    used: AtomicUsize,
}

/// One decoded image.
struct Kept {
    /// What it was decoded for.
    at_least: Option<[usize; 2]>,
    size: [usize; 2],
    /// The pixels, and the slack after them.
    pixels: Vec<u8>,
}

/// What all caches of this process hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of decoded images.
    pub bytes: usize,
    /// How many images.
    pub images: usize,
}

static BYTES: AtomicUsize = AtomicUsize::new(0);
static IMAGES: AtomicUsize = AtomicUsize::new(0);

/// What all caches of this process hold at the moment.
pub fn usage() -> Usage {
    Usage { bytes: BYTES.load(Ordering::Relaxed), images: IMAGES.load(Ordering::Relaxed) }
}

impl Cache {
    /// Room for `count` images and up to `limit` bytes of them; none: a quarter of the memory that is free, counted as
    /// if these were free too, and found out anew as they become more, so that several processes leave each other room.
    pub fn new(count: usize, limit: Option<usize>) -> Self {
        let places = (0..count).map(|_| AtomicPtr::new(ptr::null_mut())).collect();
        let next_look = limit.is_none().then(|| AtomicUsize::new(0));
        Self { places, limit: AtomicUsize::new(limit.unwrap_or(0)), next_look, used: AtomicUsize::new(0) }
    }

    /// Bytes that are kept.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The pixels of an image, with the slack, and its (height, width).
    pub(super) fn get(&self, index: usize, at_least: Option<[usize; 2]>) -> Option<(&[u8], [usize; 2])> {
        // SAFETY: a place holds null or what `offer` put there, which never changes and is freed by `drop` only.
        let kept = unsafe { self.places[index].load(Ordering::Acquire).as_ref() }?;
        (kept.at_least == at_least).then_some((&*kept.pixels, kept.size))
    }

    /// Keep a copy of an image, if there is room and none is kept of it.
    pub(super) fn offer(&self, index: usize, at_least: Option<[usize; 2]>, size: [usize; 2], pixels: &[u8]) {
        let place = &self.places[index];
        if !place.load(Ordering::Relaxed).is_null() || !self.reserve(pixels.len()) {
            return;
        }
        let mut copy = Vec::new();
        if copy.try_reserve_exact(pixels.len()).is_err() {
            self.used.fetch_sub(pixels.len(), Ordering::Relaxed);
            return;
        }
        copy.extend_from_slice(pixels);
        let kept = Box::into_raw(Box::new(Kept { at_least, size, pixels: copy }));
        if place.compare_exchange(ptr::null_mut(), kept, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            BYTES.fetch_add(pixels.len(), Ordering::Relaxed);
            IMAGES.fetch_add(1, Ordering::Relaxed);
        } else {
            // SAFETY: `kept` came from `Box::into_raw` just above and was shown to nobody.
            drop(unsafe { Box::from_raw(kept) });
            self.used.fetch_sub(pixels.len(), Ordering::Relaxed);
        }
    }

    /// Take this much of the room, if it is there.
    fn reserve(&self, bytes: usize) -> bool {
        if let Some(next) = &self.next_look {
            let used = self.used();
            // Two threads may look at once, but none goes on with the limit from before.
            if used >= next.load(Ordering::Acquire) {
                self.limit.store(free::quarter(used), Ordering::Relaxed);
                next.store(used + LOOK_EVERY, Ordering::Release);
            }
        }
        let limit = self.limit.load(Ordering::Relaxed);
        let more = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        for place in &mut self.places {
            let kept = *place.get_mut();
            if !kept.is_null() {
                // SAFETY: it came from `Box::into_raw` in `offer`, and nobody borrows from a cache that is dropped.
                let kept = unsafe { Box::from_raw(kept) };
                BYTES.fetch_sub(kept.pixels.len(), Ordering::Relaxed);
                IMAGES.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_until_full_and_never_gives_away() {
        let cache = Cache::new(4, Some(25));
        for index in 0..4 {
            cache.offer(index, None, [1, 1], &[index as u8; 10]);
        }
        assert_eq!(cache.get(0, None), Some((&[0; 10][..], [1, 1])));
        assert_eq!(cache.get(1, None), Some((&[1; 10][..], [1, 1])));
        assert_eq!(cache.get(2, None), None);
        cache.offer(3, None, [1, 5], &[9; 5]);
        cache.offer(3, None, [1, 5], &[8; 5]);
        assert_eq!((cache.get(3, None), cache.used()), (Some((&[9; 5][..], [1, 5])), 25));
    }

    #[test]
    fn knows_what_an_image_was_decoded_for() {
        let cache = Cache::new(1, Some(100));
        cache.offer(0, Some([2, 3]), [2, 3], &[1; 6]);
        assert_eq!(cache.get(0, Some([2, 3])), Some((&[1; 6][..], [2, 3])));
        assert_eq!(cache.get(0, None), None);
        assert_eq!(cache.get(0, Some([3, 2])), None);
    }

    #[test]
    fn one_of_many_threads_puts_an_image_there() {
        let cache = Cache::new(100, Some(usize::MAX));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let cache = &cache;
                scope.spawn(move || {
                    for index in 0..100 {
                        cache.offer(index, None, [1, 7], &[thread; 7]);
                        let (pixels, _) = cache.get(index, None).unwrap();
                        assert!(pixels.iter().all(|value| *value == pixels[0]));
                    }
                });
            }
        });
        assert_eq!(cache.used(), 700);
    }

    #[test]
    fn an_unsaid_limit_is_found_out() {
        let cache = Cache::new(2, None);
        cache.offer(0, None, [1, 1], &[0; 300]);
        assert!(cache.get(0, None).is_some());
        assert!(cache.limit.load(Ordering::Relaxed) > 1 << 20);
        cache.limit.store(400, Ordering::Relaxed);
        cache.offer(1, None, [1, 1], &[0; 300]);
        assert!(cache.get(1, None).is_none());
    }
}

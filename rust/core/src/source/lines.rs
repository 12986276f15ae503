//! Memory that is brought near before it is read.

use super::view::ImageView;

/// The bytes of a cache line: as far as one read brings memory near.
pub(super) const CACHE_LINE: usize = 64;

/// The cache lines of an image that is read next. They are asked for a few at a time while another is worked on, so
/// that nobody waits for them.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    at: *const u8,
    left: usize,
}

impl Lines {
    /// No lines.
    #[must_use]
    pub const fn none() -> Self {
        Self { at: std::ptr::null(), left: 0 }
    }

    /// The lines of an image; none if it does not lie in one run.
    #[must_use]
    pub fn of(image: &ImageView<'_>) -> Self {
        let bytes = image.len() * image.dtype().size();
        image.run(0).map_or(Self::none(), |at| Self { at, left: bytes.div_ceil(CACHE_LINE) })
    }

    /// How many are left.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.left
    }

    /// Asks for the next `count` of them.
    #[inline(always)]
    pub fn fetch(&mut self, count: usize) {
        for _ in 0..count.min(self.left) {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a prefetch reads nothing a program could see, and never faults; every x86-64 has it.
            unsafe {
                use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
                _mm_prefetch::<_MM_HINT_T1>(self.at.cast());
            }
            self.at = self.at.wrapping_add(CACHE_LINE);
        }
        self.left -= count.min(self.left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Dtype;

    #[test]
    fn all_lines_are_asked_for_once_and_no_more() {
        let image = [0; 200];
        // SAFETY: the array has these values.
        let view = unsafe { ImageView::new(image.as_ptr(), Dtype::Uint8, [2, 50, 2], [100, 2, 1]) };
        let mut lines = Lines::of(&view);
        assert_eq!(lines.left(), 4);
        lines.fetch(3);
        assert_eq!(lines.left(), 1);
        lines.fetch(3);
        assert_eq!(lines.left(), 0);
        assert_eq!(lines.at, image.as_ptr().wrapping_add(256));
        // SAFETY: as above.
        let apart = unsafe { ImageView::new(image.as_ptr(), Dtype::Uint8, [2, 25, 2], [100, 4, 1]) };
        assert_eq!(Lines::of(&apart).left(), 0);
    }
}

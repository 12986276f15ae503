//! The images of a batch, wherever they come from.

use super::lines::Lines;
use super::raster::{SLACK, slack};
use super::view::{Dtype, ImageView};
use crate::error::Error;

/// The images of a batch, by their position in it.
pub trait Images: Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// One of them; what has no memory of its own is put into `loaded`.
    ///
    /// # Errors
    /// [`Error::Decode`] if it cannot be read, [`Error::Interrupted`] if who was called for it broke off.
    fn load<'a>(&'a self, position: usize, loaded: &'a mut Loaded) -> Result<ImageView<'a>, Error>;

    /// The memory of an image that will be loaded soon, where it is known; there may be no such position.
    fn lines(&self, _position: usize) -> Lines {
        Lines::none()
    }

    /// Whether the batch is made without the image that failed with this error: its place is then undefined.
    fn passes_over(&self, _error: &Error) -> bool {
        false
    }
}

impl Images for &[ImageView<'_>] {
    fn count(&self) -> usize {
        self.len()
    }

    fn load<'a>(&'a self, position: usize, _: &'a mut Loaded) -> Result<ImageView<'a>, Error> {
        Ok(self[position])
    }

    fn lines(&self, position: usize) -> Lines {
        self.get(position).map_or(Lines::none(), Lines::of)
    }
}

/// A thread's memory for an image that is loaded, used again for the next.
#[derive(Default)]
pub struct Loaded {
    /// The bytes of a file.
    pub(super) file: Vec<u8>,
    /// The pixels, and the slack after them.
    pub(super) pixels: Vec<u8>,
}

/// Bytes of each of its buffers that a thread keeps from one image to the next: few images need more, and they take
/// longer to work on than to find memory for.
const KEPT: usize = 1 << 26;

impl Loaded {
    /// Give back what one large image needed.
    pub(super) fn shed(&mut self) {
        shed(&mut self.file);
        shed(&mut self.pixels);
    }
}

/// Give back a thread's buffer if one large image needed it.
pub(crate) fn shed<T>(memory: &mut Vec<T>) {
    if memory.capacity() * size_of::<T>() > KEPT {
        *memory = Vec::new();
    }
}

/// A view of decoded pixels with the slack after them.
pub(super) fn view(pixels: &[u8], [height, width]: [usize; 2], channels: usize) -> ImageView<'_> {
    assert!(pixels.len() == height * width * channels + slack::<u8>(), "a decoded image has its slack after it");
    let (down, across) = ((width * channels).cast_signed(), channels.cast_signed());
    // SAFETY: the slice holds the image in C order and the slack after it, and is borrowed as long as the view lives.
    unsafe {
        ImageView::new(pixels.as_ptr(), Dtype::Uint8, [height, width, channels], [down, across, 1]).with_slack(SLACK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_large_image_needed_is_given_back_and_the_rest_is_kept() {
        let (mut large, mut usual) = (Vec::<u16>::with_capacity(KEPT / 2 + 1), Vec::<u16>::with_capacity(KEPT / 2));
        shed(&mut large);
        shed(&mut usual);
        assert_eq!(large.capacity(), 0);
        assert!(usual.capacity() >= KEPT / 2);
    }
}

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

/// What a thread keeps of each of the two from one image to the next: few images are larger, and they take longer to
/// decode than to find memory for.
const KEPT: usize = 1 << 26;

impl Loaded {
    /// Give back what one large image needed.
    pub(super) fn shed(&mut self) {
        for memory in [&mut self.file, &mut self.pixels] {
            if memory.capacity() > KEPT {
                *memory = Vec::new();
            }
        }
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

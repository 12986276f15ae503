//! The pixels of one image in one run: borrowed where they lie so, copied where they do not.

use super::lines::CACHE_LINE;
use super::pixel::Pixel;
use super::view::ImageView;
use crate::error::Error;

/// Bytes after an image's last pixel that a kernel may read, so that it need not look where it reads whole vectors.
///
/// What stands there never shows in a result.
pub const SLACK: usize = 256;

/// An image whose pixels lie in (row, column, channel) order, all within the value range, [`SLACK`] bytes after it.
#[derive(Clone, Copy)]
pub struct Raster<'a, P> {
    /// The pixels and the slack.
    pixels: &'a [P],
    shape: [usize; 3],
}

impl<'a, P: Pixel> Raster<'a, P> {
    /// An image of this (height, width, channels).
    ///
    /// # Panics
    /// If `pixels` is not the image's size with the slack.
    #[must_use]
    pub fn new(pixels: &'a [P], shape: [usize; 3]) -> Self {
        assert!(pixels.len() == shape.iter().product::<usize>() + slack::<P>(), "an image has its slack after it");
        Self { pixels, shape }
    }

    /// Reads an image through once, in order, and checks it.
    ///
    /// Reading in order is what brings the image into the cache: a kernel that turns it reads across its rows, and then
    /// the hardware does not fetch ahead.
    ///
    /// # Errors
    /// [`Error::Pixel`] names the first pixel that is NaN, infinite or outside `range`.
    ///
    /// # Panics
    /// If the view's type is not `P`.
    pub fn read<'b: 'a>(
        image: &ImageView<'b>,
        range: (f64, f64),
        name: u64,
        copy: &'a mut Vec<P>,
    ) -> Result<Self, Error> {
        assert!(image.dtype() == P::DTYPE, "the kernel was bound to another type of pixel");
        let len = image.len();
        // What is borrowed may be followed by another image, whose pixels are unknown: times a weight of 0, NaN would
        // show.
        let borrowed = image.run(SLACK).map(|base| {
            // SAFETY: `run` says that the view's values and the slack lie in one run from an aligned `base`; the view's
            // maker vouched that they are readable and unwritten for 'b, which outlives 'a.
            let pixels: &'a [P] = unsafe { std::slice::from_raw_parts(base.cast(), len + slack::<P>()) };
            pixels
        });
        let pixels = if let Some(pixels) = borrowed.filter(|pixels| outside(&pixels[len..], range).is_none()) {
            pixels
        } else {
            copy.clear();
            if let Some(base) = image.run(0) {
                // SAFETY: as above, without the slack.
                copy.extend_from_slice(unsafe { std::slice::from_raw_parts(base.cast(), len) });
            } else {
                // SAFETY: the view's maker vouched that every address is readable as one `P`; it may be unaligned.
                copy.extend(image.addresses().map(|at| unsafe { at.cast::<P>().read_unaligned() }));
            }
            pad(copy);
            copy
        };
        if P::can_leave(range.0, range.1) {
            if let Some(at) = outside(&pixels[..len], range) {
                return Err(refusal(pixels[at], at, image.shape(), range, name));
            }
        } else {
            for pixel in pixels.iter().step_by(CACHE_LINE / size_of::<P>()) {
                std::hint::black_box(*pixel);
            }
        }
        Ok(Self { pixels, shape: image.shape() })
    }

    /// The pixels, and the slack after them.
    #[must_use]
    pub const fn pixels(&self) -> &'a [P] {
        self.pixels
    }

    /// Rows.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.shape[0]
    }

    /// Columns.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.shape[1]
    }

    /// Channels.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.shape[2]
    }
}

/// [`SLACK`] in values of a type.
#[must_use]
pub const fn slack<P>() -> usize {
    SLACK / size_of::<P>()
}

/// Puts the slack after an image.
pub fn pad<P: Pixel>(image: &mut Vec<P>) {
    image.resize(image.len() + slack::<P>(), P::default());
}

/// Where the first pixel outside a range stands.
fn outside<P: Pixel>(pixels: &[P], (low, high): (f64, f64)) -> Option<usize> {
    if !P::can_leave(low, high) {
        return None;
    }
    // In float32, where 0.1 as a bound and 0.1 as a pixel are the same number.
    let (low, high) = (f32::from_f64(low), f32::from_f64(high));
    let inside = |pixel: &P| (pixel.to_f32() >= low) & (pixel.to_f32() <= high);
    // Without an early exit inside a chunk the comparison runs in vectors.
    let chunk = 256;
    let first = pixels.chunks(chunk).position(|run| !run.iter().fold(true, |all, pixel| all & inside(pixel)))? * chunk;
    pixels[first..].iter().position(|pixel| !inside(pixel)).map(|offset| first + offset)
}

fn refusal<P: Pixel>(
    value: P,
    at: usize,
    [_, width, channels]: [usize; 3],
    (low, high): (f64, f64),
    name: u64,
) -> Error {
    Error::Pixel(format!(
        "sample {name}: pixel at row {}, column {}, channel {} is {value}, outside the value range ({low}, {high}); \
         give value_range= as the data has it, or mend the sample",
        at / (width * channels),
        at / channels % width,
        at % channels,
    ))
}

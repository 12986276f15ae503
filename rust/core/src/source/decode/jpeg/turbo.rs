//! The one call of libjpeg-turbo, through its `TurboJPEG` interface: errors come back by C's own longjmp, within C.

use std::ffi::{c_int, c_uchar, c_ulong, c_void};
use std::ptr::NonNull;

// It builds and links the library.
use mozjpeg_sys as _;

const STOP_ON_WARNING: c_int = 8_192;
/// No more than 500 scans, of which each would be a pass over the whole image.
const LIMIT_SCANS: c_int = 32_768;

unsafe extern "C" {
    fn tjInitDecompress() -> *mut c_void;
    fn tjDecompress2(
        handle: *mut c_void,
        file: *const c_uchar,
        length: c_ulong,
        pixels: *mut c_uchar,
        width: c_int,
        pitch: c_int,
        height: c_int,
        format: c_int,
        flags: c_int,
    ) -> c_int;
    fn tjDestroy(handle: *mut c_void) -> c_int;
}

/// What the library writes; the numbers are those of its header.
#[derive(Clone, Copy)]
pub(super) enum Format {
    Rgb = 0,
    Grey = 6,
    Rgba = 7,
    Cmyk = 11,
}

impl Format {
    pub(super) const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

struct Handle(NonNull<c_void>);

impl Handle {
    fn new() -> Option<Self> {
        // SAFETY: it takes nothing, and gives a handle that is ours, or null.
        NonNull::new(unsafe { tjInitDecompress() }).map(Self)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle came from `tjInitDecompress` and is used no more.
        unsafe { tjDestroy(self.0.as_ptr()) };
    }
}

/// Decode all of `file` to `size`, whose numbers are those of its header at one of the library's scales.
///
/// None if there was an error or as little as a warning.
///
/// # Panics
/// If `pixels` is not as long as `size` and `format` say.
pub(super) fn decompress(file: &[u8], size: [usize; 2], format: Format, pixels: &mut [u8]) -> Option<()> {
    let [height, width] = size;
    assert_eq!(pixels.len(), height * width * format.channels());
    let handle = Handle::new()?;
    let length = c_ulong::try_from(file.len()).ok()?;
    let (width, height) = (c_int::try_from(width).ok()?, c_int::try_from(height).ok()?);
    // SAFETY: the file is read within `length`. Rows lie one behind the other (pitch 0), and the library takes a scale
    // at which the image is no larger than `width` and `height`, or fails; the assertion above is for these.
    let failed = unsafe {
        tjDecompress2(
            handle.0.as_ptr(),
            file.as_ptr(),
            length,
            pixels.as_mut_ptr(),
            width,
            0,
            height,
            format as c_int,
            STOP_ON_WARNING | LIMIT_SCANS,
        )
    };
    (failed == 0).then_some(())
}

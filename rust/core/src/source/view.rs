//! One image somewhere in memory, in whatever order its owner keeps it.

use std::marker::PhantomData;

/// The type of a source's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// Unsigned bytes.
    Uint8,
    /// 32-bit floats.
    Float32,
}

impl Dtype {
    /// Bytes of one value.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Uint8 => 1,
            Self::Float32 => 4,
        }
    }
}

/// A borrowed (height, width, channels) image with any strides, in bytes, negative ones among them.
#[derive(Clone, Copy, Debug)]
pub struct ImageView<'a> {
    base: *const u8,
    dtype: Dtype,
    shape: [usize; 3],
    strides: [isize; 3],
    slack: usize,
    owner: PhantomData<&'a [u8]>,
}

// SAFETY: a view only ever reads, and `ImageView::new` binds the memory to be readable from any thread for 'a.
unsafe impl Send for ImageView<'_> {}
// SAFETY: as above; it has no interior mutability.
unsafe impl Sync for ImageView<'_> {}

impl ImageView<'_> {
    /// A view of the image whose first value stands at `base`.
    ///
    /// # Safety
    /// For the whole of the view's lifetime, from any thread: `base + i * strides[0] + j * strides[1] + k * strides[2]`
    /// is readable for every `i, j, k` within `shape`, for `dtype.size()` bytes, and nobody writes there.
    #[must_use]
    pub const unsafe fn new(base: *const u8, dtype: Dtype, shape: [usize; 3], strides: [isize; 3]) -> Self {
        Self { base, dtype, shape, strides, slack: 0, owner: PhantomData }
    }

    /// The same view, known to be followed by `bytes` more that are readable: the next image of an array.
    ///
    /// # Safety
    /// As [`Self::new`], for the `bytes` after the last value of an image that lies in one run.
    #[must_use]
    pub const unsafe fn with_slack(mut self, bytes: usize) -> Self {
        self.slack = bytes;
        self
    }

    /// (height, width, channels).
    #[must_use]
    pub const fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The type of the pixels.
    #[must_use]
    pub const fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// How many values the image has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.shape[0] * self.shape[1] * self.shape[2]
    }

    /// Whether the image has no values.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory as one run of values, if that is how it lies, aligned for its type and with `slack` bytes after it.
    pub(super) fn run(&self, slack: usize) -> Option<*const u8> {
        let mut expected = self.dtype.size();
        for axis in (0..3).rev() {
            if self.shape[axis] != 1 && isize::try_from(expected) != Ok(self.strides[axis]) {
                return None;
            }
            expected *= self.shape[axis];
        }
        (self.slack >= slack && self.base.addr().is_multiple_of(self.dtype.size())).then_some(self.base)
    }

    /// The address of every value, in (row, column, channel) order.
    pub(super) fn addresses(&self) -> impl Iterator<Item = *const u8> {
        let [height, width, channels] = self.shape.map(usize::cast_signed);
        let [down, across, deep] = self.strides;
        let base = self.base;
        (0..height).flat_map(move |i| {
            (0..width)
                .flat_map(move |j| (0..channels).map(move |k| base.wrapping_offset(i * down + j * across + k * deep)))
        })
    }
}

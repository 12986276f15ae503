//! The types of pixel that a source can have.

use super::view::Dtype;

/// A type of pixel that a source can have.
pub trait Pixel: Copy + Default + Send + Sync + PartialOrd + std::fmt::Display + 'static {
    /// The same in an [`ImageView`].
    const DTYPE: Dtype;

    /// The nearest pixel to a number that is known to be in the type's range.
    fn from_f64(value: f64) -> Self;

    /// The value, exactly.
    fn to_f32(self) -> f32;

    /// Whether any value of the type can lie outside (low, high).
    fn can_leave(low: f64, high: f64) -> bool;
}

impl Pixel for u8 {
    const DTYPE: Dtype = Dtype::Uint8;

    fn from_f64(value: f64) -> Self {
        value as Self
    }

    fn to_f32(self) -> f32 {
        f32::from(self)
    }

    fn can_leave(low: f64, high: f64) -> bool {
        low > 0.0 || high < 255.0
    }
}

impl Pixel for f32 {
    const DTYPE: Dtype = Dtype::Float32;

    fn from_f64(value: f64) -> Self {
        value as Self
    }

    fn to_f32(self) -> f32 {
        self
    }

    fn can_leave(_: f64, _: f64) -> bool {
        true
    }
}

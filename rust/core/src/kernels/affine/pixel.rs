//! The types of pixels that can be sampled.

/// A number that is computed with as float64.
pub trait Pixel: Copy + Default {
    /// The value; exact.
    fn to_f64(self) -> f64;
    /// A computed value, rounded: to a whole number by adding a half and cutting off, within the type's range.
    fn from_f64(value: f64) -> Self;
    /// The same for what lies between two values of the type, but for the rounding of float64.
    fn from_between(value: f64) -> Self;
    /// The value itself, as the sum of zero and it: of negative zero that is zero.
    #[must_use]
    fn alone(self) -> Self;
}

impl Pixel for u8 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        // The conversion saturates, and makes 0 of NaN.
        if value > 0.0 { (value + 0.5) as Self } else { 0 }
    }

    #[inline(always)]
    fn from_between(value: f64) -> Self {
        // SAFETY: weights are from 0 to 1 and add up to about 1, so the sum is from 0 to little more than 255.
        let whole: i32 = unsafe { (value + 0.5).to_int_unchecked() };
        whole as Self
    }

    #[inline(always)]
    fn alone(self) -> Self {
        self
    }
}

impl Pixel for f32 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as Self
    }

    #[inline(always)]
    fn from_between(value: f64) -> Self {
        value as Self
    }

    #[inline(always)]
    fn alone(self) -> Self {
        0.0 + self
    }
}

impl Pixel for f64 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn from_between(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn alone(self) -> Self {
        0.0 + self
    }
}

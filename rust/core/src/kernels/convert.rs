//! Convert: float32 values to the output's type, to the nearest, a half to even, saturating.

use half::{bf16, f16};

use super::simd::{LANES, Simd, each};

/// A type that a batch can have.
pub trait Output: Copy + Default + Send + Sync + bytemuck::AnyBitPattern + bytemuck::NoUninit {
    /// Converts 16 values and stores them; `past` the caches as in [`Simd::store_f32`].
    ///
    /// # Safety
    /// 16 values at `to` are writable.
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self, past: bool);

    /// Converts 16 pixels of `C` (3 or 4) channels and stores them pixel after pixel; `past` as for
    /// [`write`](Self::write).
    ///
    /// # Safety
    /// 16 * C values at `to` are writable.
    #[inline(always)]
    unsafe fn write_pixels<S: Simd, const C: usize>(s: S, planes: [S::F; C], to: *mut Self, past: bool) {
        for (k, v) in s.interleave(planes).into_iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { Self::write(s, v, to.add(k * LANES), past) }
        }
    }
}

impl Output for f32 {
    #[inline(always)]
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self, past: bool) {
        // SAFETY: the caller's.
        unsafe { s.store_f32(v, to, past) }
    }
}

impl Output for f16 {
    #[inline(always)]
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self, past: bool) {
        let (low, high) = (s.splat_f(Self::MIN.to_f32()), s.splat_f(Self::MAX.to_f32()));
        // SAFETY: the caller's.
        unsafe { s.store_f16(s.at_most(s.at_least(v, low), high), to.cast(), past) }
    }
}

impl Output for bf16 {
    #[inline(always)]
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self, past: bool) {
        // The upper half of a float32, rounded: half a step is added, or just less before an even number.
        let (low, high) = (s.splat_f(Self::MIN.to_f32()), s.splat_f(Self::MAX.to_f32()));
        let bits = s.bits(s.at_most(s.at_least(v, low), high));
        let odd = s.and(s.shift_right_logical::<16>(bits), s.splat(1));
        let rounded = s.add(s.add(bits, s.splat(0x7fff)), odd);
        // SAFETY: the caller's.
        unsafe { s.store_u16(s.shift_right_logical::<16>(rounded), to.cast(), past) }
    }
}

impl Output for u8 {
    #[inline(always)]
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self, past: bool) {
        // SAFETY: the caller's.
        unsafe { s.store_u8(byte(s, v), to, past) }
    }

    #[inline(always)]
    unsafe fn write_pixels<S: Simd, const C: usize>(s: S, planes: [S::F; C], to: *mut Self, _past: bool) {
        let bytes = each(
            planes,
            #[inline(always)]
            |v| byte(s, v),
        );
        // SAFETY: the caller's.
        unsafe { s.store_pixels_u8(bytes, to) }
    }
}

/// The nearest byte to each lane.
#[inline(always)]
fn byte<S: Simd>(s: S, v: S::F) -> S::I {
    s.round(s.at_most(s.at_least(v, s.splat_f(0.0)), s.splat_f(255.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::portable::Portable;

    fn encode<O: Output>(v: f32) -> O {
        let mut out = [O::default(); LANES];
        // SAFETY: 16 values are writable.
        unsafe { O::write(Portable, [v; LANES], out.as_mut_ptr(), false) };
        out[LANES - 1]
    }

    #[test]
    fn halves_go_to_even_and_ends_saturate() {
        let bytes = [-1.0, -0.5, 0.5, 1.5, 2.5, 254.5, 255.5, 1e9, f32::INFINITY].map(encode::<u8>);
        assert_eq!(bytes, [0, 0, 0, 2, 2, 254, 255, 255, 255]);
        assert_eq!(encode::<f16>(1e9), f16::MAX);
        assert_eq!(encode::<f16>(-65520.0), f16::MIN);
        assert_eq!(encode::<bf16>(f32::MAX), bf16::MAX);
        assert_eq!(encode::<bf16>(f32::MIN), bf16::MIN);
        assert_eq!(encode::<bf16>(1.003_906_25).to_bits(), 0x3f80, "half a step goes to even");
        assert_eq!(encode::<bf16>(-1.011_718_75).to_bits(), 0xbf82, "half a step goes to even");
    }

    #[test]
    fn bfloat16_of_every_bfloat16_is_itself() {
        for bits in (0..=u16::MAX).filter(|bits| bf16::from_bits(*bits).is_finite()) {
            assert_eq!(encode::<bf16>(bf16::from_bits(bits).to_f32()).to_bits(), bits, "{bits:#06x}");
        }
    }
}

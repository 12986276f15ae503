//! Convert: float32 values to the output's type, to the nearest, a half to even, saturating.

use half::{bf16, f16};

use super::simd::Simd;

/// A type that a batch can have.
pub trait Output: Copy + Default + Send + Sync + bytemuck::AnyBitPattern + bytemuck::NoUninit {
    /// Converts 16 values and stores them.
    ///
    /// # Safety
    /// 16 values at `to` are writable.
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self);

    /// [`write`](Self::write) past the caches, where the level can; [`Simd::fence`] has to follow.
    ///
    /// # Safety
    /// As [`write`](Self::write).
    #[inline(always)]
    unsafe fn stream<S: Simd>(s: S, v: S::F, to: *mut Self) {
        // SAFETY: the caller's.
        unsafe { Self::write(s, v, to) }
    }
}

impl Output for f32 {
    #[inline(always)]
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self) {
        // SAFETY: the caller's.
        unsafe { s.store_f32(v, to) }
    }

    #[inline(always)]
    unsafe fn stream<S: Simd>(s: S, v: S::F, to: *mut Self) {
        // SAFETY: the caller's.
        unsafe { s.stream_f32(v, to) }
    }
}

impl Output for f16 {
    #[inline(always)]
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self) {
        let (low, high) = (s.splat_f(Self::MIN.to_f32()), s.splat_f(Self::MAX.to_f32()));
        // SAFETY: the caller's.
        unsafe { s.store_f16(s.at_most(s.at_least(v, low), high), to.cast()) }
    }
}

impl Output for bf16 {
    #[inline(always)]
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self) {
        // The upper half of a float32, rounded; a carry out of the largest finite number would read as infinity.
        let bits = s.bits(v);
        let sign = s.and(s.shift_right_logical::<16>(bits), s.splat(0x8000));
        let magnitude = s.and(bits, s.splat(i32::MAX));
        let odd = s.and(s.shift_right_logical::<16>(bits), s.splat(1));
        let rounded = s.shift_right_logical::<16>(s.add(magnitude, s.add(odd, s.splat(0x7fff))));
        // SAFETY: the caller's.
        unsafe { s.store_u16(s.or(sign, s.min(rounded, s.splat(0x7f7f))), to.cast()) }
    }
}

impl Output for u8 {
    #[inline(always)]
    unsafe fn write<S: Simd>(s: S, v: S::F, to: *mut Self) {
        let within = s.at_most(s.at_least(v, s.splat_f(0.0)), s.splat_f(255.0));
        // SAFETY: the caller's.
        unsafe { s.store_u8(s.round(within), to) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::{LANES, portable::Portable};

    fn encode<O: Output>(v: f32) -> O {
        let mut out = [O::default(); LANES];
        // SAFETY: 16 values are writable.
        unsafe { O::write(Portable, [v; LANES], out.as_mut_ptr()) };
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

//! AVX-512 (F, BW, DQ, VL): a vector is one register.

#![allow(clippy::wildcard_imports, reason = "the instructions' names are unmistakable")]

use std::arch::x86_64::*;

use super::super::pairs::Pair;
use super::avx2::layout::{channel_of_run, store_half, store_quarter};
use super::{LANES, PACK, Places, Simd, each};
use blend::{blend, blend_four, blend_quarters, bytes, patches, words};
use layout::{Weave, permute, reverse, transpose};

mod blend;
mod layout;

/// The AVX-512 level.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    /// The level, if this machine has it.
    #[must_use]
    pub fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        has.then_some(Self(()))
    }
}

/// An operation on registers alone, all of whose instructions the level has.
macro_rules! op {
    ($e:expr) => {
        // SAFETY: a value of `Avx512` exists only where `detect` found the instructions; registers hold no pointers.
        unsafe { $e }
    };
}

use op;

impl Simd for Avx512 {
    type I = __m512i;
    type F = __m512;

    #[inline(always)]
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
        fn run<R>(f: impl FnOnce() -> R) -> R {
            f()
        }
        op!(run(f))
    }

    #[inline(always)]
    fn splat(self, v: i32) -> Self::I {
        op!(_mm512_set1_epi32(v))
    }
    #[inline(always)]
    fn load(self, v: &[i32; LANES]) -> Self::I {
        op!(_mm512_loadu_si512(v.as_ptr().cast()))
    }
    #[inline(always)]
    fn to_lanes(self, v: Self::I) -> [i32; LANES] {
        let mut lanes = [0; LANES];
        op!(_mm512_storeu_si512(lanes.as_mut_ptr().cast(), v));
        lanes
    }
    #[inline(always)]
    fn add(self, a: Self::I, b: Self::I) -> Self::I {
        op!(_mm512_add_epi32(a, b))
    }
    #[inline(always)]
    fn sub(self, a: Self::I, b: Self::I) -> Self::I {
        op!(_mm512_sub_epi32(a, b))
    }
    #[inline(always)]
    fn mul(self, a: Self::I, b: Self::I) -> Self::I {
        op!(_mm512_mullo_epi32(a, b))
    }
    #[inline(always)]
    fn and(self, a: Self::I, b: Self::I) -> Self::I {
        op!(_mm512_and_si512(a, b))
    }
    #[inline(always)]
    fn or(self, a: Self::I, b: Self::I) -> Self::I {
        op!(_mm512_or_si512(a, b))
    }
    #[inline(always)]
    fn shift_left<const N: i32>(self, a: Self::I) -> Self::I {
        op!(_mm512_sll_epi32(a, _mm_cvtsi32_si128(N)))
    }
    #[inline(always)]
    fn shift_right<const N: i32>(self, a: Self::I) -> Self::I {
        op!(_mm512_sra_epi32(a, _mm_cvtsi32_si128(N)))
    }
    #[inline(always)]
    fn shift_right_logical<const N: i32>(self, a: Self::I) -> Self::I {
        op!(_mm512_srl_epi32(a, _mm_cvtsi32_si128(N)))
    }
    #[inline(always)]
    fn min(self, a: Self::I, b: Self::I) -> Self::I {
        op!(_mm512_min_epi32(a, b))
    }
    #[inline(always)]
    fn max(self, a: Self::I, b: Self::I) -> Self::I {
        op!(_mm512_max_epi32(a, b))
    }
    #[inline(always)]
    fn greater(self, a: Self::I, b: Self::I) -> u16 {
        op!(_mm512_cmpgt_epi32_mask(a, b))
    }

    #[inline(always)]
    fn splat_f(self, v: f32) -> Self::F {
        op!(_mm512_set1_ps(v))
    }
    #[inline(always)]
    fn load_f(self, v: &[f32; LANES]) -> Self::F {
        op!(_mm512_loadu_ps(v.as_ptr()))
    }
    #[inline(always)]
    fn to_lanes_f(self, v: Self::F) -> [f32; LANES] {
        let mut lanes = [0.0; LANES];
        op!(_mm512_storeu_ps(lanes.as_mut_ptr(), v));
        lanes
    }
    #[inline(always)]
    fn to_float(self, a: Self::I) -> Self::F {
        op!(_mm512_cvtepi32_ps(a))
    }
    #[inline(always)]
    fn round(self, a: Self::F) -> Self::I {
        op!(_mm512_cvtps_epi32(a))
    }
    #[inline(always)]
    fn bits(self, a: Self::F) -> Self::I {
        op!(_mm512_castps_si512(a))
    }
    #[inline(always)]
    fn float_of(self, a: Self::I) -> Self::F {
        op!(_mm512_castsi512_ps(a))
    }
    #[inline(always)]
    fn add_f(self, a: Self::F, b: Self::F) -> Self::F {
        op!(_mm512_add_ps(a, b))
    }
    #[inline(always)]
    fn sub_f(self, a: Self::F, b: Self::F) -> Self::F {
        op!(_mm512_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul_f(self, a: Self::F, b: Self::F) -> Self::F {
        op!(_mm512_mul_ps(a, b))
    }
    #[inline(always)]
    fn at_least(self, a: Self::F, low: Self::F) -> Self::F {
        // Of two zeros, or if either is NaN, the instruction gives its second operand.
        op!(_mm512_max_ps(low, a))
    }
    #[inline(always)]
    fn at_most(self, a: Self::F, high: Self::F) -> Self::F {
        op!(_mm512_min_ps(high, a))
    }
    #[inline(always)]
    fn select(self, mask: u16, a: Self::F, b: Self::F) -> Self::F {
        op!(_mm512_mask_blend_ps(mask, b, a))
    }

    #[inline(always)]
    unsafe fn blend_u8<const C: usize>(
        self,
        taps: *const Pair,
        places: &[i32; LANES],
        fx: Self::I,
        fy: Self::I,
    ) -> [Self::I; C] {
        let (wx, wy) = (words(self, fx), bytes(self, fy));
        // SAFETY: the caller vouches for the places.
        let planes = unsafe {
            transpose([
                blend_four::<C, 0b00_00_00_00>(patches(taps, places, 0), wx, wy),
                blend_four::<C, 0b01_01_01_01>(patches(taps, places, 1), wx, wy),
                blend_four::<C, 0b10_10_10_10>(patches(taps, places, 2), wx, wy),
                blend_four::<C, 0b11_11_11_11>(patches(taps, places, 3), wx, wy),
            ])
        };
        let mut values = [self.splat(1 << 23); C];
        for (value, plane) in values.iter_mut().zip(planes) {
            *value = self.add(*value, self.bits(plane));
        }
        values
    }

    #[inline(always)]
    fn blend_pairs(self, patches: Self::I, fx: Self::I, fy: Self::I) -> Self::I {
        self.add(self.splat(1 << 23), blend(patches, words(self, fx), bytes(self, fy)))
    }

    #[inline(always)]
    unsafe fn blend_f32<const C: usize>(
        self,
        pixels: *const f32,
        places: &Places,
        weights: &[[f32; LANES]; 2],
    ) -> [Self::F; C] {
        // SAFETY: the caller vouches for the places.
        let planes = unsafe {
            transpose([
                blend_quarters::<C>(pixels, places, weights, 0),
                blend_quarters::<C>(pixels, places, weights, 1),
                blend_quarters::<C>(pixels, places, weights, 2),
                blend_quarters::<C>(pixels, places, weights, 3),
            ])
        };
        let mut values = [self.splat_f(0.0); C];
        values.copy_from_slice(&planes[..C]);
        values
    }

    #[inline(always)]
    unsafe fn run_u8<const C: usize>(self, at: *const u8, reversed: bool) -> [Self::I; C] {
        let mut values = [self.splat(0); C];
        for (channel, value) in values.iter_mut().enumerate() {
            // SAFETY: the caller's; AVX-512 has SSSE3.
            let bytes = unsafe { channel_of_run::<C>(at, channel, reversed) };
            *value = op!(_mm512_cvtepu8_epi32(bytes));
        }
        values
    }

    #[inline(always)]
    unsafe fn run_f32<const C: usize>(self, at: *const f32, reversed: bool) -> [Self::F; C] {
        let mut registers = [self.splat_f(0.0); C];
        for (k, register) in registers.iter_mut().enumerate() {
            // SAFETY: the caller's.
            *register = unsafe { _mm512_loadu_ps(at.add(k * LANES)) };
        }
        let planes = permute(registers, &Weave::<C>::APART);
        if reversed {
            return each(planes, reverse);
        }
        planes
    }

    #[inline(always)]
    unsafe fn gather<const SCALE: i32>(self, base: *const u8, at: Self::I) -> Self::I {
        // SAFETY: the caller's.
        unsafe { _mm512_i32gather_epi32::<SCALE>(at, base.cast()) }
    }

    #[inline(always)]
    fn interleave<const C: usize>(self, planes: [Self::F; C]) -> [Self::F; C] {
        permute(planes, &Weave::<C>::TOGETHER)
    }

    #[inline(always)]
    unsafe fn store_f32(self, v: Self::F, to: *mut f32, past: bool) {
        // SAFETY: the caller's; what is streamed is aligned.
        unsafe { if past && to.addr().is_multiple_of(64) { _mm512_stream_ps(to, v) } else { _mm512_storeu_ps(to, v) } }
    }
    #[inline(always)]
    fn fence(self) {
        op!(_mm_sfence());
    }
    #[inline(always)]
    unsafe fn store_f16(self, v: Self::F, to: *mut u16, past: bool) {
        // SAFETY: the caller's.
        unsafe { store_half(_mm512_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(v), to, past) }
    }
    #[inline(always)]
    unsafe fn store_u16(self, v: Self::I, to: *mut u16, past: bool) {
        // SAFETY: the caller's.
        unsafe { store_half(_mm512_cvtepi32_epi16(v), to, past) }
    }
    #[inline(always)]
    unsafe fn store_u8(self, v: Self::I, to: *mut u8, past: bool) {
        // SAFETY: the caller's.
        unsafe { store_quarter(_mm512_cvtepi32_epi8(v), to, past) }
    }
    #[inline(always)]
    unsafe fn store_pixels_u8<const C: usize>(self, planes: [Self::I; C], to: *mut u8) {
        let mut pixels = self.or(planes[0], self.shift_left::<8>(planes[1]));
        pixels = self.or(pixels, self.shift_left::<16>(planes[2]));
        if C == 4 {
            pixels = self.or(pixels, self.shift_left::<24>(planes[3]));
        }
        // SAFETY: the caller's: 4 * C words are stored.
        unsafe {
            let packed = _mm512_shuffle_epi8(pixels, _mm512_broadcast_i32x4(_mm_loadu_si128(PACK[C].as_ptr().cast())));
            let words = 0x1111 * ((1 << C) - 1); // of each quarter
            let run = _mm512_maskz_compress_epi32(words, packed); // in memory it is slow
            _mm512_mask_storeu_epi32(to.cast(), ((1_u32 << (4 * C)) - 1) as u16, run);
        }
    }
}

//! AVX2 (with F16C): a vector is two registers, lanes 0..8 and 8..16.

#![allow(clippy::wildcard_imports, reason = "the instructions' names are unmistakable")]
#![allow(clippy::needless_range_loop, reason = "a half indexes several arrays at once")]

use std::arch::x86_64::*;

use super::super::pairs::Pair;
use super::{LANES, PACK, Places, Simd};
use blend::{blend, blend_pair, blend_two, bytes, patches, words};
use layout::{
    channel_of_run, deinterleave3, deinterleave4, interleave3, interleave4, reverse, store_half, store_quarter,
    transpose,
};

pub(super) mod blend;
pub(super) mod layout;

/// The AVX2 level.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// The level, if this machine has it.
    #[must_use]
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("f16c")).then_some(Self(()))
    }
}

/// An operation on registers alone, all of whose instructions the level has.
macro_rules! op {
    ($e:expr) => {
        // SAFETY: a value of `Avx2` exists only where `detect` found the instructions; registers hold no pointers, and
        // arrays are borrowed whole.
        unsafe { $e }
    };
}

/// The same operation on both registers. No closure: what the compiler does not inline loses the level's instructions.
macro_rules! both {
    ($a:ident => $e:expr) => {{
        let whole = $a;
        let low = {
            let $a = whole[0];
            op!($e)
        };
        let $a = whole[1];
        [low, op!($e)]
    }};
    ($a:ident, $b:ident => $e:expr) => {{
        let whole = ($a, $b);
        let low = {
            let ($a, $b) = (whole.0[0], whole.1[0]);
            op!($e)
        };
        let ($a, $b) = (whole.0[1], whole.1[1]);
        [low, op!($e)]
    }};
}

use op;

impl Simd for Avx2 {
    type I = [__m256i; 2];
    type F = [__m256; 2];

    #[inline(always)]
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R {
        #[target_feature(enable = "avx2,f16c")]
        fn run<R>(f: impl FnOnce() -> R) -> R {
            f()
        }
        op!(run(f))
    }

    #[inline(always)]
    fn splat(self, v: i32) -> Self::I {
        [op!(_mm256_set1_epi32(v)); 2]
    }
    #[inline(always)]
    fn load(self, v: &[i32; LANES]) -> Self::I {
        let at: *const i32 = v.as_ptr();
        op!([_mm256_loadu_si256(at.cast()), _mm256_loadu_si256(at.add(8).cast())])
    }
    #[inline(always)]
    fn to_lanes(self, v: Self::I) -> [i32; LANES] {
        let mut lanes = [0; LANES];
        let at: *mut i32 = lanes.as_mut_ptr();
        op!({
            _mm256_storeu_si256(at.cast(), v[0]);
            _mm256_storeu_si256(at.add(8).cast(), v[1]);
        });
        lanes
    }
    #[inline(always)]
    fn add(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_add_epi32(a, b))
    }
    #[inline(always)]
    fn sub(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_sub_epi32(a, b))
    }
    #[inline(always)]
    fn mul(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_mullo_epi32(a, b))
    }
    #[inline(always)]
    fn and(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_and_si256(a, b))
    }
    #[inline(always)]
    fn or(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_or_si256(a, b))
    }
    #[inline(always)]
    fn shift_left<const N: i32>(self, a: Self::I) -> Self::I {
        both!(a => _mm256_sll_epi32(a, _mm_cvtsi32_si128(N)))
    }
    #[inline(always)]
    fn shift_right<const N: i32>(self, a: Self::I) -> Self::I {
        both!(a => _mm256_srai_epi32::<N>(a))
    }
    #[inline(always)]
    fn shift_right_logical<const N: i32>(self, a: Self::I) -> Self::I {
        both!(a => _mm256_srli_epi32::<N>(a))
    }
    #[inline(always)]
    fn min(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_min_epi32(a, b))
    }
    #[inline(always)]
    fn max(self, a: Self::I, b: Self::I) -> Self::I {
        both!(a, b => _mm256_max_epi32(a, b))
    }
    #[inline(always)]
    fn greater(self, a: Self::I, b: Self::I) -> u16 {
        let [low, high] = both!(a, b => _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(a, b))));
        (low | high << 8) as u16
    }

    #[inline(always)]
    fn splat_f(self, v: f32) -> Self::F {
        [op!(_mm256_set1_ps(v)); 2]
    }
    #[inline(always)]
    fn load_f(self, v: &[f32; LANES]) -> Self::F {
        let at: *const f32 = v.as_ptr();
        op!([_mm256_loadu_ps(at), _mm256_loadu_ps(at.add(8))])
    }
    #[inline(always)]
    fn to_lanes_f(self, v: Self::F) -> [f32; LANES] {
        let mut lanes = [0.0; LANES];
        let at: *mut f32 = lanes.as_mut_ptr();
        op!({
            _mm256_storeu_ps(at, v[0]);
            _mm256_storeu_ps(at.add(8), v[1]);
        });
        lanes
    }
    #[inline(always)]
    fn to_float(self, a: Self::I) -> Self::F {
        both!(a => _mm256_cvtepi32_ps(a))
    }
    #[inline(always)]
    fn round(self, a: Self::F) -> Self::I {
        both!(a => _mm256_cvtps_epi32(a))
    }
    #[inline(always)]
    fn bits(self, a: Self::F) -> Self::I {
        both!(a => _mm256_castps_si256(a))
    }
    #[inline(always)]
    fn float_of(self, a: Self::I) -> Self::F {
        both!(a => _mm256_castsi256_ps(a))
    }
    #[inline(always)]
    fn add_f(self, a: Self::F, b: Self::F) -> Self::F {
        both!(a, b => _mm256_add_ps(a, b))
    }
    #[inline(always)]
    fn sub_f(self, a: Self::F, b: Self::F) -> Self::F {
        both!(a, b => _mm256_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul_f(self, a: Self::F, b: Self::F) -> Self::F {
        both!(a, b => _mm256_mul_ps(a, b))
    }
    #[inline(always)]
    fn at_least(self, a: Self::F, low: Self::F) -> Self::F {
        // Of two zeros, or if either is NaN, the instruction gives its second operand.
        both!(a, low => _mm256_max_ps(low, a))
    }
    #[inline(always)]
    fn at_most(self, a: Self::F, high: Self::F) -> Self::F {
        both!(a, high => _mm256_min_ps(high, a))
    }
    #[inline(always)]
    fn select(self, mask: u16, a: Self::F, b: Self::F) -> Self::F {
        let bits = self.load(&[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768]);
        let chosen = self.and(self.splat(i32::from(mask)), bits);
        let chosen = both!(chosen, bits => _mm256_castsi256_ps(_mm256_cmpeq_epi32(chosen, bits)));
        op!([_mm256_blendv_ps(b[0], a[0], chosen[0]), _mm256_blendv_ps(b[1], a[1], chosen[1])])
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
        let mut values = [self.splat(1 << 23); C];
        for half in 0..2 {
            let (k, wx, wy) = (half * 8, wx[half], wy[half]);
            // SAFETY: the caller vouches for the places.
            let planes = unsafe {
                transpose([
                    blend_pair::<C, 0b00_00_00_00>(patches(taps, places, k), wx, wy),
                    blend_pair::<C, 0b01_01_01_01>(patches(taps, places, k + 1), wx, wy),
                    blend_pair::<C, 0b10_10_10_10>(patches(taps, places, k + 2), wx, wy),
                    blend_pair::<C, 0b11_11_11_11>(patches(taps, places, k + 3), wx, wy),
                ])
            };
            for (value, plane) in values.iter_mut().zip(planes) {
                value[half] = op!(_mm256_add_epi32(value[half], _mm256_castps_si256(plane)));
            }
        }
        values
    }

    #[inline(always)]
    fn blend_pairs(self, patches: Self::I, fx: Self::I, fy: Self::I) -> Self::I {
        let (wx, wy) = (words(self, fx), bytes(self, fy));
        self.add(self.splat(1 << 23), [blend(patches[0], wx[0], wy[0]), blend(patches[1], wx[1], wy[1])])
    }

    #[inline(always)]
    unsafe fn blend_f32<const C: usize>(
        self,
        pixels: *const f32,
        places: &Places,
        weights: &[[f32; LANES]; 2],
    ) -> [Self::F; C] {
        let mut values = [self.splat_f(0.0); C];
        for half in 0..2 {
            let k = half * 8;
            // SAFETY: the caller vouches for the places.
            let planes = unsafe {
                transpose([
                    blend_two::<C>(pixels, places, weights, k),
                    blend_two::<C>(pixels, places, weights, k + 1),
                    blend_two::<C>(pixels, places, weights, k + 2),
                    blend_two::<C>(pixels, places, weights, k + 3),
                ])
            };
            for (value, plane) in values.iter_mut().zip(planes) {
                value[half] = plane;
            }
        }
        values
    }

    #[inline(always)]
    unsafe fn run_u8<const C: usize>(self, at: *const u8, reversed: bool) -> [Self::I; C] {
        let mut values = [self.splat(0); C];
        for (channel, value) in values.iter_mut().enumerate() {
            // SAFETY: the caller's; AVX2 has SSSE3.
            let bytes = unsafe { channel_of_run::<C>(at, channel, reversed) };
            *value = op!([_mm256_cvtepu8_epi32(bytes), _mm256_cvtepu8_epi32(_mm_srli_si128::<8>(bytes))]);
        }
        values
    }

    #[inline(always)]
    unsafe fn run_f32<const C: usize>(self, at: *const f32, reversed: bool) -> [Self::F; C] {
        let mut values = [self.splat_f(0.0); C];
        for half in 0..2 {
            let mut parts = [op!(_mm256_setzero_ps()); 4];
            for (k, part) in parts[..C].iter_mut().enumerate() {
                // SAFETY: the caller's.
                *part = unsafe { _mm256_loadu_ps(at.add((half * C + k) * 8)) };
            }
            let planes = match C {
                1 => parts,
                3 => {
                    let [a, b, c] = deinterleave3([parts[0], parts[1], parts[2]]);
                    [a, b, c, c]
                }
                _ => deinterleave4(parts),
            };
            for (value, plane) in values.iter_mut().zip(planes) {
                if reversed {
                    value[1 - half] = reverse(plane);
                } else {
                    value[half] = plane;
                }
            }
        }
        values
    }

    #[inline(always)]
    unsafe fn gather<const SCALE: i32>(self, base: *const u8, at: Self::I) -> Self::I {
        // SAFETY: the caller's.
        unsafe {
            [_mm256_i32gather_epi32::<SCALE>(base.cast(), at[0]), _mm256_i32gather_epi32::<SCALE>(base.cast(), at[1])]
        }
    }

    #[inline(always)]
    fn interleave<const C: usize>(self, planes: [Self::F; C]) -> [Self::F; C] {
        let mut out = planes;
        let mut place = 0;
        for half in 0..2 {
            let run = match C {
                3 => interleave3([planes[0][half], planes[1][half], planes[2][half]]),
                4 => interleave4([planes[0][half], planes[1][half], planes[2][half], planes[3][half]]),
                _ => [planes[0][half]; 4],
            };
            for part in &run[..C] {
                out[place / 2][place % 2] = *part;
                place += 1;
            }
        }
        out
    }

    #[inline(always)]
    unsafe fn store_f32(self, v: Self::F, to: *mut f32, past: bool) {
        // SAFETY: the caller's; what is streamed is aligned.
        unsafe {
            if past && to.addr().is_multiple_of(32) {
                _mm256_stream_ps(to, v[0]);
                _mm256_stream_ps(to.add(8), v[1]);
            } else {
                _mm256_storeu_ps(to, v[0]);
                _mm256_storeu_ps(to.add(8), v[1]);
            }
        }
    }
    #[inline(always)]
    fn fence(self) {
        op!(_mm_sfence());
    }
    #[inline(always)]
    unsafe fn store_f16(self, v: Self::F, to: *mut u16, past: bool) {
        let [low, high] = both!(v => _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(v));
        // SAFETY: the caller's.
        unsafe { store_half(_mm256_set_m128i(high, low), to, past) }
    }
    #[inline(always)]
    unsafe fn store_u16(self, v: Self::I, to: *mut u16, past: bool) {
        // SAFETY: the caller's.
        unsafe {
            let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(v[0], v[1]));
            store_half(packed, to, past);
        }
    }
    #[inline(always)]
    unsafe fn store_u8(self, v: Self::I, to: *mut u8, past: bool) {
        // SAFETY: the caller's.
        unsafe {
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(v[0], v[1]));
            let bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
            store_quarter(bytes, to, past);
        }
    }
    #[inline(always)]
    unsafe fn store_pixels_u8<const C: usize>(self, planes: [Self::I; C], to: *mut u8) {
        let mut pixels = self.or(planes[0], self.shift_left::<8>(planes[1]));
        pixels = self.or(pixels, self.shift_left::<16>(planes[2]));
        if C == 4 {
            pixels = self.or(pixels, self.shift_left::<24>(planes[3]));
        }
        for (half, pixels) in pixels.into_iter().enumerate() {
            // SAFETY: the caller's: 8 * C bytes are stored of each half.
            unsafe {
                let pick = _mm256_broadcastsi128_si256(_mm_loadu_si128(PACK[C].as_ptr().cast()));
                let packed = _mm256_shuffle_epi8(pixels, pick);
                let to = to.add(half * 8 * C);
                if C == 3 {
                    let run = _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
                    _mm_storeu_si128(to.cast(), _mm256_castsi256_si128(run));
                    _mm_storel_epi64(to.add(16).cast(), _mm256_extracti128_si256::<1>(run));
                } else {
                    _mm256_storeu_si256(to.cast(), packed);
                }
            }
        }
    }
}

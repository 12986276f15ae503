//! AVX-512 (F, BW, DQ, VL): a vector is one register.

#![allow(clippy::wildcard_imports, reason = "the instructions' names are unmistakable")]

use std::arch::x86_64::*;

use super::avx2::{blend_one, patch};
use super::{LANES, Simd, in_memory};

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

/// How planes become pixel after pixel: for each register of the result and each channel but the first, where its lanes
/// come from: 0..16 from what has been put together so far (from the first plane, to begin with), 16..32 from the plane.
const fn weave<const C: usize>() -> [[[i32; LANES]; C]; C] {
    let mut index = [[[0; LANES]; C]; C];
    let mut place = 0;
    while place < C * LANES {
        let (out, k, lane, channel) = (place / LANES, place % LANES, place / C, place % C);
        let mut step = 1;
        while step < C {
            index[out][step][k] = if channel == step {
                (LANES + lane) as i32
            } else if step == 1 {
                lane as i32
            } else {
                k as i32
            };
            step += 1;
        }
        place += 1;
    }
    index
}

/// [`weave`], made once.
struct Weave<const C: usize>;

impl<const C: usize> Weave<C> {
    const INDEX: [[[i32; LANES]; C]; C] = weave::<C>();
}

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
        pixels: *const u8,
        at: Self::I,
        below: Self::I,
        fx: Self::I,
        fy: Self::I,
    ) -> [Self::I; C] {
        let mut places = [self.to_lanes(at), self.to_lanes(below)];
        in_memory(&mut places);
        let (wx, wy) = (pairs(self, fx), quads(self, fy));
        // SAFETY: the caller vouches for the places.
        let planes = unsafe {
            transpose([
                blend_four::<C, 0b00_00_00_00>(patches(pixels, &places, 0), wx, wy),
                blend_four::<C, 0b01_01_01_01>(patches(pixels, &places, 1), wx, wy),
                blend_four::<C, 0b10_10_10_10>(patches(pixels, &places, 2), wx, wy),
                blend_four::<C, 0b11_11_11_11>(patches(pixels, &places, 3), wx, wy),
            ])
        };
        let mut values = [self.splat(1 << 23); C];
        for (value, plane) in values.iter_mut().zip(planes) {
            *value = self.add(*value, self.bits(plane));
        }
        values
    }

    #[inline(always)]
    unsafe fn blend_f32<const C: usize>(
        self,
        pixels: *const f32,
        at: Self::I,
        below: Self::I,
        wx: Self::F,
        wy: Self::F,
    ) -> [Self::F; C] {
        let mut places = [self.to_lanes(at), self.to_lanes(below)];
        in_memory(&mut places);
        let weights = [self.to_lanes_f(wx), self.to_lanes_f(wy)];
        // SAFETY: the caller vouches for the places.
        let planes = unsafe {
            transpose([
                blend_quarters::<C>(pixels, &places, &weights, 0),
                blend_quarters::<C>(pixels, &places, &weights, 1),
                blend_quarters::<C>(pixels, &places, &weights, 2),
                blend_quarters::<C>(pixels, &places, &weights, 3),
            ])
        };
        let mut values = [self.splat_f(0.0); C];
        values.copy_from_slice(&planes[..C]);
        values
    }

    #[inline(always)]
    unsafe fn gather<const SCALE: i32>(self, base: *const u8, at: Self::I) -> Self::I {
        // SAFETY: the caller's.
        unsafe { _mm512_i32gather_epi32::<SCALE>(at, base.cast()) }
    }

    #[inline(always)]
    fn interleave<const C: usize>(self, planes: [Self::F; C]) -> [Self::F; C] {
        let mut woven = [planes[0]; C];
        for (v, steps) in woven.iter_mut().zip(&Weave::<C>::INDEX) {
            for channel in 1..C {
                *v = op!(_mm512_permutex2var_ps(
                    *v,
                    _mm512_loadu_si512(steps[channel].as_ptr().cast()),
                    planes[channel]
                ));
            }
        }
        woven
    }

    #[inline(always)]
    unsafe fn store_u32(self, v: Self::F, to: *mut u32) {
        // SAFETY: the caller's.
        unsafe { _mm512_storeu_ps(to.cast(), v) }
    }
    #[inline(always)]
    unsafe fn store_u16(self, v: Self::F, to: *mut u16) {
        // SAFETY: the caller's.
        unsafe { _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(self.bits(v))) }
    }
    #[inline(always)]
    unsafe fn store_u8(self, v: Self::F, to: *mut u8) {
        // SAFETY: the caller's.
        unsafe { _mm_storeu_si128(to.cast(), _mm512_cvtepi32_epi8(self.bits(v))) }
    }
    #[inline(always)]
    fn to_f16(self, v: Self::F) -> Self::F {
        op!(_mm512_castsi512_ps(_mm512_cvtepu16_epi32(_mm512_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(v))))
    }
}

/// 16-bit pairs (256 - w, w).
#[inline(always)]
fn pairs(s: Avx512, w: __m512i) -> __m512i {
    s.or(op!(_mm512_slli_epi32::<16>(w)), s.sub(s.splat(256), w))
}

/// 8-bit pairs (256 - w, w), twice, with w at least 1, since 256 is no byte: a weight of 0 reads its own row twice, by
/// 255 and by 1.
#[inline(always)]
fn quads(s: Avx512, w: __m512i) -> __m512i {
    let w = s.max(w, s.splat(1));
    let pair = s.or(s.sub(s.splat(256), w), op!(_mm512_slli_epi32::<8>(w)));
    s.or(pair, op!(_mm512_slli_epi32::<16>(pair)))
}

/// `[8 bytes at top | 8 bytes at bottom]` of pixels k, k + 4, k + 8, k + 12.
///
/// # Safety
/// All the places are readable, and the machine has AVX-512 F.
#[inline(always)]
unsafe fn patches(pixels: *const u8, places: &[[i32; LANES]; 2], k: usize) -> __m512i {
    // SAFETY: the caller's; AVX-512 has AVX2.
    unsafe {
        let low = _mm256_inserti128_si256::<1>(
            _mm256_castsi128_si256(patch(pixels, places, k)),
            patch(pixels, places, k + 4),
        );
        let high = _mm256_inserti128_si256::<1>(
            _mm256_castsi128_si256(patch(pixels, places, k + 8)),
            patch(pixels, places, k + 12),
        );
        _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
    }
}

/// `sum(p * wx * wy) - 2^23` of four patches, channel after channel; `SPREAD` picks their weights.
#[inline(always)]
fn blend_four<const C: usize, const SPREAD: i32>(patches: __m512i, wx: __m512i, wy: __m512i) -> __m512 {
    op!({
        let pick = _mm512_broadcast_i32x4(_mm_loadu_si128(super::PICK[C].as_ptr().cast()));
        let p = _mm512_xor_si512(_mm512_shuffle_epi8(patches, pick), _mm512_set1_epi8(-128)); // p - 128
        let down = _mm512_maddubs_epi16(_mm512_shuffle_epi32::<SPREAD>(wy), p); // - 2^15
        _mm512_castsi512_ps(_mm512_madd_epi16(down, _mm512_shuffle_epi32::<SPREAD>(wx)))
    })
}

/// [`blend_one`] for pixels k, k + 4, k + 8, k + 12.
///
/// # Safety
/// As [`blend_one`]; AVX-512 has AVX2.
#[inline(always)]
unsafe fn blend_quarters<const C: usize>(
    pixels: *const f32,
    places: &[[i32; LANES]; 2],
    weights: &[[f32; LANES]; 2],
    k: usize,
) -> __m512 {
    // SAFETY: the caller's.
    unsafe {
        let v = _mm512_castps128_ps512(blend_one::<C>(pixels, places, weights, k));
        let v = _mm512_insertf32x4::<1>(v, blend_one::<C>(pixels, places, weights, k + 4));
        let v = _mm512_insertf32x4::<2>(v, blend_one::<C>(pixels, places, weights, k + 8));
        _mm512_insertf32x4::<3>(v, blend_one::<C>(pixels, places, weights, k + 12))
    }
}

/// Transposes the four by four lanes of each quarter.
#[inline(always)]
fn transpose([a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
    op!({
        let (ab, cd) = (_mm512_castps_pd(_mm512_unpacklo_ps(a, b)), _mm512_castps_pd(_mm512_unpacklo_ps(c, d)));
        let (ab2, cd2) = (_mm512_castps_pd(_mm512_unpackhi_ps(a, b)), _mm512_castps_pd(_mm512_unpackhi_ps(c, d)));
        [
            _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)),
            _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)),
            _mm512_castpd_ps(_mm512_unpacklo_pd(ab2, cd2)),
            _mm512_castpd_ps(_mm512_unpackhi_pd(ab2, cd2)),
        ]
    })
}

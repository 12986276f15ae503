//! Patches of two by two pixels, blended.

use std::arch::x86_64::*;

use super::super::super::pairs::Pair;
use super::super::{LANES, PICK, Places, Simd};
use super::{Avx2, op};

/// `[256 - w, w]` as words.
#[inline(always)]
pub(super) fn words(s: Avx2, w: <Avx2 as Simd>::I) -> <Avx2 as Simd>::I {
    s.add(s.splat(256), s.mul(w, s.splat(0xffff)))
}

/// `[w, 255 - w]` as bytes, twice: 256 would be no byte.
#[inline(always)]
pub(super) fn bytes(s: Avx2, w: <Avx2 as Simd>::I) -> <Avx2 as Simd>::I {
    s.sub(s.splat(0xff00_ff00_u32.cast_signed()), s.mul(w, s.splat(0x00ff_00ff)))
}

/// Eight pairs each from pixels k and k + 4.
///
/// # Safety
/// All the places are readable, and the machine has AVX2.
#[inline(always)]
pub(super) unsafe fn patches(taps: *const Pair, places: &[i32; LANES], k: usize) -> __m256i {
    // SAFETY: the caller's.
    unsafe {
        let patch = |k: usize| _mm_loadu_si128(taps.offset(places[k] as isize).cast());
        _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(patch(k)), patch(k + 4))
    }
}

/// `sum(p * wx * wy) - 2^23` of left and right pairs.
#[inline(always)]
pub(super) fn blend(pairs: __m256i, wx: __m256i, wy: __m256i) -> __m256i {
    op!({
        // 255 - w of the upper value, and once more of it.
        let down = _mm256_add_epi16(_mm256_maddubs_epi16(wy, pairs), _mm256_srai_epi16::<8>(pairs));
        _mm256_madd_epi16(down, wx)
    })
}

/// [`blend`] of two patches, channel after channel; `SPREAD` picks their weights.
#[inline(always)]
pub(super) fn blend_pair<const C: usize, const SPREAD: i32>(patches: __m256i, wx: __m256i, wy: __m256i) -> __m256 {
    op!({
        let pick = _mm256_broadcastsi128_si256(_mm_loadu_si128(PICK[C].as_ptr().cast()));
        let pairs = _mm256_shuffle_epi8(patches, pick);
        _mm256_castsi256_ps(blend(pairs, _mm256_shuffle_epi32::<SPREAD>(wx), _mm256_shuffle_epi32::<SPREAD>(wy)))
    })
}

/// One pixel of `C` (3 or 4) channels between the two at each of `[top, bottom]`, by weights `[wx, wy]`.
///
/// # Safety
/// Eight floats at both places are readable, and the machine has AVX2.
#[inline(always)]
pub(in super::super) unsafe fn blend_one<const C: usize>(
    pixels: *const f32,
    places: &Places,
    weights: &[[f32; LANES]; 2],
    k: usize,
) -> __m128 {
    // SAFETY: the caller's.
    unsafe {
        let next = C as i32;
        let right = _mm256_setr_epi32(next, next + 1, next + 2, 7, 7, 7, 7, 7);
        let top = _mm256_loadu_ps(pixels.offset(places[0][k] as isize));
        let bottom = _mm256_loadu_ps(pixels.offset(places[1][k] as isize));
        let down = _mm256_add_ps(top, _mm256_mul_ps(_mm256_sub_ps(bottom, top), _mm256_set1_ps(weights[1][k])));
        let left = _mm256_castps256_ps128(down);
        let right = _mm256_castps256_ps128(_mm256_permutevar8x32_ps(down, right));
        let across = _mm_add_ps(left, _mm_mul_ps(_mm_sub_ps(right, left), _mm_set1_ps(weights[0][k])));
        _mm_add_ps(across, _mm_setzero_ps()) // no negative zero
    }
}

/// [`blend_one`] for pixels k and k + 4.
///
/// # Safety
/// As [`blend_one`].
#[inline(always)]
pub(super) unsafe fn blend_two<const C: usize>(
    pixels: *const f32,
    places: &Places,
    weights: &[[f32; LANES]; 2],
    k: usize,
) -> __m256 {
    // SAFETY: the caller's.
    unsafe {
        let low = blend_one::<C>(pixels, places, weights, k);
        _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), blend_one::<C>(pixels, places, weights, k + 4))
    }
}

//! Patches of two by two pixels, blended.

use std::arch::x86_64::*;

use super::super::{LANES, PICK, Places, Simd};
use super::{Avx2, both, op};

/// 16-bit pairs (256 - w, w).
#[inline(always)]
pub(super) fn pairs(s: Avx2, w: <Avx2 as Simd>::I) -> <Avx2 as Simd>::I {
    s.or(both!(w => _mm256_slli_epi32::<16>(w)), s.sub(s.splat(256), w))
}

/// 8-bit pairs (256 - w, w), twice, with w at least 1, since 256 is no byte: a weight of 0 reads its own row twice, by
/// 255 and by 1.
#[inline(always)]
pub(super) fn quads(s: Avx2, w: <Avx2 as Simd>::I) -> <Avx2 as Simd>::I {
    let w = s.max(w, s.splat(1));
    let pair = s.or(s.sub(s.splat(256), w), both!(w => _mm256_slli_epi32::<8>(w)));
    s.or(pair, both!(pair => _mm256_slli_epi32::<16>(pair)))
}

/// `[8 bytes at top | 8 bytes at bottom]` of pixels k and k + 4.
///
/// # Safety
/// All the places are readable, and the machine has AVX2.
#[inline(always)]
pub(super) unsafe fn patches(pixels: *const u8, places: &Places, k: usize) -> __m256i {
    // SAFETY: the caller's.
    unsafe {
        _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(patch(pixels, places, k)), patch(pixels, places, k + 4))
    }
}

/// `[8 bytes at top | 8 bytes at bottom]` of pixel k.
///
/// # Safety
/// Both places are readable.
#[inline(always)]
pub(in super::super) unsafe fn patch(pixels: *const u8, places: &Places, k: usize) -> __m128i {
    // SAFETY: the caller's.
    unsafe {
        let (top, bottom) = (pixels.offset(places[0][k] as isize), pixels.offset(places[1][k] as isize));
        _mm_castpd_si128(_mm_loadh_pd(_mm_load_sd(top.cast()), bottom.cast()))
    }
}

/// `sum(p * wx * wy) - 2^23` of two patches, channel after channel; `SPREAD` picks their weights.
#[inline(always)]
pub(super) fn blend_pair<const C: usize, const SPREAD: i32>(patches: __m256i, wx: __m256i, wy: __m256i) -> __m256 {
    op!({
        let pick = _mm256_broadcastsi128_si256(_mm_loadu_si128(PICK[C].as_ptr().cast()));
        let p = _mm256_xor_si256(_mm256_shuffle_epi8(patches, pick), _mm256_set1_epi8(-128)); // p - 128
        let down = _mm256_maddubs_epi16(_mm256_shuffle_epi32::<SPREAD>(wy), p); // - 2^15
        _mm256_castsi256_ps(_mm256_madd_epi16(down, _mm256_shuffle_epi32::<SPREAD>(wx)))
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

//! Patches of two by two pixels, blended.

use std::arch::x86_64::*;

use super::super::avx2::blend::{blend_one, patch};
use super::super::{LANES, PICK, Places, Simd};
use super::{Avx512, op};

/// 16-bit pairs (256 - w, w).
#[inline(always)]
pub(super) fn pairs(s: Avx512, w: __m512i) -> __m512i {
    s.or(op!(_mm512_slli_epi32::<16>(w)), s.sub(s.splat(256), w))
}

/// 8-bit pairs (256 - w, w), twice, with w at least 1, since 256 is no byte: a weight of 0 reads its own row twice, by
/// 255 and by 1.
#[inline(always)]
pub(super) fn quads(s: Avx512, w: __m512i) -> __m512i {
    let w = s.max(w, s.splat(1));
    let pair = s.or(s.sub(s.splat(256), w), op!(_mm512_slli_epi32::<8>(w)));
    s.or(pair, op!(_mm512_slli_epi32::<16>(pair)))
}

/// `[8 bytes at top | 8 bytes at bottom]` of pixels k, k + 4, k + 8, k + 12.
///
/// # Safety
/// All the places are readable, and the machine has AVX-512 F.
#[inline(always)]
pub(super) unsafe fn patches(pixels: *const u8, places: &Places, k: usize) -> __m512i {
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
pub(super) fn blend_four<const C: usize, const SPREAD: i32>(patches: __m512i, wx: __m512i, wy: __m512i) -> __m512 {
    op!({
        let pick = _mm512_broadcast_i32x4(_mm_loadu_si128(PICK[C].as_ptr().cast()));
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
pub(super) unsafe fn blend_quarters<const C: usize>(
    pixels: *const f32,
    places: &Places,
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

//! Patches of two by two pixels, blended.

use std::arch::x86_64::*;

use super::super::super::pairs::Pair;
use super::super::avx2::blend::blend_one;
use super::super::{LANES, PICK, Places, Simd};
use super::{Avx512, op};

/// `[256 - w, w]` as words.
#[inline(always)]
pub(super) fn words(s: Avx512, w: __m512i) -> __m512i {
    s.add(s.splat(256), s.mul(w, s.splat(0xffff)))
}

/// `[w, 255 - w]` as bytes, twice: 256 would be no byte.
#[inline(always)]
pub(super) fn bytes(s: Avx512, w: __m512i) -> __m512i {
    s.sub(s.splat(0xff00_ff00_u32.cast_signed()), s.mul(w, s.splat(0x00ff_00ff)))
}

/// Eight pairs each from pixels k, k + 4, k + 8, k + 12.
///
/// # Safety
/// All the places are readable, and the machine has AVX-512 F.
#[inline(always)]
pub(super) unsafe fn patches(taps: *const Pair, places: &[i32; LANES], k: usize) -> __m512i {
    // SAFETY: the caller's.
    unsafe {
        let patch = |k: usize| _mm_loadu_si128(taps.offset(places[k] as isize).cast());
        let v = _mm512_castsi128_si512(patch(k));
        let v = _mm512_inserti32x4::<1>(v, patch(k + 4));
        let v = _mm512_inserti32x4::<2>(v, patch(k + 8));
        _mm512_inserti32x4::<3>(v, patch(k + 12))
    }
}

/// `sum(p * wx * wy) - 2^23` of left and right pairs.
#[inline(always)]
pub(super) fn blend(pairs: __m512i, wx: __m512i, wy: __m512i) -> __m512i {
    op!({
        // 255 - w of the upper value, and once more of it.
        let down = _mm512_add_epi16(_mm512_maddubs_epi16(wy, pairs), _mm512_srai_epi16::<8>(pairs));
        _mm512_madd_epi16(down, wx)
    })
}

/// [`blend`] of four patches, channel after channel; `SPREAD` picks their weights.
#[inline(always)]
pub(super) fn blend_four<const C: usize, const SPREAD: i32>(patches: __m512i, wx: __m512i, wy: __m512i) -> __m512 {
    op!({
        let pick = _mm512_broadcast_i32x4(_mm_loadu_si128(PICK[C].as_ptr().cast()));
        let pairs = _mm512_shuffle_epi8(patches, pick);
        _mm512_castsi512_ps(blend(pairs, _mm512_shuffle_epi32::<SPREAD>(wx), _mm512_shuffle_epi32::<SPREAD>(wy)))
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

//! Lanes of one channel to pixel after pixel, and back.

use std::arch::x86_64::*;

use super::op;

/// Transposes the four by four lanes of each half.
#[inline(always)]
pub(super) fn transpose([a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
    op!({
        let (ab, cd) = (_mm256_castps_pd(_mm256_unpacklo_ps(a, b)), _mm256_castps_pd(_mm256_unpacklo_ps(c, d)));
        let (ab2, cd2) = (_mm256_castps_pd(_mm256_unpackhi_ps(a, b)), _mm256_castps_pd(_mm256_unpackhi_ps(c, d)));
        [
            _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)),
            _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd)),
            _mm256_castpd_ps(_mm256_unpacklo_pd(ab2, cd2)),
            _mm256_castpd_ps(_mm256_unpackhi_pd(ab2, cd2)),
        ]
    })
}

/// Eight pixels of three channels, pixel after pixel; the fourth register means nothing.
#[inline(always)]
pub(super) fn interleave3(planes: [__m256; 3]) -> [__m256; 4] {
    // Every third lane of a register of the result is of one channel: turn each plane so that its lanes stand where
    // some register wants them, then mix.
    const TURNS: [[i32; 8]; 3] = [[0, 3, 6, 1, 4, 7, 2, 5], [5, 0, 3, 6, 1, 4, 7, 2], [2, 5, 0, 3, 6, 1, 4, 7]];
    const FIRST: i32 = 0b0100_1001;
    const SECOND: i32 = 0b1001_0010;
    const THIRD: i32 = 0b0010_0100;
    op!({
        let a = _mm256_permutevar8x32_ps(planes[0], _mm256_loadu_si256(TURNS[0].as_ptr().cast()));
        let b = _mm256_permutevar8x32_ps(planes[1], _mm256_loadu_si256(TURNS[1].as_ptr().cast()));
        let c = _mm256_permutevar8x32_ps(planes[2], _mm256_loadu_si256(TURNS[2].as_ptr().cast()));
        [
            _mm256_blend_ps::<THIRD>(_mm256_blend_ps::<SECOND>(a, b), c),
            _mm256_blend_ps::<FIRST>(_mm256_blend_ps::<THIRD>(a, b), c),
            _mm256_blend_ps::<SECOND>(_mm256_blend_ps::<FIRST>(a, b), c),
            a,
        ]
    })
}

/// Eight pixels of four channels, pixel after pixel.
#[inline(always)]
pub(super) fn interleave4(planes: [__m256; 4]) -> [__m256; 4] {
    // Pixels 0 | 4, 1 | 5, 2 | 6, 3 | 7 become 0 1, 2 3, 4 5, 6 7.
    let [a, b, c, d] = transpose(planes);
    op!([
        _mm256_permute2f128_ps::<0x20>(a, b),
        _mm256_permute2f128_ps::<0x20>(c, d),
        _mm256_permute2f128_ps::<0x31>(a, b),
        _mm256_permute2f128_ps::<0x31>(c, d),
    ])
}

/// Eight pixels of three channels apart: what [`interleave3`] puts together.
#[inline(always)]
pub(super) fn deinterleave3([v0, v1, v2]: [__m256; 3]) -> [__m256; 3] {
    const TURNS: [[i32; 8]; 3] = [[0, 3, 6, 1, 4, 7, 2, 5], [1, 4, 7, 2, 5, 0, 3, 6], [2, 5, 0, 3, 6, 1, 4, 7]];
    const FIRST: i32 = 0b0100_1001;
    const SECOND: i32 = 0b1001_0010;
    const THIRD: i32 = 0b0010_0100;
    op!({
        let a = _mm256_blend_ps::<THIRD>(_mm256_blend_ps::<SECOND>(v0, v1), v2);
        let b = _mm256_blend_ps::<SECOND>(_mm256_blend_ps::<FIRST>(v1, v2), v0);
        let c = _mm256_blend_ps::<SECOND>(_mm256_blend_ps::<THIRD>(v1, v0), v2);
        [
            _mm256_permutevar8x32_ps(a, _mm256_loadu_si256(TURNS[0].as_ptr().cast())),
            _mm256_permutevar8x32_ps(b, _mm256_loadu_si256(TURNS[1].as_ptr().cast())),
            _mm256_permutevar8x32_ps(c, _mm256_loadu_si256(TURNS[2].as_ptr().cast())),
        ]
    })
}

/// Eight pixels of four channels apart: what [`interleave4`] puts together.
#[inline(always)]
pub(super) fn deinterleave4([a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
    // Pixels 0 1, 2 3, 4 5, 6 7 become 0 | 4, 1 | 5, 2 | 6, 3 | 7.
    transpose(op!([
        _mm256_permute2f128_ps::<0x20>(a, c),
        _mm256_permute2f128_ps::<0x31>(a, c),
        _mm256_permute2f128_ps::<0x20>(b, d),
        _mm256_permute2f128_ps::<0x31>(b, d),
    ]))
}

/// The lanes from last to first.
#[inline(always)]
pub(super) fn reverse(v: __m256) -> __m256 {
    op!(_mm256_permutevar8x32_ps(v, _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0)))
}

/// Channel `channel` of 16 pixels of `C` bytes, lane after lane or, reversed, from the last to the first.
///
/// # Safety
/// 16 pixels at `at` are readable, and the machine has SSSE3.
#[inline(always)]
pub(in super::super) unsafe fn channel_of_run<const C: usize>(
    at: *const u8,
    channel: usize,
    reversed: bool,
) -> __m128i {
    let tables = &RUNS[usize::from(reversed)][C][channel];
    // SAFETY: the caller's; tables have 16 bytes.
    unsafe {
        let mut bytes = _mm_setzero_si128();
        for part in 0..C {
            let table = _mm_loadu_si128(tables[part].as_ptr().cast());
            bytes = _mm_or_si128(bytes, _mm_shuffle_epi8(_mm_loadu_si128(at.add(part * 16).cast()), table));
        }
        bytes
    }
}

/// For [`channel_of_run`]: in what order, of how many channels, which channel, from which 16 bytes: which byte each lane
/// takes; -128 for none.
static RUNS: [[[[[i8; 16]; 4]; 4]; 5]; 2] = {
    let mut runs = [[[[[-128; 16]; 4]; 4]; 5]; 2];
    let mut channels = 1;
    while channels <= 4 {
        let mut place = 0;
        while place < 16 * channels {
            let (lane, channel) = (place / channels, place % channels);
            runs[0][channels][channel][place / 16][lane] = (place % 16) as i8;
            runs[1][channels][channel][place / 16][15 - lane] = (place % 16) as i8;
            place += 1;
        }
        channels += 1;
    }
    runs
};

/// Stores 16 halves; past the caches if that is wanted and `to` is aligned for it.
///
/// # Safety
/// 32 bytes at `to` are writable, and the machine has AVX2.
#[inline(always)]
pub(in super::super) unsafe fn store_half(v: __m256i, to: *mut u16, past: bool) {
    // SAFETY: the caller's; what is streamed is aligned.
    unsafe {
        if past && to.addr().is_multiple_of(32) {
            _mm256_stream_si256(to.cast(), v);
        } else {
            _mm256_storeu_si256(to.cast(), v);
        }
    }
}

/// Stores 16 bytes; past the caches if that is wanted and `to` is aligned for it.
///
/// # Safety
/// 16 bytes at `to` are writable.
#[inline(always)]
pub(in super::super) unsafe fn store_quarter(v: __m128i, to: *mut u8, past: bool) {
    // SAFETY: the caller's; what is streamed is aligned.
    unsafe {
        if past && to.addr().is_multiple_of(16) {
            _mm_stream_si128(to.cast(), v);
        } else {
            _mm_storeu_si128(to.cast(), v);
        }
    }
}

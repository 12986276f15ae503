//! Lanes of one channel to pixel after pixel, and back.

use std::arch::x86_64::*;

use super::super::LANES;
use super::op;

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

/// How pixel after pixel becomes planes: for each channel and each register of pixels but the first, where its lanes come
/// from: 0..16 from what has been put together so far (from the first register, to begin with), 16..32 from the register.
const fn unweave<const C: usize>() -> [[[i32; LANES]; C]; C] {
    let mut index = [[[0; LANES]; C]; C];
    let mut place = 0;
    while place < C * LANES {
        let (register, k, lane, channel) = (place / LANES, place % LANES, place / C, place % C);
        let mut step = 1;
        while step < C {
            index[channel][step][lane] = if register == step {
                (LANES + k) as i32
            } else if step == 1 {
                k as i32
            } else {
                lane as i32
            };
            step += 1;
        }
        place += 1;
    }
    index
}

/// [`weave`] and [`unweave`], made once.
pub(super) struct Weave<const C: usize>;

impl<const C: usize> Weave<C> {
    pub(super) const TOGETHER: [[[i32; LANES]; C]; C] = weave::<C>();
    pub(super) const APART: [[[i32; LANES]; C]; C] = unweave::<C>();
}

/// Registers put together by such a table.
#[inline(always)]
pub(super) fn permute<const C: usize>(registers: [__m512; C], index: &[[[i32; LANES]; C]; C]) -> [__m512; C] {
    let mut out = [registers[0]; C];
    for (v, steps) in out.iter_mut().zip(index) {
        for step in 1..C {
            *v = op!(_mm512_permutex2var_ps(*v, _mm512_loadu_si512(steps[step].as_ptr().cast()), registers[step]));
        }
    }
    out
}

/// The lanes from last to first.
#[inline(always)]
pub(super) fn reverse(v: __m512) -> __m512 {
    op!(_mm512_permutexvar_ps(_mm512_setr_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), v))
}

/// Transposes the four by four lanes of each quarter.
#[inline(always)]
pub(super) fn transpose([a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
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

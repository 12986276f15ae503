//! Logarithm and exponential, from + - * / alone, in a written order, so that every machine agrees to the bit.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

/// 1/3, 1/5, ..., 1/23
const LOGARITHM: [f64; 11] = {
    let mut table = [0.0; 11];
    let mut place = 0;
    while place < table.len() {
        table[place] = 1.0 / (2 * place + 3) as f64;
        place += 1;
    }
    table
};
/// 1/0!, 1/1!, ..., 1/13!
const EXPONENTIAL: [f64; 14] = {
    let mut table = [1.0; 14];
    let (mut factorial, mut place) = (1, 1);
    while place < table.len() {
        factorial *= place;
        table[place] = 1.0 / factorial as f64;
        place += 1;
    }
    table
};

fn horner(coefficients: &[f64], z: f64) -> f64 {
    coefficients.iter().rev().copied().reduce(|total, coefficient| total * z + coefficient).unwrap_or(0.0)
}

/// The natural logarithm of a normal number above 0.
pub fn log(v: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let mut exponent = (v.to_bits() >> 52) as i32 - 1022;
    let mut m = f64::from_bits(v.to_bits() & MANTISSA | 1022 << 52);
    if m < FRAC_1_SQRT_2 {
        m += m;
        exponent -= 1;
    }
    let s = (m - 1.0) / (m + 1.0);
    let (t, z) = (s + s, s * s);
    f64::from(exponent) * LN_2 + (t + t * (z * horner(&LOGARITHM, z)))
}

/// e to the power of a number between -700 and 700.
pub fn exp(v: f64) -> f64 {
    let k = (v / LN_2).round_ties_even();
    horner(&EXPONENTIAL, v - k * LN_2) * f64::from_bits(((k as i64 + 1023) << 52).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_near_the_truth() {
        for step in 1..=100_000 {
            let v = f64::from(step) / 1000.0;
            assert!((log(v) - v.ln()).abs() <= 4e-16 * v.ln().abs().max(1.0), "{v}");
            let w = v / 10.0 - 5.0;
            assert!((exp(w) - w.exp()).abs() <= 2e-15 * w.exp(), "{w}");
        }
        assert_eq!(log(1.0), 0.0);
        assert_eq!(exp(0.0), 1.0);
    }
}

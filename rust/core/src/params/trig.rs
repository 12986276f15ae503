//! Sine and cosine of an angle in degrees, from + - * / alone, in a written order, so that every machine agrees to the
//! bit. A library's `sin` differs between platforms in the last bit; and 90 degrees must be exact, or a quarter turn
//! would interpolate.

/// -1/3!, 1/5!, -1/7!, ..., 1/17!
const SINE: [f64; 8] = coefficients(3);
/// -1/2!, 1/4!, -1/6!, ..., 1/16!
const COSINE: [f64; 8] = coefficients(2);

/// Taylor's alternating 1/n! for n = first, first + 2, ...; every factorial here is a whole number float64 holds.
const fn coefficients(first: u64) -> [f64; 8] {
    let mut table = [0.0; 8];
    let (mut n, mut factorial, mut place) = (1, 1, 0);
    while place < table.len() {
        while n < first + 2 * place as u64 {
            n += 1;
            factorial *= n;
        }
        let inverse = 1.0 / factorial as f64;
        table[place] = if place % 2 == 0 { -inverse } else { inverse };
        place += 1;
    }
    table
}

#[inline]
fn horner(coefficients: &[f64; 8], z: f64) -> f64 {
    let mut total = coefficients[7];
    for coefficient in coefficients[..7].iter().rev() {
        total = total * z + coefficient;
    }
    total
}

/// (sine, cosine) of `angle` degrees: exact reduction to [-45, 45] degrees and a quadrant, then Taylor's polynomials.
#[inline]
pub fn sincos_degrees(angle: f64) -> (f64, f64) {
    let quarter = (angle / 90.0).round_ties_even();
    let t = (angle - 90.0 * quarter) * (std::f64::consts::PI / 180.0);
    let z = t * t;
    let sine = t + t * (z * horner(&SINE, z));
    let cosine = 1.0 + z * horner(&COSINE, z);
    match (quarter as i64).rem_euclid(4) {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_of_ninety_are_exact() {
        for quarter in -40..=40_i32 {
            let expected = [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)][quarter.rem_euclid(4) as usize];
            assert_eq!(sincos_degrees(90.0 * f64::from(quarter)), expected, "{quarter} quarters");
        }
    }

    #[test]
    fn coefficients_are_inverse_factorials() {
        assert_eq!(SINE[0], -1.0 / 6.0);
        assert_eq!(SINE[7], 1.0 / 355_687_428_096_000.0);
        assert_eq!(COSINE[0], -0.5);
        assert_eq!(COSINE[7], 1.0 / 20_922_789_888_000.0);
    }

    #[test]
    fn agrees_with_the_library_to_a_few_ulp() {
        for step in -36_000..=36_000 {
            let angle = f64::from(step) / 10.0;
            let (sine, cosine) = sincos_degrees(angle);
            assert!((sine - angle.to_radians().sin()).abs() < 2e-14, "sin {angle}");
            assert!((cosine - angle.to_radians().cos()).abs() < 2e-14, "cos {angle}");
        }
    }
}

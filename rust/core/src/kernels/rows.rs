//! Rows: a map that reads whole rows of an image, onwards or back, as flips do and nothing at all.

use super::axis::FRACTION;
use super::simd::LANES;
use crate::params::Fixed;

/// Whole rows of an image, in pixels from its first.
#[derive(Clone, Copy)]
pub struct Rows {
    /// Where the first row's first pixel stands.
    pub first: isize,
    /// From a row to the next.
    pub down: isize,
    /// Whether each is read from its end.
    pub back: bool,
}

impl Rows {
    /// The rows that a map reads, if they are whole rows of the image, and a whole number of blocks.
    pub fn new(fixed: &Fixed, height: usize, width: usize) -> Option<Self> {
        if !fixed.keeps_rows() || fixed.xy != 0 || !width.is_multiple_of(LANES) {
            return None;
        }
        let whole = |coordinate: i64| isize::try_from(coordinate >> FRACTION).ok();
        let (column, row, down) = (whole(fixed.x0)?, whole(fixed.y0)?, whole(fixed.yy)?);
        let back = fixed.xx < 0;
        let first_column = if back { width.cast_signed() - 1 } else { 0 };
        let last_row = down.checked_mul(height.cast_signed() - 1)?.checked_add(row)?;
        let inside = 0..height.cast_signed();
        if column != first_column || !inside.contains(&row) || !inside.contains(&last_row) {
            return None;
        }
        let width = width.cast_signed();
        Some(Self { first: row * width + column, down: down * width, back })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i64 = 1 << FRACTION;

    fn rows(fixed: Fixed) -> Option<(isize, isize, bool)> {
        Rows::new(&fixed, 3, 32).map(|Rows { first, down, back }| (first, down, back))
    }

    #[test]
    fn flips_are_rows_and_shifts_are_not() {
        let still = Fixed::IDENTITY;
        assert_eq!(rows(still), Some((0, 32, false)));
        let flipped = Fixed { xx: -ONE, x0: 31 * ONE, ..still };
        assert_eq!(rows(flipped), Some((31, 32, true)));
        assert_eq!(rows(Fixed { yy: -ONE, y0: 2 * ONE, ..flipped }), Some((95, -32, true)));
        for other in [
            Fixed { x0: ONE, ..still },
            Fixed { y0: ONE, ..still },
            Fixed { y0: -ONE, ..still },
            Fixed { yy: 2 * ONE, ..still },
            Fixed { x0: 1, ..still },
            Fixed { xy: ONE, ..still },
            Fixed { yx: ONE, ..still },
            Fixed { xx: ONE + 1, ..still },
        ] {
            assert_eq!(rows(other), None, "{other:?}");
        }
        assert!(Rows::new(&still, 3, 33).is_none());
    }
}

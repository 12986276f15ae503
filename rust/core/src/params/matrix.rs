//! Matrix: all of a sample's geometry as one map from a destination pixel to its place in the source.
//!
//! x is a column and y a row, pixel centres are whole numbers, and transforms turn about the centre
//! ((width - 1) / 2, (height - 1) / 2). Everything is float64, in a written order, each operation rounded once.

use super::row::Row;
use super::trig::sincos_degrees;
use crate::Error;
use crate::spec::{ShiftUnit, Transform};

const FRACTION: i64 = 1 << 32;
/// Beyond these the kernels' integers would not hold what they must.
const LARGEST_STEP: f64 = 1024.0;
const LARGEST_ORIGIN: f64 = (1u64 << 26) as f64;

/// `x = xx * column + xy * row + x0` and `y = yx * column + yy * row + y0`: where in the source a destination pixel
/// lies, with 32 bits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Source columns a destination column.
    pub xx: i64,
    /// Source columns a destination row.
    pub xy: i64,
    /// The source column of the destination's first pixel.
    pub x0: i64,
    /// Source rows a destination column.
    pub yx: i64,
    /// Source rows a destination row.
    pub yy: i64,
    /// The source row of the destination's first pixel.
    pub y0: i64,
}

impl Fixed {
    /// Every pixel from its own place.
    pub const IDENTITY: Self = Self { xx: FRACTION, xy: 0, x0: 0, yx: 0, yy: FRACTION, y0: 0 };

    /// Whether neighbours in a row come from neighbours in a row, all of them whole pixels.
    #[must_use]
    pub const fn keeps_rows(&self) -> bool {
        self.is_whole() && self.xx.abs() == FRACTION && self.yx == 0
    }

    /// Whether every pixel comes from a whole pixel: flips, quarter turns, whole shifts.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        (self.xx | self.xy | self.x0 | self.yx | self.yy | self.y0) & (FRACTION - 1) == 0
    }
}

/// An affine map in centred coordinates: (a, b, tx; c, d, ty).
type Affine = [f64; 6];

const STILL: Affine = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

/// The geometry of a pipeline under construction, one transform after the other.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    height: f64,
    width: f64,
    so_far: Affine,
}

impl Geometry {
    /// No geometry yet, for images of this size (after `size=`).
    pub fn new([height, width]: [usize; 2]) -> Self {
        Self { height: height as f64, width: width as f64, so_far: STILL }
    }

    /// Append a transform, taking its parameters off the row; a transform that is no geometry changes nothing.
    pub fn push(&mut self, transform: &Transform, row: &mut Row<'_>) -> Result<(), Error> {
        let step = match transform {
            Transform::RandomFlip { .. } => {
                let [horizontal, vertical] = row.take()?;
                let sign = |flipped: f64| if flipped == 0.0 { 1.0 } else { -1.0 };
                [sign(horizontal), 0.0, 0.0, 0.0, sign(vertical), 0.0]
            }
            Transform::RandomRotation { .. } => {
                let [angle] = row.take()?;
                rotation(angle)
            }
            Transform::RandomQuarterTurn { .. } => {
                let [turns] = row.take()?;
                rotation(90.0 * turns)
            }
            Transform::RandomShift { unit, .. } => {
                let [width, height] = row.take()?;
                match unit {
                    ShiftUnit::Fraction => [1.0, 0.0, -(width * self.width), 0.0, 1.0, -(height * self.height)],
                    ShiftUnit::Pixels => [1.0, 0.0, -width, 0.0, 1.0, -height],
                }
            }
            Transform::RandomShear { .. } => {
                let [x, y] = row.take()?;
                let (x, y) = (tangent(x), tangent(y));
                [1.0 + x * y, -x, 0.0, -y, 1.0, 0.0]
            }
            Transform::RandomZoom { reciprocal, .. } => {
                let [x, y] = row.take()?;
                let (x, y) = if *reciprocal { (x, y) } else { (1.0 / x, 1.0 / y) };
                [x, 0.0, 0.0, 0.0, y, 0.0]
            }
            _ => return Ok(()),
        };
        self.so_far = compose(self.so_far, step);
        Ok(())
    }

    /// The whole map in pixel coordinates: (a, b, ox; c, d, oy).
    fn affine(&self) -> Affine {
        let [a, b, tx, c, d, ty] = self.so_far;
        let (cx, cy) = ((self.width - 1.0) / 2.0, (self.height - 1.0) / 2.0);
        [a, b, ((cx + tx) - a * cx) - b * cy, c, d, ((cy + ty) - c * cx) - d * cy]
    }

    /// The whole map in fixed point, rounded half to even.
    ///
    /// # Errors
    /// [`Error::Spec`] if it leaves the range in which the kernels are exact.
    pub fn fixed(&self) -> Result<Fixed, Error> {
        let affine = self.affine();
        let limits = [LARGEST_STEP, LARGEST_STEP, LARGEST_ORIGIN].into_iter().cycle();
        if affine.iter().zip(limits).any(|(value, limit)| value.is_nan() || value.abs() > limit) {
            return Err(Error::Spec(format!(
                "its geometry composes to the matrix {affine:?}, beyond what is exact (steps up to {LARGEST_STEP}, \
                 origins up to {LARGEST_ORIGIN}): narrow the ranges of zoom, shear or shift"
            )));
        }
        let [xx, xy, x0, yx, yy, y0] = affine.map(|value| (value * FRACTION as f64).round_ties_even() as i64);
        Ok(Fixed { xx, xy, x0, yx, yy, y0 })
    }
}

fn rotation(angle: f64) -> Affine {
    let (sine, cosine) = sincos_degrees(angle);
    [cosine, -sine, 0.0, sine, cosine, 0.0]
}

fn tangent(angle: f64) -> f64 {
    let (sine, cosine) = sincos_degrees(angle);
    sine / cosine
}

/// First `step`, then `so_far`: what stands earlier in a pipeline is done to the image first, and so undone last on the
/// way from destination to source.
fn compose([a, b, tx, c, d, ty]: Affine, step: Affine) -> Affine {
    let [sa, sb, stx, sc, sd, sty] = step;
    [
        a * sa + b * sc,
        a * sb + b * sd,
        (a * stx + b * sty) + tx,
        c * sa + d * sc,
        c * sb + d * sd,
        (c * stx + d * sty) + ty,
    ]
}

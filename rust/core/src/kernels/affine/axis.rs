//! Which pixels of one axis a block of places reads, and with what weights.

use crate::spec::FillMode;

/// Columns that are worked out at once.
pub(super) const BLOCK: usize = 16;

/// Their numbers, from the first one on.
pub(super) const LANE_NUMBERS: [f64; BLOCK] = {
    let mut numbers = [0.0; BLOCK];
    let mut lane = 1;
    while lane < BLOCK {
        numbers[lane] = numbers[lane - 1] + 1.0;
        lane += 1;
    }
    numbers
};

/// What `SciPy` keeps a reflected place off -1 by, where it would read as "outside".
const TOLERANCE: f64 = 1e-15;
/// Numbers below it keep a binary place after the point, and adding it one and a half times over rounds them.
const FINE: f64 = 2_251_799_813_685_248.0; // 2^51
const ROUNDER: f64 = 3.0 * FINE;

/// One axis of the image.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    /// Pixels, and the last of them.
    length: f64,
    last: f64,
    fill_mode: FillMode,
}

/// What a block of places reads. The weights of a place that reads nothing are NaN.
pub(super) struct Taps {
    /// The pixels before and after each place, within the image; for the nearest pixel the first alone.
    pub(super) pixels: [[i32; BLOCK]; 2],
    /// Their weights, rounded as `SciPy` rounds them.
    pub(super) weights: [[f64; BLOCK]; 2],
}

impl Taps {
    pub(super) const fn new() -> Self {
        Self { pixels: [[0; BLOCK]; 2], weights: [[0.0; BLOCK]; 2] }
    }
}

impl Axis {
    /// An axis of at least one pixel, and of at most as many as `i32` counts.
    pub(super) const fn new(length: usize, fill_mode: FillMode) -> Self {
        Self { length: length as f64, last: (length - 1) as f64, fill_mode }
    }

    /// The pixels around places, for bilinear sampling.
    #[inline(always)]
    pub(super) fn around(&self, places: &mut [f64; BLOCK], taps: &mut Taps) {
        let inside = self.inside(places);
        if !inside {
            self.bring(places);
        }
        let Taps { pixels: [first, second], weights: [before, after] } = taps;
        for lane in 0..BLOCK {
            let below = floor(places[lane]);
            before[lane] = 1.0 - (places[lane] - below);
            after[lane] = 1.0 - before[lane];
            places[lane] = below;
        }
        if inside {
            for lane in 0..BLOCK {
                // SAFETY: all places are from 0 to the last pixel, which `i32` counts.
                first[lane] = unsafe { places[lane].to_int_unchecked() };
                second[lane] = first[lane] + 1;
            }
            return;
        }
        self.pixels(places, first);
        for place in &mut *places {
            *place += 1.0;
        }
        self.pixels(places, second);
    }

    /// The pixels nearest to places; the weights tell the places that read nothing.
    #[inline(always)]
    pub(super) fn nearest(&self, places: &mut [f64; BLOCK], taps: &mut Taps) {
        self.bring(places);
        taps.weights[0] = *places;
        for place in &mut *places {
            *place = floor(*place + 0.5);
        }
        self.pixels(places, &mut taps.pixels[0]);
    }

    /// Whether all places lie between two pixels of the image.
    #[inline(always)]
    fn inside(&self, places: &[f64; BLOCK]) -> bool {
        let mut inside = true;
        for place in places {
            inside &= *place >= 0.0;
            inside &= *place < self.last;
        }
        inside
    }

    /// Puts places that are outside where the fill mode has them.
    #[inline(always)]
    fn bring(&self, places: &mut [f64; BLOCK]) {
        match self.fill_mode {
            FillMode::Nearest => {} // its pixels are clamped one by one
            FillMode::Constant => {
                for place in places {
                    *place = if *place < 0.0 || *place > self.last { f64::NAN } else { *place };
                }
            }
            FillMode::Reflect | FillMode::Wrap => {
                for place in places {
                    if *place < 0.0 || *place > self.last {
                        *place = self.fold(*place);
                    }
                }
            }
        }
    }

    /// A place outside, mirrored or repeated: `SciPy`'s `map_coordinate`, operation by operation, since each may round.
    #[inline(never)]
    fn fold(&self, place: f64) -> f64 {
        let (below, length) = (place < 0.0, self.length);
        let folded = if length == 1.0 {
            0.0
        } else if self.fill_mode == FillMode::Wrap {
            // The last pixel is the first of the next repetition.
            let period = self.last;
            if below { place + period * (whole(-place / period) + 1.0) } else { place - period * whole(place / period) }
        } else {
            let period = 2.0 * length;
            if below {
                let v = if place < -period { period * whole(-place / period) + place } else { place };
                if v < -length { v + period } else { (if v > -TOLERANCE { TOLERANCE } else { -v }) - 1.0 }
            } else {
                let v = place - period * whole(place / period);
                if v >= length { period - v - 1.0 } else { v }
            }
        };
        if folded > -1.0 { folded } else { f64::NAN }
    }

    /// The pixels of numbers, which are outside the image by one, if at all, or under `nearest` by any number.
    #[inline(always)]
    fn pixels(&self, numbers: &[f64; BLOCK], pixels: &mut [i32; BLOCK]) {
        let last = self.last;
        let mirrors = matches!(self.fill_mode, FillMode::Constant | FillMode::Wrap);
        for (number, pixel) in numbers.iter().zip(pixels) {
            let mut number = *number;
            if mirrors {
                // At the last pixel's centre, as `SciPy` has it under these modes.
                number = number.abs();
                number = if number > last { 2.0 * last - number } else { number };
            }
            number = if number > 0.0 { number } else { 0.0 }; // NaN too
            number = if number < last { number } else { last };
            // SAFETY: from 0 to the last pixel, which `i32` counts.
            *pixel = unsafe { number.to_int_unchecked() };
        }
    }
}

/// The largest whole number that is not larger, without a call.
#[inline(always)]
fn floor(value: f64) -> f64 {
    let rounded = (value + ROUNDER) - ROUNDER;
    let below = if rounded > value { rounded - 1.0 } else { rounded };
    if value.abs() < FINE { below } else { value }
}

/// A number cut off.
fn whole(value: f64) -> f64 {
    value as i64 as f64
}

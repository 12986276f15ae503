//! Filters: how much a pixel counts by its distance, as in Pillow's `Resample.c`.

use std::f64::consts::PI;

use crate::params::trig::sincos_degrees;
use crate::spec::Resample;

/// The float32 constants of Pillow's Hamming window, as float64.
const HAMMING: [f64; 2] = [0.54_f32 as f64, 0.46_f32 as f64];

/// How far a filter reaches, in pixels of the larger grid.
pub const fn support(method: Resample) -> f64 {
    match method {
        Resample::Nearest | Resample::Box => 0.5,
        Resample::Bilinear | Resample::Hamming => 1.0,
        Resample::Bicubic => 2.0,
        Resample::Lanczos => 3.0,
    }
}

/// What a pixel at distance `x` counts, before the weights of a run are made to add up to one.
pub fn weight(method: Resample, x: f64) -> f64 {
    match method {
        Resample::Nearest | Resample::Box => f64::from(u8::from(x > -0.5 && x <= 0.5)),
        Resample::Bilinear => {
            let x = x.abs();
            if x < 1.0 { 1.0 - x } else { 0.0 }
        }
        Resample::Hamming => hamming(x.abs()),
        Resample::Bicubic => bicubic(x.abs()),
        Resample::Lanczos => {
            if (-3.0..3.0).contains(&x) {
                sinc(x) * sinc(x / 3.0)
            } else {
                0.0
            }
        }
    }
}

fn hamming(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    if x >= 1.0 {
        return 0.0;
    }
    let (sine, cosine) = sincos_degrees(x * 180.0);
    sine / (x * PI) * (HAMMING[0] + HAMMING[1] * cosine)
}

fn bicubic(x: f64) -> f64 {
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { sincos_degrees(x * 180.0).0 / (x * PI) }
}

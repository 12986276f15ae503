//! What needs no `SciPy`: the tests in Python compare with it.

use super::super::level;
use super::*;

const MODES: [FillMode; 4] = [FillMode::Nearest, FillMode::Constant, FillMode::Reflect, FillMode::Wrap];
const WAYS: [Interpolation; 2] = [Interpolation::Bilinear, Interpolation::Nearest];
const IDENTITY: [[f64; 2]; 2] = [[1.0, 0.0], [0.0, 1.0]];

fn run<P: Pixel>(affine: &Affine, values: &[P], shape: [usize; 3]) -> Vec<P> {
    let levels = level::available();
    let [first, others @ ..] = levels.as_slice() else { panic!("a level that every machine has") };
    let out = run_at(*first, affine, values, shape);
    for level in others {
        let other = run_at(*level, affine, values, shape);
        assert!(other.iter().zip(&out).all(|(a, b)| a.to_f64().to_bits() == b.to_f64().to_bits()), "{level}");
    }
    out
}

fn run_at<P: Pixel>(level: Level, affine: &Affine, values: &[P], shape: [usize; 3]) -> Vec<P> {
    let mut out = Vec::new();
    affine.run(level, Image::new(values, shape).expect("as many values"), |i, row| {
        assert_eq!(out.len(), i * row.len(), "rows come in order");
        out.extend_from_slice(row);
    });
    out
}

#[test]
fn the_identity_copies() {
    for (fill_mode, interpolation) in MODES.into_iter().flat_map(|mode| WAYS.map(|way| (mode, way))) {
        for shape @ [height, width, channels] in [[1, 1, 1], [1, 5, 3], [4, 1, 4], [6, 7, 2]] {
            let values: Vec<u8> = (0..height * width * channels).map(|v| (v * 37) as u8).collect();
            let affine = Affine { matrix: IDENTITY, offset: [0.0; 2], interpolation, fill_mode, fill_value: 9.0 };
            assert_eq!(run(&affine, &values, shape), values);
        }
    }
}

#[test]
fn outside_is_what_the_mode_says() {
    let line = [10_u8, 20, 40, 80];
    let expected = [
        (FillMode::Nearest, [10, 10, 10, 15]),
        (FillMode::Constant, [7, 7, 7, 15]),
        (FillMode::Reflect, [30, 15, 10, 15]),
        (FillMode::Wrap, [15, 30, 60, 15]),
    ];
    for (fill_mode, expected) in expected {
        let (interpolation, offset) = (Interpolation::Bilinear, [0.0, -2.5]);
        let affine = Affine { matrix: IDENTITY, offset, interpolation, fill_mode, fill_value: 7.0 };
        assert_eq!(run(&affine, &line, [1, 4, 1]), expected, "{fill_mode:?}");
    }
}

#[test]
fn whole_numbers_are_rounded_and_kept_in_range() {
    for (value, expected) in
        [(-3.0, 0), (0.49, 0), (0.5, 1), (254.5, 255), (300.0, 255), (f64::INFINITY, 255), (f64::NAN, 0)]
    {
        assert_eq!(<u8 as Pixel>::from_f64(value), expected, "{value}");
    }
}

#[test]
fn no_place_is_too_far() {
    let far =
        [0.0, 1e-300, -1e-17, 1e15, -1e15, 1e19, -1e19, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    for (fill_mode, interpolation) in MODES.into_iter().flat_map(|mode| WAYS.map(|way| (mode, way))) {
        for (a, b) in far.into_iter().flat_map(|a| far.map(|b| (a, b))) {
            for shape in [[1, 1, 1], [2, 3, 3], [3, 1, 4], [1, 2, 5], [0, 3, 3], [3, 0, 1], [2, 2, 0]] {
                let values = vec![1.0_f32; shape.iter().product()];
                let affine =
                    Affine { matrix: [[a, b], [b, a]], offset: [b, a], interpolation, fill_mode, fill_value: f64::NAN };
                assert_eq!(run(&affine, &values, shape).len(), values.len());
            }
        }
    }
}

#[test]
fn a_length_that_does_not_fit_is_no_image() {
    assert!(Image::new(&[0_u8; 11], [2, 2, 3]).is_none());
    assert!(Image::new(&[0_u8; 0], [usize::MAX, 2, 3]).is_none());
}

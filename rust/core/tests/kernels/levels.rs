//! Every level of this machine makes the bytes of the portable one.

use samebatch_core::kernels::level::{Level, available};
use samebatch_core::source::Dtype;

use super::case::{CHANNELS, Case, DTYPES, kinds, mixed, sizes};
use super::geometry::{self, STILL};
use super::style::Style;

/// The levels that must be here, by commas; without it those that are here are tested, whichever they are.
const REQUIRED: &str = "SAMEBATCH_TEST_LEVELS";

#[test]
fn no_required_level_is_missing() {
    let levels: Vec<_> = available().iter().map(Level::to_string).collect();
    println!("this machine has the levels {}", levels.join(", "));
    let required = std::env::var(REQUIRED).unwrap_or_default();
    for level in required.split(',').filter(|level| !level.is_empty()) {
        assert!(levels.iter().any(|name| name == level), "{REQUIRED} asks for {level}, this machine has {levels:?}");
    }
}

/// Renders a case at every level, and twice at the portable one: what is not written differs.
fn check(case: &Case) {
    let picture = case.picture();
    let levels = case.everywhere();
    let expected = case.render_plain(&levels[0].1, &picture);
    for (level, pipeline) in levels {
        case.agree(&level.to_string(), &case.render_plain(&pipeline, &picture), &expected);
    }
}

/// Small enough for valgrind: images and batches are allocated to the byte, and it sees what is read or written beyond.
#[test]
fn some_of_everything() {
    let sizes: Vec<_> = sizes().collect();
    for n in 0..60 {
        for (k, (channels, dtype)) in kinds().enumerate() {
            let any = mixed(n * 12 + k as u64);
            check(&Case::any(sizes[any as usize % sizes.len()], channels, dtype, any));
        }
    }
}

#[test]
fn every_size() {
    let mut n = 0;
    for size in sizes().chain([[1, 224], [224, 1], [224, 31]]) {
        for (channels, dtype) in kinds() {
            // Many channels cost the most and show the least.
            let step = channels.div_ceil(8);
            for geometry in geometry::all(size).into_iter().skip(n as usize % step).step_by(step) {
                check(&Case::new(size, channels, dtype, geometry, mixed(n)));
                n += 1;
            }
        }
    }
}

#[test]
fn every_style() {
    let sizes: Vec<_> = sizes().collect();
    for n in 0..Style::COUNT {
        for (k, (channels, dtype)) in kinds().enumerate() {
            let any = mixed(n * 12 + k as u64) as usize;
            let size = sizes[any % sizes.len()];
            let geometries = geometry::all(size);
            for geometry in [geometries[any / 128 % geometries.len()], geometries[n as usize % geometries.len()]] {
                check(&Case::new(size, channels, dtype, geometry, n));
            }
        }
    }
}

#[test]
fn every_resize() {
    let sides = [1, 2, 15, 16, 33, 48];
    let mut n = 0;
    for (height, width) in sides.into_iter().flat_map(|height| sides.map(|width| (height, width))) {
        for size in [[height, 16], [17, width], [33, 31], [1, 2], [width, height]] {
            for (channels, dtype) in kinds() {
                let any = mixed(n);
                let geometries = geometry::all(size);
                let geometry =
                    if any.is_multiple_of(2) { STILL } else { geometries[any as usize / 2 % geometries.len()] };
                let case = Case::new([height, width], channels, dtype, geometry, mixed(any));
                check(&Case { size: Some(size), ..case });
                n += 1;
            }
        }
    }
}

#[test]
fn large_images() {
    for (n, size) in [[224, 224], [512, 333], [1, 16_384], [16_384, 1], [3, 16_384]].into_iter().enumerate() {
        let geometries = geometry::all(size);
        for k in 0..8 {
            let any = mixed((n * 8 + k) as u64);
            let dtype = DTYPES[k % 2];
            let geometry = geometries[any as usize / 64 % geometries.len()];
            check(&Case::new(size, [3, 1, 4][k % 3], dtype, geometry, any));
        }
    }
}

#[test]
fn the_ends_of_the_ranges() {
    let mut n = 0;
    for (range, dtype) in [
        ([-1e30, 1e30], Dtype::Float32),
        ([0.1, 0.100_000_02], Dtype::Float32),
        ([-1e-27, 1e-27], Dtype::Float32),
        // Of two zeros, an instruction may take either.
        ([-0.0, 1.0], Dtype::Float32),
        ([-1.0, -0.0], Dtype::Float32),
        ([7.0, 8.0], Dtype::Uint8),
    ] {
        for channels in CHANNELS {
            for geometry in geometry::all([33, 33]).into_iter().step_by(channels.div_ceil(8)) {
                let case = Case::new([33, 33], channels, dtype, geometry, mixed(n));
                check(&Case { range, ..case });
                n += 1;
            }
        }
    }
}

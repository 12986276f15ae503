//! What the kernels cost at each level, beside a fill of the same bytes.
//!
//! `cargo bench -p samebatch-core` runs all, `cargo bench -p samebatch-core -- data_set` some. Nothing is timed before
//! its bytes equal those of the portable level. Times of two runs on a shared machine may differ by a factor of two: what
//! counts are ratios within one.

mod data_set;
mod stages;
mod work;

fn main() {
    divan::main();
}

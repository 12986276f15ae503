//! Whiten: flattened images, less their mean, times a square matrix.

use std::sync::Arc;

use blake2::{Blake2b, Digest, digest::consts::U16};

use super::simd::{LANES, Simd};
use crate::error::Error;
use crate::spec::{MAX_FEATURES, Spec, Transform};

/// Products that are added up before they are added to the whole sum: a shorter sum is a truer one.
const BLOCK: usize = 64;
/// Images that a row of the matrix is multiplied with while it is in registers.
const TOGETHER: usize = 4;

/// A mean image and a matrix, checked, in the order in which they are read. It never changes.
#[derive(Debug)]
pub struct Whitening {
    digest: String,
    mean: Vec<f32>,
    /// Sixteen columns of the matrix after sixteen others, each row after row; the last are filled up with zeros.
    panels: Vec<f32>,
}

impl Whitening {
    /// Takes a mean of D numbers, in (row, column, channel) order, and a matrix of D rows of as many.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not D times D numbers, or more than [`MAX_FEATURES`] of them a row; [`Error::Spec`]
    /// if one is not finite.
    pub fn new(mean: &[f32], matrix: &[f32]) -> Result<Self, Error> {
        let features = mean.len();
        if !(1..=MAX_FEATURES).contains(&features) || matrix.len() != features * features {
            return Err(Error::Shape(format!(
                "a whitening has a mean of 1 to {MAX_FEATURES} numbers and as many rows and columns; \
                 these are {features} and {} numbers",
                matrix.len()
            )));
        }
        if mean.iter().chain(matrix).any(|value| !value.is_finite()) {
            return Err(Error::Spec("a whitening's mean and matrix must be finite".to_owned()));
        }
        let mut panels = vec![0.0; features * wide(features)];
        for (row, values) in matrix.chunks_exact(features).enumerate() {
            for (panel, values) in values.chunks(LANES).enumerate() {
                panels[(panel * features + row) * LANES..][..values.len()].copy_from_slice(values);
            }
        }
        Ok(Self { digest: digest(mean, matrix), mean: mean.to_vec(), panels })
    }

    /// Numbers of an image.
    #[must_use]
    pub fn features(&self) -> usize {
        self.mean.len()
    }

    /// The mean image.
    pub(super) fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// The hash of mean and matrix that a spec names them by, 32 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The one that a pipeline asks for.
    ///
    /// # Errors
    /// [`Error::Spec`] if there is none, or another one.
    pub(super) fn of(spec: &Spec, given: Option<Arc<Self>>) -> Result<Option<Arc<Self>>, Error> {
        let asked = spec.transforms.iter().find_map(|transform| match transform {
            Transform::Whiten { digest: Some(digest), .. } => Some(digest),
            _ => None,
        });
        match (asked, given) {
            (None, _) => Ok(None),
            (Some(digest), Some(given)) if given.digest == *digest => Ok(Some(given)),
            (Some(digest), given) => Err(Error::Spec(format!(
                "the pipeline whitens with the matrix of digest {digest}, and {}",
                given.map_or_else(|| "there is none".to_owned(), |given| format!("that of {} is given", given.digest))
            ))),
        }
    }

    /// Multiplies whole images. Each number is the sum, over blocks of [`BLOCK`] rows, of the sum of value times row, in
    /// ascending order and from 0; every product and every sum is rounded once.
    pub(super) fn multiply<S: Simd>(&self, s: S, values: &[f32], whitened: &mut Vec<f32>) {
        let (features, wide) = (self.features(), wide(self.features()));
        let images = values.len() / features;
        whitened.clear();
        whitened.resize(images * wide, 0.0);
        s.vectorize(
            #[inline(always)]
            || {
                for (panel, rows) in self.panels.chunks_exact(features * LANES).enumerate() {
                    for first in (0..features).step_by(BLOCK) {
                        let rows = &rows[first * LANES..features.min(first + BLOCK) * LANES];
                        let at = |image: usize| (image * features + first, image * wide + panel * LANES);
                        let whole = images - images % TOGETHER;
                        for image in (0..whole).step_by(TOGETHER) {
                            add_block::<S, TOGETHER>(s, rows, values, whitened, [0, 1, 2, 3].map(|k| at(image + k)));
                        }
                        for image in whole..images {
                            add_block::<S, 1>(s, rows, values, whitened, [at(image)]);
                        }
                    }
                }
            },
        );
    }
}

/// Adds to 16 numbers of some images what a block of rows contributes; `places` are where an image's factors and where
/// its sums begin.
#[inline(always)]
fn add_block<S: Simd, const N: usize>(
    s: S,
    rows: &[f32],
    values: &[f32],
    sums: &mut [f32],
    places: [(usize, usize); N],
) {
    let (rows, _) = rows.as_chunks::<LANES>();
    let mut factors = [values; N];
    let mut block = [s.splat_f(0.0); N];
    for (factors, (from, _)) in factors.iter_mut().zip(places) {
        *factors = &values[from..][..rows.len()];
    }
    for (j, row) in rows.iter().enumerate() {
        let row = s.load_f(row);
        for (sum, factors) in block.iter_mut().zip(factors) {
            // Two operations, each rounded once: never one fused.
            *sum = s.add_f(*sum, s.mul_f(s.splat_f(factors[j]), row));
        }
    }
    for (block, (_, to)) in block.into_iter().zip(places) {
        let (whole, _) = sums[to..].as_chunks_mut::<LANES>();
        whole[0] = s.to_lanes_f(s.add_f(s.load_f(&whole[0]), block));
    }
}

/// Numbers of an image, filled up to whole vectors.
pub(super) const fn wide(features: usize) -> usize {
    features.next_multiple_of(LANES)
}

fn digest(mean: &[f32], matrix: &[f32]) -> String {
    let features = mean.len();
    let mut hash = Blake2b::<U16>::new();
    for (shape, values) in
        [(format!("mean float32 {features};"), mean), (format!("matrix float32 {features},{features};"), matrix)]
    {
        hash.update(shape);
        for run in values.chunks(LANES * BLOCK) {
            let bytes: Vec<u8> = run.iter().flat_map(|value| value.to_le_bytes()).collect();
            hash.update(bytes);
        }
    }
    format!("{:032x}", u128::from_be_bytes(hash.finalize().into()))
}

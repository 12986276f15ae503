//! Params: what is drawn for a sample, and the numbers that follow from it. Knows no pixels.

mod crop;
pub mod draws;
mod links;
pub mod logarithm;
mod matrix;
pub mod philox;
mod row;
pub mod trig;

pub use crop::Crop;
pub use draws::Draws;
pub(crate) use links::LARGEST;
pub use links::{Link, Standardize};
pub use matrix::Fixed;

use crate::Error;
use crate::spec::Spec;

/// All a kernel needs to know of one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Which part of the image is read.
    pub crop: Crop,
    /// Where each destination pixel lies in the source (after `size=`).
    pub fixed: Fixed,
    /// What happens to a value, in this order; at least one.
    pub links: Vec<Link>,
    /// What follows from the sample's own statistics, after the links.
    pub standardize: Option<Standardize>,
    /// What follows the whitening, which comes after all else; `None`: there is none.
    pub whitened: Option<Link>,
}

impl Default for Program {
    /// A program that moves and changes nothing; a place for [`compile_into`] to write to.
    fn default() -> Self {
        Self { crop: Crop::Whole, fixed: Fixed::IDENTITY, links: Vec::new(), standardize: None, whitened: None }
    }
}

/// Compile one row of the params table.
///
/// `size` is the images' (height, width) after `size=`, `channels` theirs (1..=32), `range` the lowest and the highest
/// value of a pixel. The row is taken as it is; [`Draws::check`] checks one that a user brings.
///
/// # Errors
/// [`Error::Spec`] if geometry or scaling leave the range in which they are exact, or statistics are not fitted;
/// [`Error::Shape`] if the row has another number of columns than the pipeline.
pub fn compile(spec: &Spec, size: [usize; 2], channels: usize, range: [f64; 2], row: &[f64]) -> Result<Program, Error> {
    let mut program = Program::default();
    compile_into(spec, size, channels, range, row, &mut program)?;
    Ok(program)
}

/// [`compile`] into a program that was used before, without allocating anew.
///
/// # Errors
/// As [`compile`]; the program is then not to be used.
pub fn compile_into(
    spec: &Spec,
    size: [usize; 2],
    channels: usize,
    range: [f64; 2],
    row: &[f64],
    program: &mut Program,
) -> Result<(), Error> {
    let mut row = row::Row::new(row);
    let mut geometry = matrix::Geometry::new(size);
    let mut chain = links::Chain::new(channels, range, &mut program.links);
    program.crop = Crop::Whole;
    for transform in &spec.transforms {
        if let Some(crop) = Crop::of(transform, &mut row)? {
            program.crop = crop;
        }
        geometry.push(transform, &mut row)?;
        chain.push(transform, &mut row)?;
    }
    row.end()?;
    let links::End { standardize, whitened } = chain.end()?;
    (program.standardize, program.whitened) = (standardize, whitened);
    program.fixed = geometry.fixed()?;
    Ok(())
}

#[cfg(test)]
mod tests;

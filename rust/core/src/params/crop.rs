//! Crop: which part of an image is read, in numbers that need no image.

use super::row::Row;
use crate::Error;
use crate::spec::Transform;

/// Which part of an image is read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Crop {
    /// All of it.
    #[default]
    Whole,
    /// The middle.
    Centre {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// A part, anywhere.
    Part {
        /// Of the image's area, up to 1.
        area: f64,
        /// Width by height.
        ratio: f64,
        /// How far right within what is free, 0 to 1.
        x: f64,
        /// How far down.
        y: f64,
    },
}

impl Crop {
    /// The part that a transform says, if it is one that cuts.
    ///
    /// # Errors
    /// [`Error::Shape`] if the row ends before.
    pub(super) fn of(transform: &Transform, row: &mut Row<'_>) -> Result<Option<Self>, Error> {
        Ok(match *transform {
            Transform::CenterCrop { height, width, .. } => Some(Self::Centre { height, width }),
            Transform::RandomResizedCrop { .. } => {
                let [area, ratio, x, y] = row.take()?;
                Some(Self::Part { area, ratio, x, y })
            }
            _ => None,
        })
    }
}

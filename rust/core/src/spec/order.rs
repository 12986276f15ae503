//! The order of a pipeline's transforms: what may follow what, so that a pixel is interpolated once and clipped where
//! its values still have a range.

use super::{Class, OutputDtype, Transform};
use crate::Error;

/// Refuse a list of transforms that cannot be kept as it stands.
pub(super) fn check(transforms: &[Transform], dtype: OutputDtype) -> Result<(), Error> {
    for (place, later) in transforms.iter().enumerate() {
        for earlier in &transforms[..place] {
            if earlier.id() == later.id() {
                return Err(Error::Spec(format!(
                    "{} and {} share an id: an id names a random stream, give one of them another",
                    earlier.label(),
                    later.label()
                )));
            }
            if let Some(remedy) = conflict(earlier, later) {
                return Err(Error::Spec(format!("{} cannot follow {}: {remedy}", later.label(), earlier.label())));
            }
        }
        let around_zero =
            matches!(later, Transform::Normalize { .. } | Transform::Standardize { .. } | Transform::Whiten { .. });
        if around_zero && dtype == OutputDtype::Uint8 {
            return Err(Error::Spec(format!(
                "{} makes fractions around 0, which dtype \"uint8\" cannot hold: use a float dtype, or leave it out",
                later.label()
            )));
        }
    }
    Ok(())
}

/// Why `later` may not come after `earlier`, and what to do about it.
fn conflict(earlier: &Transform, later: &Transform) -> Option<&'static str> {
    use Transform::{Normalize, Standardize, Whiten};
    let before = earlier.class();
    match (later, later.class()) {
        (_, Class::Crop) if before == Class::Crop => Some("an image is cut once; leave one of them out"),
        (_, Class::Crop) => Some("an image is cut before anything else; put it first"),
        (_, Class::Whole | Class::Between) if matches!(earlier, Standardize { .. }) => {
            Some("a sample's statistics are taken last; put geometry first")
        }
        (_, Class::Whole | Class::Between) if matches!(earlier, Whiten { .. }) => {
            Some("a whitened number belongs to no pixel; put geometry first")
        }
        (_, Class::Between) if matches!(before, Class::Photometry | Class::Scaling) => {
            Some("a pixel is interpolated before its value is changed; put it before photometry and scaling")
        }
        (_, Class::Photometry) if matches!(earlier, Normalize { .. } | Standardize { .. } | Whiten { .. }) => {
            Some("it clips to the value range, which is gone by then; put it before")
        }
        (Normalize { .. } | Standardize { .. }, _) if matches!(earlier, Normalize { .. } | Standardize { .. }) => {
            Some("values are normalised or standardised once; leave one of them out")
        }
        (Whiten { .. }, _) if matches!(earlier, Whiten { .. }) => {
            Some("images are whitened once; leave one of them out")
        }
        (Normalize { .. } | Standardize { .. }, _) if matches!(earlier, Whiten { .. }) => {
            Some("images are whitened after that; put it before")
        }
        _ => None,
    }
}

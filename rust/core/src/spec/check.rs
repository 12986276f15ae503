//! The checks of a transform's fields, each with the words of its refusal.

use std::ops::RangeInclusive;

use super::{MAX_CHANNELS, MAX_FEATURES, MAX_SIDE, ShiftUnit, Transform};
use crate::Error;

const LONGEST_ID: usize = 64;
const DIGEST_LENGTH: usize = 32;
/// The most shifts to choose from.
const MOST_SHIFTS: usize = 4096;
const RESCALE_MAGNITUDES: RangeInclusive<f64> = 1e-30..=1e30;

impl Transform {
    pub(super) fn refuse(&self, why: &str) -> Error {
        Error::Spec(format!("{}: {why}", self.label()))
    }

    pub(super) fn check_id(&self) -> Result<(), Error> {
        let id = self.id();
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
        if !(1..=LONGEST_ID).contains(&id.len()) || !id.bytes().all(allowed) {
            return Err(self.refuse(&format!("an id is 1 to {LONGEST_ID} characters of a-z, 0-9, '_', '.' and '-'")));
        }
        Ok(())
    }

    pub(super) fn within(&self, field: &str, value: f64, limits: RangeInclusive<f64>) -> Result<(), Error> {
        if limits.contains(&value) {
            return Ok(());
        }
        Err(self.refuse(&format!("{field} = {value} must lie in [{}, {}]", limits.start(), limits.end())))
    }

    pub(super) fn range(
        &self,
        [low, high]: [&str; 2],
        values: [f64; 2],
        limits: RangeInclusive<f64>,
    ) -> Result<(), Error> {
        self.within(low, values[0], limits.clone())?;
        self.within(high, values[1], limits)?;
        if values[0] > values[1] {
            return Err(self.refuse(&format!("{low} = {} is above {high} = {}", values[0], values[1])));
        }
        Ok(())
    }

    pub(super) fn check_crop(&self, height: usize, width: usize) -> Result<(), Error> {
        if (1..=MAX_SIDE).contains(&height) && (1..=MAX_SIDE).contains(&width) {
            return Ok(());
        }
        Err(self.refuse(&format!("({height}, {width}): height and width must lie in 1..={MAX_SIDE}")))
    }

    pub(super) fn check_turns(&self, turns: &[u8]) -> Result<(), Error> {
        if turns.is_empty() || turns.iter().any(|turn| *turn > 3) {
            return Err(self.refuse(&format!("turns = {turns:?} must be one or more numbers, each 0, 1, 2 or 3")));
        }
        Ok(())
    }

    pub(super) fn check_shift(
        &self,
        axis: &str,
        ends: [f64; 2],
        list: Option<&[f64]>,
        unit: ShiftUnit,
    ) -> Result<(), Error> {
        let (low, high) = (format!("{axis}_low"), format!("{axis}_high"));
        let limits = -unit.limit()..=unit.limit();
        self.range([&low, &high], ends, limits.clone())?;
        let Some(list) = list else { return Ok(()) };
        if ends != [0.0, 0.0] {
            return Err(self.refuse(&format!("{axis}s says what to choose from: {low} and {high} must be 0")));
        }
        if !(1..=MOST_SHIFTS).contains(&list.len()) {
            return Err(self.refuse(&format!("{axis}s has {} numbers and needs 1 to {MOST_SHIFTS}", list.len())));
        }
        list.iter().enumerate().try_for_each(|(i, shift)| self.within(&format!("{axis}s[{i}]"), *shift, limits.clone()))
    }

    pub(super) fn check_rescale(&self, scale: f64, offset: f64) -> Result<(), Error> {
        for (field, value, zero) in [("scale", scale, false), ("offset", offset, true)] {
            if !(RESCALE_MAGNITUDES.contains(&value.abs()) || zero && value == 0.0) {
                return Err(self.refuse(&format!(
                    "{field} = {value} must have a magnitude in [{:e}, {:e}]{}",
                    RESCALE_MAGNITUDES.start(),
                    RESCALE_MAGNITUDES.end(),
                    if zero { ", or be 0" } else { "" }
                )));
            }
        }
        Ok(())
    }

    pub(super) fn check_whitening(&self, features: Option<usize>, digest: Option<&str>) -> Result<(), Error> {
        let (Some(features), Some(digest)) = (features, digest) else {
            return if features.is_none() && digest.is_none() {
                Ok(())
            } else {
                Err(self.refuse("features and digest are fitted together: both are there, or both are null"))
            };
        };
        if !(1..=MAX_FEATURES).contains(&features) {
            return Err(self.refuse(&format!("features = {features} must lie in 1..={MAX_FEATURES}")));
        }
        if digest.len() != DIGEST_LENGTH || !digest.bytes().all(|byte| b"0123456789abcdef".contains(&byte)) {
            return Err(self.refuse(&format!("digest = {digest:?} must be {DIGEST_LENGTH} digits of 0-9 and a-f")));
        }
        Ok(())
    }

    pub(super) fn check_statistics(&self, mean: Option<&[f64]>, std: Option<&[f64]>) -> Result<(), Error> {
        let (Some(mean), Some(std)) = (mean, std) else {
            return if mean.is_none() && std.is_none() {
                Ok(())
            } else {
                Err(self.refuse("mean and std are fitted together: both are lists, or both are null"))
            };
        };
        if mean.len() != std.len() || !(1..=MAX_CHANNELS).contains(&mean.len()) {
            return Err(self.refuse(&format!(
                "mean has {} entries and std {}: both need one for each channel (1 to {MAX_CHANNELS}), or one for all",
                mean.len(),
                std.len()
            )));
        }
        if let Some(value) = mean.iter().find(|value| !value.is_finite()) {
            return Err(self.refuse(&format!("mean has {value}, which is not finite")));
        }
        if let Some(value) = std.iter().find(|value| !(value.is_finite() && **value > 0.0)) {
            return Err(self.refuse(&format!("std has {value}: a deviation is finite and above 0")));
        }
        Ok(())
    }
}

//! A row of the params table, taken apart from the front, one transform after the other.

use crate::Error;

/// What is left of a row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a>(&'a [f64]);

impl<'a> Row<'a> {
    /// A whole row.
    pub fn new(row: &'a [f64]) -> Self {
        Self(row)
    }

    /// The next `count` parameters.
    ///
    /// # Errors
    /// [`Error::Shape`] if the row ends before.
    pub fn slice(&mut self, count: usize) -> Result<&'a [f64], Error> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| Error::Shape("a row of params has fewer columns than the pipeline".to_owned()))?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next `N` parameters.
    ///
    /// # Errors
    /// [`Error::Shape`] if the row ends before.
    pub fn take<const N: usize>(&mut self) -> Result<[f64; N], Error> {
        let mut taken = [0.0; N];
        taken.copy_from_slice(self.slice(N)?);
        Ok(taken)
    }

    /// Check that nothing is left.
    ///
    /// # Errors
    /// [`Error::Shape`] if something is.
    pub fn end(&self) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Error::Shape(format!("a row of params has {} columns more than the pipeline", self.0.len())))
    }
}

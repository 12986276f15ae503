//! Which instructions the kernels use. Every level makes the same bytes.

use std::fmt;
use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use super::simd::{avx2::Avx2, avx512::Avx512};
use crate::error::Error;

/// The environment variable that forces a level.
pub const VARIABLE: &str = "SAMEBATCH_LEVEL";

/// A set of instructions that a kernel is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What every processor of the target has.
    Portable,
    /// AVX2 with F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 with F, BW, DQ and VL.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// Every level there is, the best last.
    const ALL: &[Self] = &[
        Self::Portable,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
    ];

    /// # Errors
    /// [`Error::Spec`] if this machine lacks the level.
    pub fn check(self) -> Result<(), Error> {
        if self.runs_here() { Ok(()) } else { Err(Error::Spec(format!("this machine lacks the level {self}"))) }
    }

    /// What to say where a machine no longer has the level that it had.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn missing(self) -> Error {
        Error::Internal(format!("this machine lost its level {self}"))
    }

    fn runs_here(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => Avx512::detect().is_some(),
        }
    }
}

/// The result of `work` with the instructions `s` of a level.
macro_rules! at_level {
    ($level:expr, $s:ident => $work:expr) => {{
        use $crate::kernels::simd;
        match $level {
            $crate::kernels::level::Level::Portable => {
                let $s = simd::portable::Portable;
                $work
            }
            #[cfg(target_arch = "x86_64")]
            $crate::kernels::level::Level::Avx2 => {
                simd::avx2::Avx2::detect().map_or_else(|| Err($level.missing()), |$s| $work)
            }
            #[cfg(target_arch = "x86_64")]
            $crate::kernels::level::Level::Avx512 => {
                simd::avx512::Avx512::detect().map_or_else(|| Err($level.missing()), |$s| $work)
            }
        }
    }};
}
pub(super) use at_level;

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
        })
    }
}

/// The levels that this machine runs, the best last.
#[must_use]
pub fn available() -> Vec<Level> {
    Level::ALL.iter().copied().filter(|level| level.runs_here()).collect()
}

/// The level in use: what `SAMEBATCH_LEVEL` says, else the best. Read once a process.
///
/// # Errors
/// [`Error::Spec`] if the variable names a level that does not exist or that this machine lacks.
pub fn active() -> Result<Level, Error> {
    static ACTIVE: OnceLock<Result<Level, Error>> = OnceLock::new();
    ACTIVE.get_or_init(|| choose(std::env::var(VARIABLE).ok().as_deref())).clone()
}

fn choose(forced: Option<&str>) -> Result<Level, Error> {
    let levels = available();
    match forced {
        None | Some("") => Ok(levels[levels.len() - 1]),
        Some(name) => levels.iter().copied().find(|level| level.to_string() == name).ok_or_else(|| {
            let names: Vec<_> = levels.iter().map(ToString::to_string).collect();
            Error::Spec(format!("{VARIABLE}={name}: this machine has {}", names.join(", ")))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forced_level_that_is_missing_is_an_error() {
        let error = choose(Some("avx9000")).unwrap_err();
        assert!(error.to_string().contains("avx9000"), "{error}");
        assert!(error.to_string().contains("portable"), "{error}");
    }

    #[test]
    fn every_available_level_can_be_forced_and_the_last_is_the_default() {
        for level in available() {
            assert_eq!(choose(Some(&level.to_string())), Ok(level));
        }
        assert_eq!(choose(None).ok(), available().last().copied());
    }
}

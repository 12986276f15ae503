//! The floating point environment that the promised bytes are computed in: round to nearest, subnormal numbers kept.
//!
//! Frameworks change it for the calling thread (`torch.set_flush_denormal`, TensorFlow's sessions), and threads inherit
//! it from the one that starts them. So each job sets it for itself, and gives back what it found.

/// While it lives, this thread computes in the default environment.
struct Guard {
    found: Control,
}

impl Guard {
    fn new() -> Self {
        let found = control::get();
        control::set(control::DEFAULT);
        Self { found }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        control::set(self.found);
    }
}

/// Run `work` in the default environment, whatever the caller's is.
#[inline(never)]
pub fn in_default<R>(work: impl FnOnce() -> R) -> R {
    let guard = Guard::new();
    let result = apart(work);
    drop(guard);
    result
}

/// A call of its own, so that no arithmetic is moved to before or after the environment is set.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}

use control::Control;

#[cfg(target_arch = "x86_64")]
mod control {
    use std::arch::asm;

    /// MXCSR.
    pub(super) type Control = u32;
    /// Every exception masked, round to nearest, neither FTZ nor DAZ.
    pub(super) const DEFAULT: Control = 0x1F80;

    pub(super) fn get() -> Control {
        let mut value: Control = 0;
        // SAFETY: stores MXCSR to the four bytes of `value`; SSE is part of x86-64.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut value, options(nostack, preserves_flags)) };
        value
    }

    pub(super) fn set(value: Control) {
        // SAFETY: loads MXCSR from the four bytes of `value`, which is the default or was read by `get`: no reserved bit
        // is set. Code in between runs in the environment that the compiler assumes.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const value, options(nostack, preserves_flags)) };
    }
}

#[cfg(target_arch = "aarch64")]
mod control {
    use std::arch::asm;

    /// FPCR.
    pub(super) type Control = u64;
    /// No trap, round to nearest, neither FZ nor FZ16 nor AH, FIZ and NEP.
    pub(super) const DEFAULT: Control = 0;

    pub(super) fn get() -> Control {
        let value: Control;
        // SAFETY: reads FPCR, which user code may.
        unsafe { asm!("mrs {}, fpcr", out(reg) value, options(nostack, preserves_flags)) };
        value
    }

    pub(super) fn set(value: Control) {
        // SAFETY: writes FPCR with the default or what `get` read. Code in between runs in the environment that the
        // compiler assumes.
        unsafe { asm!("msr fpcr, {}", in(reg) value, options(nostack, preserves_flags)) };
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod control {
    /// Other machines' programs run in the default environment, and nothing here could tell otherwise.
    pub(super) type Control = ();
    pub(super) const DEFAULT: Control = ();

    pub(super) fn get() -> Control {}

    pub(super) fn set((): Control) {}
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[cfg(target_arch = "x86_64")]
    const FLUSHING: Control = control::DEFAULT | 0x8040;
    #[cfg(target_arch = "aarch64")]
    const FLUSHING: Control = 1 << 24;

    #[inline(never)]
    fn half_of_the_least_normal() -> f32 {
        black_box(f32::MIN_POSITIVE) * black_box(0.5)
    }

    #[test]
    fn subnormal_numbers_survive_and_the_callers_environment_comes_back() {
        let before = control::get();
        control::set(FLUSHING);
        let (outside, inside, after) =
            (half_of_the_least_normal(), in_default(half_of_the_least_normal), control::get());
        control::set(before);
        assert_eq!(outside, 0.0, "the test's own premise: the environment flushes");
        assert_eq!(inside, f32::MIN_POSITIVE / 2.0);
        assert_eq!(after & FLUSHING, FLUSHING);
    }

    #[test]
    fn the_callers_environment_comes_back_after_a_panic() {
        let before = control::get();
        control::set(FLUSHING);
        let caught = std::panic::catch_unwind(|| in_default(|| panic!("on purpose")));
        let after = control::get();
        control::set(before);
        assert!(caught.is_err());
        assert_eq!(after & FLUSHING, FLUSHING);
    }
}

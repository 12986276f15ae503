//! The kernels from outside: every level makes the same bytes, and none reads or writes what is not its own.

mod case;
mod geometry;
#[cfg(unix)]
mod guards;
mod levels;
#[cfg(unix)]
mod memory;
#[cfg(unix)]
mod random;
mod style;
mod whiten;

//! Buffers: the memory that batches are written to, used again.
//!
//! The first touch of fresh memory costs more than computing what is written there. So a buffer goes back to a pool
//! when it is dropped, and the next batch of about its size gets it. Whoever keeps a batch keeps its buffer: it is never
//! handed out again before.

use std::ffi::OsStr;
use std::mem::ManuallyDrop;
use std::slice;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::memory::Memory;
use super::process::PerProcess;
use crate::Error;

/// How much may lie free.
#[derive(Clone, Copy)]
struct Limits {
    /// Bytes, of all buffers together.
    bytes: usize,
    /// Buffers of batches: those in flight at a time are few.
    large: usize,
    /// Buffers of single samples, of which a batch may be put together.
    small: usize,
}

const LIMITS: Limits = Limits { bytes: 1 << 30, large: 8, small: 128 };

/// The environment variable that says how many bytes may lie free.
pub const VARIABLE: &str = "SAMEBATCH_POOL_BYTES";

static POOL: PerProcess<Pool> =
    PerProcess::new(|| Pool::new(Limits { bytes: limit().unwrap_or(LIMITS.bytes), ..LIMITS }));

/// How many bytes may lie free: what the environment says, once, else 1 GiB.
///
/// # Errors
/// [`Error::Spec`] if what the environment's [`VARIABLE`] says is no whole number.
pub fn limit() -> Result<usize, Error> {
    static LIMIT: OnceLock<Result<usize, Error>> = OnceLock::new();
    LIMIT.get_or_init(|| told(std::env::var_os(VARIABLE).as_deref())).clone()
}

fn told(text: Option<&OsStr>) -> Result<usize, Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(LIMITS.bytes) };
    let digits = text.to_str().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| {
        let text = text.display();
        Error::Spec(format!("the environment's {VARIABLE} must be a whole number of bytes, got \"{text}\""))
    })
}

/// Bytes for one batch: [`Buffer::new`] takes them from this process's pool, dropping gives them back.
pub struct Buffer {
    memory: ManuallyDrop<Memory>,
    len: usize,
    pool: &'static Pool,
    process: u32,
}

/// What the pool holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of the buffers that are in use.
    pub in_use: usize,
    /// Bytes of the buffers that lie free.
    pub free: usize,
    /// Bytes that may lie free.
    pub limit: usize,
    /// Buffers in use.
    pub buffers_in_use: usize,
    /// Buffers that lie free.
    pub buffers_free: usize,
}

struct Pool {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The most recently used last.
    free: Vec<Memory>,
    in_use: usize,
    buffers_in_use: usize,
}

/// What this process's pool holds at the moment.
pub fn usage() -> Usage {
    POOL.get().usage()
}

impl Buffer {
    /// A buffer of `len` bytes. What stands in it is zeros or an older batch.
    ///
    /// # Errors
    /// [`Error::Resource`] if the system has no such memory; [`Error::Spec`] as [`limit`].
    pub fn new(len: usize) -> Result<Self, Error> {
        limit()?;
        Self::of(POOL.get(), len)
    }

    fn of(pool: &'static Pool, len: usize) -> Result<Self, Error> {
        let memory = ManuallyDrop::new(pool.take(len)?);
        Ok(Self { memory, len, pool, process: std::process::id() })
    }

    /// Its bytes.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: the memory is at least `len` bytes long, was zeroed when it was made, and `&mut self` is the only way
        // to it.
        unsafe { slice::from_raw_parts_mut(self.memory.as_ptr(), self.len) }
    }

    /// Where it starts: aligned to 64 bytes, and fixed as long as it lives.
    pub fn as_ptr(&self) -> *mut u8 {
        self.memory.as_ptr()
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the field is taken once, here, and not touched afterwards.
        let memory = unsafe { ManuallyDrop::take(&mut self.memory) };
        if self.process == std::process::id() {
            self.pool.give_back(memory);
        }
        // Else this is a forked child's copy of a buffer of its parent, whose pool must not be touched here: `memory`
        // is dropped, and the child's copy of its pages with it.
    }
}

impl Pool {
    const fn new(limits: Limits) -> Self {
        Self { limits, state: Mutex::new(State { free: Vec::new(), in_use: 0, buffers_in_use: 0 }) }
    }

    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        // No change can panic half way, so a poisoned lock is as good as any.
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self, len: usize) -> Result<Memory, Error> {
        let capacity = Memory::capacity_for(len)
            .ok_or_else(|| Error::Resource(format!("a batch of {len} bytes is larger than the address space")))?;
        let used_before = self.change(|state| {
            let fitting = state.fitting(capacity)?;
            let memory = state.free.remove(fitting);
            state.lend(memory.capacity());
            Some(memory)
        });
        if let Some(memory) = used_before {
            return Ok(memory);
        }
        let memory = Memory::new(capacity)?;
        self.change(|state| state.lend(capacity));
        Ok(memory)
    }

    fn give_back(&self, memory: Memory) {
        let too_much = self.change(|state| {
            state.in_use -= memory.capacity();
            state.buffers_in_use -= 1;
            state.free.push(memory);
            state.shed(self.limits)
        });
        // Giving pages back to the system takes its time: not under the lock.
        drop(too_much);
    }

    fn usage(&self) -> Usage {
        self.change(|state| Usage {
            in_use: state.in_use,
            free: state.free_bytes(),
            limit: self.limits.bytes,
            buffers_in_use: state.buffers_in_use,
            buffers_free: state.free.len(),
        })
    }
}

impl State {
    /// The smallest free buffer that holds `capacity` without wasting as much again; among equals the one used last,
    /// whose pages are most likely still in the cache.
    fn fitting(&self, capacity: usize) -> Option<usize> {
        let fits = |memory: &Memory| (capacity..=capacity.saturating_mul(2)).contains(&memory.capacity());
        let candidates = self.free.iter().enumerate().rev().filter(|(_, memory)| fits(memory));
        candidates.min_by_key(|(_, memory)| memory.capacity()).map(|(place, _)| place)
    }

    fn lend(&mut self, capacity: usize) {
        self.in_use += capacity;
        self.buffers_in_use += 1;
    }

    fn free_bytes(&self) -> usize {
        self.free.iter().map(Memory::capacity).sum()
    }

    /// Take out what is beyond the limits, the least recently used first.
    fn shed(&mut self, limits: Limits) -> Vec<Memory> {
        let mut too_much = Vec::new();
        loop {
            let large = self.free.iter().filter(|memory| memory.is_large()).count();
            let surplus = |memory: &Memory| {
                if memory.is_large() { large > limits.large } else { self.free.len() - large > limits.small }
            };
            let beyond = self.free_bytes() > limits.bytes;
            let Some(oldest) = self.free.iter().position(|memory| beyond || surplus(memory)) else {
                return too_much;
            };
            too_much.push(self.free.remove(oldest));
        }
    }
}

#[cfg(test)]
mod tests;

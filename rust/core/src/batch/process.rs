//! Values that belong to one process.
//!
//! After `fork()` a child has a copy of its parent's memory, but none of its threads: a thread pool there is a shell
//! without workers, and a lock that some thread held is held for ever. Both would hang the child. So whatever has
//! threads or locks is kept in a [`PerProcess`], and a child makes its own.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that is made on first use in each process and lives as long as the process.
pub struct PerProcess<T: 'static> {
    current: AtomicPtr<Owned<T>>,
    make: fn() -> T,
}

struct Owned<T> {
    process: u32,
    value: T,
}

impl<T: Send + Sync> PerProcess<T> {
    /// Nothing yet; `make` will be called in the process that first asks.
    pub const fn new(make: fn() -> T) -> Self {
        Self { current: AtomicPtr::new(ptr::null_mut()), make }
    }

    /// This process's value. Takes no lock, and never touches the value of another process.
    pub fn get(&self) -> &'static T {
        let process = std::process::id();
        let mut seen = self.current.load(Ordering::Acquire);
        loop {
            // SAFETY: `current` holds null or what `Box::leak` gave below, which is never freed.
            if let Some(owned) = unsafe { seen.as_ref() }
                && owned.process == process
            {
                return &owned.value;
            }
            // A parent's value is left where it is: dropping it would join threads that are not here.
            let mine = Box::into_raw(Box::new(Owned { process, value: (self.make)() }));
            match self.current.compare_exchange(seen, mine, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => seen = mine,
                Err(newer) => {
                    // SAFETY: `mine` came from `Box::into_raw` just above and was shown to nobody.
                    drop(unsafe { Box::from_raw(mine) });
                    seen = newer;
                }
            }
        }
    }
}

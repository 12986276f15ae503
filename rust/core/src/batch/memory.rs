//! Memory for one buffer, given by the system.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

use memmap2::MmapMut;

use crate::Error;

/// Buffers from here on are mapped, and lie on huge pages where the system has them: a page fault every four kilobytes
/// costs more than filling them.
const MAPPED_FROM: usize = 1 << 20;
const HUGE_PAGE: usize = 2 << 20;
/// A cache line, and the widest vector.
const SMALL_ALIGNMENT: usize = 64;

/// Bytes that nobody else has, zero at first.
pub(super) struct Memory {
    start: NonNull<u8>,
    capacity: usize,
    kind: Kind,
}

enum Kind {
    /// The mapping that `start` lies in.
    Mapped {
        _map: MmapMut,
    },
    Allocated(Layout),
}

// SAFETY: the memory is owned, and reached only through `&Memory` (an address) and `&mut Memory` (its bytes).
unsafe impl Send for Memory {}
// SAFETY: as above; `&Memory` gives no access to the bytes.
unsafe impl Sync for Memory {}

impl Memory {
    /// How much is really taken for a buffer of `bytes`.
    pub(super) fn capacity_for(bytes: usize) -> Option<usize> {
        let unit = if bytes >= MAPPED_FROM { HUGE_PAGE } else { SMALL_ALIGNMENT };
        bytes.max(1).checked_next_multiple_of(unit).filter(|capacity| *capacity < isize::MAX as usize - HUGE_PAGE)
    }

    /// Memory of this capacity, one that [`capacity_for`](Self::capacity_for) gave.
    pub(super) fn new(capacity: usize) -> Result<Self, Error> {
        let refused = || Error::Resource(format!("the system gives no {capacity} bytes for a batch"));
        if capacity < MAPPED_FROM {
            let layout = Layout::from_size_align(capacity, SMALL_ALIGNMENT).map_err(|_| refused())?;
            // SAFETY: a capacity is at least 1.
            let start = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or_else(refused)?;
            return Ok(Self { start, capacity, kind: Kind::Allocated(layout) });
        }
        let mut map = MmapMut::map_anon(capacity + HUGE_PAGE).map_err(|_| refused())?;
        let offset = map.as_ptr().align_offset(HUGE_PAGE);
        // A system without huge pages refuses the advice, and the buffer works all the same.
        #[cfg(target_os = "linux")]
        let _ = map.advise_range(memmap2::Advice::HugePage, offset, capacity);
        let start = map.get_mut(offset..).map(<[u8]>::as_mut_ptr).and_then(NonNull::new).ok_or_else(refused)?;
        Ok(Self { start, capacity, kind: Kind::Mapped { _map: map } })
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Whether it is mapped: the size of a batch, not of a sample.
    pub(super) fn is_large(&self) -> bool {
        self.capacity >= MAPPED_FROM
    }

    pub(super) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Kind::Allocated(layout) = self.kind {
            // SAFETY: `start` came from `alloc_zeroed` with this very layout.
            unsafe { dealloc(self.start.as_ptr(), layout) };
        }
    }
}

//! Memory between two pages that nobody may touch: what reads or writes beyond it ends the test.

use std::cell::Cell;
use std::ptr;
use std::sync::Once;

/// Which end of its memory a buffer lies at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// After the first fence.
    Start,
    /// Before the second.
    End,
}

/// Where a buffer lies: so many bytes from the fence at one side.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Which fence.
    pub side: Side,
    /// Bytes between the two.
    pub gap: usize,
}

impl Place {
    /// At the same fence.
    pub fn near(self) -> Self {
        Self { gap: 0, ..self }
    }
}

/// Whole pages between two fences.
pub struct Fenced {
    start: *mut u8,
    len: usize,
    fence: usize,
}

impl Fenced {
    /// At least this many bytes.
    pub fn new(len: usize) -> Self {
        // SAFETY: asks the system for a number.
        let fence = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).expect("the system has pages");
        let len = len.next_multiple_of(fence);
        let (flags, whole) = (libc::MAP_PRIVATE | libc::MAP_ANON, len + 2 * fence);
        // SAFETY: a new mapping, of no file, at no place of ours.
        let map = unsafe { libc::mmap(ptr::null_mut(), whole, libc::PROT_NONE, flags, -1, 0) };
        assert!(map != libc::MAP_FAILED, "the system gives no memory");
        let mut fenced = Self { start: map.cast::<u8>().wrapping_add(fence), len, fence };
        fenced.protect(libc::PROT_READ | libc::PROT_WRITE);
        fenced
    }

    fn protect(&mut self, access: libc::c_int) {
        // SAFETY: whole pages of this mapping; nobody else has a reference to them.
        let status = unsafe { libc::mprotect(self.start.cast(), self.len, access) };
        assert_eq!(status, 0, "cannot protect memory");
    }

    /// Makes all bytes this one, and writable.
    pub fn fill(&mut self, byte: u8) -> &mut [u8] {
        self.protect(libc::PROT_READ | libc::PROT_WRITE);
        let bytes = self.bytes();
        bytes.fill(byte);
        bytes
    }

    /// Makes writing a fault.
    pub fn freeze(&mut self) {
        self.protect(libc::PROT_READ);
    }

    /// What lies between the fences, if it is not frozen.
    pub fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the mapping is `len` readable and writable bytes, zeros at first, reached through `self` alone.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }

    /// The address of the first byte.
    pub fn as_ptr(&self) -> *const u8 {
        self.start
    }

    /// Where a buffer of `len` bytes starts.
    pub fn at(&self, place: Place, len: usize) -> usize {
        match place.side {
            Side::Start => place.gap,
            Side::End => self.len - place.gap - len,
        }
    }

    /// How many bytes follow a buffer of `len` bytes.
    pub fn after(&self, place: Place, len: usize) -> usize {
        self.len - self.at(place, len) - len
    }
}

impl Drop for Fenced {
    fn drop(&mut self) {
        // SAFETY: the whole mapping, fences and all, which nobody borrows any more.
        let status = unsafe { libc::munmap(self.start.wrapping_sub(self.fence).cast(), self.len + 2 * self.fence) };
        debug_assert_eq!(status, 0, "the mapping is gone");
    }
}

thread_local! {
    /// What this thread is about.
    static WORK: Cell<&'static [u8]> = const { Cell::new(b"") };
}

/// Does `work`. If it touches a fence, the last words of the process are `what`.
pub fn watched<R>(what: &str, work: impl FnOnce() -> R) -> R {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        for signal in [libc::SIGSEGV, libc::SIGBUS] {
            // SAFETY: `tell` calls what a handler may call.
            unsafe { libc::signal(signal, tell as *const () as libc::sighandler_t) };
        }
    });
    // SAFETY: the words are taken back before they are gone; should `work` panic, the test has failed already and
    // nothing faults.
    WORK.set(unsafe { std::slice::from_raw_parts(what.as_ptr(), what.len()) });
    let result = work();
    WORK.set(b"");
    result
}

/// Says what was going on, and lets the fault happen again, now deadly.
extern "C" fn tell(signal: libc::c_int) {
    for words in [b"\nA fault, while this was rendered: ".as_slice(), WORK.get(), b"\n"] {
        // SAFETY: writes borrowed bytes; a handler may.
        unsafe { libc::write(libc::STDERR_FILENO, words.as_ptr().cast(), words.len()) };
    }
    // SAFETY: a handler may.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// The signal that ends a child which does `work`, if one does.
fn end_of_child(work: impl FnOnce()) -> Option<libc::c_int> {
    // SAFETY: the child calls nothing but `signal`, `work` and `_exit`.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "cannot fork");
    if child == 0 {
        // SAFETY: in the child's only thread: faults are deadly at once, and `_exit` leaves the test harness alone.
        unsafe {
            libc::signal(libc::SIGSEGV, libc::SIG_DFL);
            libc::signal(libc::SIGBUS, libc::SIG_DFL);
            work();
            libc::_exit(0);
        }
    }
    let mut status = 0;
    // SAFETY: waits for a child of this process, with a place for its end.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child, "the child is lost");
    libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status))
}

#[test]
fn a_touched_fence_is_a_fault() {
    let mut fenced = Fenced::new(100);
    fenced.fill(1);
    let (start, len) = (fenced.start, fenced.len);
    // SAFETY: the bytes are there, or else only the child ends, which is the point.
    let read = |at: *const u8| end_of_child(|| assert_eq!(unsafe { at.read_volatile() }, 1));
    let write = |at: *mut u8| {
        // SAFETY: as above.
        end_of_child(|| unsafe { at.write_volatile(1) })
    };
    let fault = |signal| matches!(signal, Some(libc::SIGSEGV | libc::SIGBUS));
    for inside in [0, len - 1] {
        assert_eq!(read(start.wrapping_add(inside)), None);
        assert_eq!(write(start.wrapping_add(inside)), None);
    }
    for outside in [start.wrapping_sub(1), start.wrapping_add(len)] {
        assert!(fault(read(outside)), "a read beyond a fence went through");
        assert!(fault(write(outside)), "a write beyond a fence went through");
    }
    fenced.freeze();
    assert_eq!(read(start), None);
    assert!(fault(write(start)), "frozen memory was written");
}

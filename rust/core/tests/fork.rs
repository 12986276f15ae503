//! A forked child uses threads, buffers and values of its own, and never waits for its parent's.
#![cfg(unix)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use samebatch_core::batch::buffers::{Buffer, usage};
use samebatch_core::batch::process::PerProcess;
use samebatch_core::batch::threads;

/// Run `work` in a forked child; fail if it panics, or has not ended after a while.
fn in_child(work: impl FnOnce()) {
    // SAFETY: the child calls nothing but `work` and `_exit`.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "cannot fork");
    if child == 0 {
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // SAFETY: ends the child without running the test harness's own end.
        unsafe { libc::_exit(i32::from(ended.is_err())) };
    }
    let (start, mut status) = (Instant::now(), 0);
    // SAFETY: `child` is a child of this process, `status` a place for its end.
    while unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == 0 {
        if start.elapsed() > Duration::from_secs(30) {
            // SAFETY: as above; the child has not been waited for yet.
            unsafe { libc::kill(child, libc::SIGKILL) };
            panic!("the child hangs");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(status, 0, "the child failed");
}

fn count(threads: usize) -> usize {
    let runs = AtomicUsize::new(0);
    threads::run(threads, || {
        runs.fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();
    runs.into_inner()
}

#[test]
fn a_value_belongs_to_its_process() {
    static VALUE: PerProcess<Mutex<u32>> = PerProcess::new(|| Mutex::new(std::process::id()));
    let held = VALUE.get().lock().unwrap();
    assert_eq!(*held, std::process::id());
    in_child(|| {
        let mine = VALUE.get().try_lock().expect("the parent's lock is held for ever; the child's is not");
        assert_eq!(*mine, std::process::id());
        assert!(std::ptr::eq(VALUE.get(), VALUE.get()), "made once");
    });
    drop(held);
    assert_eq!(*VALUE.get().lock().unwrap(), std::process::id());
}

#[test]
fn threads_run_in_a_child_of_a_process_with_a_warm_pool() {
    for threads in [1, 2, 5] {
        assert_eq!(count(threads), threads);
    }
    in_child(|| {
        for threads in [1, 2, 5, 2] {
            assert_eq!(count(threads), threads);
        }
        in_child(|| assert_eq!(count(5), 5));
    });
    assert_eq!(count(5), 5);
}

#[test]
fn more_pools_than_are_kept_come_and_go() {
    for round in 0..3 {
        for threads in 1..=8 {
            assert_eq!(count(threads), threads, "round {round}");
        }
    }
}

#[test]
fn a_child_leaves_its_parents_buffers_alone() {
    let mut kept = Buffer::new(3 << 20).unwrap();
    kept.as_mut_slice().fill(1);
    drop(Buffer::new(9 << 20).unwrap());
    let before = usage();
    in_child(move || {
        assert_eq!(usage().buffers_in_use, 0, "a child starts with a pool of its own");
        kept.as_mut_slice().fill(2);
        drop(kept);
        assert_eq!((usage().buffers_in_use, usage().buffers_free), (0, 0), "the parent's buffer is not the child's");
        let mut mine = Buffer::new(9 << 20).unwrap();
        mine.as_mut_slice().fill(3);
        assert_eq!(usage().buffers_in_use, 1);
    });
    assert!(before.buffers_in_use >= 1);
    assert!(usage().in_use <= before.in_use, "the parent's own copy went back");
}

use super::*;

const MIB: usize = 1 << 20;

/// A pool of its own, so that tests that run at the same time do not meet.
fn pool(bytes: usize, large: usize, small: usize) -> &'static Pool {
    Box::leak(Box::new(Pool::new(Limits { bytes, large, small })))
}

fn buffer(pool: &'static Pool, len: usize) -> Buffer {
    Buffer::of(pool, len).unwrap()
}

#[test]
fn a_dropped_buffer_is_used_again_and_a_kept_one_is_not() {
    for len in [1, 100, MIB, 5 * MIB] {
        let pool = pool(100 * MIB, 8, 8);
        let mut first = buffer(pool, len);
        first.as_mut_slice().fill(1);
        let address = first.as_ptr();
        let mut second = buffer(pool, len);
        assert_ne!(second.as_ptr(), address, "{len}: two at once");
        second.as_mut_slice().fill(2);
        assert!(first.as_mut_slice().iter().all(|byte| *byte == 1), "{len}: a kept buffer changed");
        drop(first);
        assert_eq!(buffer(pool, len).as_ptr(), address, "{len}");
    }
}

#[test]
fn starts_are_aligned_and_fresh_bytes_are_zero() {
    let pool = pool(100 * MIB, 0, 0);
    for len in [0, 1, 63, 64, 4096, MIB - 1, MIB, 2 * MIB, 2 * MIB + 1, 9 * MIB] {
        let mut fresh = buffer(pool, len);
        assert_eq!(fresh.len(), len);
        assert_eq!(fresh.is_empty(), len == 0);
        let alignment = if len >= MIB { 2 * MIB } else { 64 };
        assert!(fresh.as_ptr().addr().is_multiple_of(alignment), "{len}");
        assert!(fresh.as_mut_slice().iter().all(|byte| *byte == 0), "{len}");
        fresh.as_mut_slice().fill(255);
    }
}

#[test]
fn counts_what_is_in_use_and_what_is_free() {
    let pool = pool(100 * MIB, 8, 8);
    let (small, large) = (buffer(pool, 10), buffer(pool, 3 * MIB));
    let both = Usage { in_use: 64 + 4 * MIB, free: 0, limit: 100 * MIB, buffers_in_use: 2, buffers_free: 0 };
    assert_eq!(pool.usage(), both);
    drop(large);
    let one = Usage { in_use: 64, free: 4 * MIB, buffers_in_use: 1, buffers_free: 1, ..both };
    assert_eq!(pool.usage(), one);
    drop(small);
    assert_eq!(pool.usage(), Usage { in_use: 0, free: 4 * MIB + 64, buffers_in_use: 0, buffers_free: 2, ..both });
}

#[test]
fn what_lies_free_is_bounded_in_bytes_and_in_number() {
    let by_bytes = pool(10 * MIB, 8, 8);
    let kept: Vec<Buffer> = (0..5).map(|_| buffer(by_bytes, 4 * MIB)).collect();
    let newest = kept[4].as_ptr();
    drop(kept);
    assert_eq!((by_bytes.usage().free, by_bytes.usage().buffers_free), (8 * MIB, 2));
    assert_eq!(buffer(by_bytes, 4 * MIB).as_ptr(), newest, "the least recently used went");

    let by_number = pool(1000 * MIB, 3, 5);
    drop((0..7).map(|_| buffer(by_number, 2 * MIB)).collect::<Vec<_>>());
    drop((0..7).map(|_| buffer(by_number, 100)).collect::<Vec<_>>());
    assert_eq!(by_number.usage().buffers_free, 3 + 5, "small buffers push no large ones out");

    let none = pool(MIB, 3, 5);
    drop(buffer(none, 2 * MIB));
    assert_eq!(none.usage().buffers_free, 0, "larger than all that may lie free");
}

#[test]
fn a_buffer_is_reused_only_if_it_fits_without_much_waste() {
    let pool = pool(1000 * MIB, 8, 8);
    let (eight, twenty) = (buffer(pool, 8 * MIB), buffer(pool, 20 * MIB));
    let (at_eight, at_twenty) = (eight.as_ptr(), twenty.as_ptr());
    drop(eight);
    drop(twenty);
    let five = buffer(pool, 5 * MIB);
    assert_eq!(five.as_ptr(), at_eight, "the smallest that fits");
    let three = buffer(pool, 3 * MIB);
    assert_ne!(three.as_ptr(), at_twenty, "too large to be wasted on this");
    assert_eq!(buffer(pool, 20 * MIB).as_ptr(), at_twenty);
    assert_ne!(buffer(pool, 21 * MIB).as_ptr(), at_twenty, "too small");
}

#[test]
fn impossible_sizes_are_errors() {
    let pool = pool(MIB, 8, 8);
    for len in [usize::MAX, isize::MAX as usize, isize::MAX as usize / 2] {
        assert!(matches!(Buffer::of(pool, len), Err(Error::Resource(_))), "{len}");
    }
    assert_eq!(pool.usage().buffers_in_use, 0);
}

#[test]
fn threads_that_take_and_drop_at_once_never_share() {
    let pool = pool(100 * MIB, 8, 8);
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            scope.spawn(move || {
                for round in 0..200 {
                    let mut mine = buffer(pool, 1000 + round);
                    mine.as_mut_slice().fill(thread);
                    std::thread::yield_now();
                    assert!(mine.as_mut_slice().iter().all(|byte| *byte == thread), "thread {thread}");
                }
            });
        }
    });
    assert_eq!(pool.usage().in_use, 0);
}

#[test]
fn the_environment_says_how_much_may_lie_free() {
    assert_eq!(told(None), Ok(1 << 30));
    assert_eq!(told(Some(OsStr::new(""))), Ok(1 << 30));
    assert_eq!(told(Some(OsStr::new("0"))), Ok(0));
    assert_eq!(told(Some(OsStr::new("5000000"))), Ok(5_000_000));
    for wrong in ["1GB", "-1", "+1", " 1", "1e9", "99999999999999999999999"] {
        let error = told(Some(OsStr::new(wrong))).unwrap_err();
        assert!(matches!(&error, Error::Spec(text) if text.contains(VARIABLE) && text.contains(wrong)), "{error}");
    }
}

//! Native threads: one pool for each number of them that is asked for, in each process.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::process::PerProcess;
use crate::Error;

/// The most threads a call may ask for.
pub const MAX_THREADS: usize = 1024;

/// Pools kept at a time; the least recently used one goes, and its threads with it.
const KEPT: usize = 4;

/// Pools and their numbers of threads, the most recently used last.
type Pools = Mutex<Vec<(usize, Arc<ThreadPool>)>>;

static POOLS: PerProcess<Pools> = PerProcess::new(|| Mutex::new(Vec::new()));

/// How many threads this process may run at once, as the system says; at least 1.
pub fn available() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get().min(MAX_THREADS))
}

/// Check a number of threads.
///
/// # Errors
/// [`Error::Spec`] if it is not in 1..=[`MAX_THREADS`].
pub fn check(threads: usize) -> Result<(), Error> {
    if (1..=MAX_THREADS).contains(&threads) {
        return Ok(());
    }
    Err(Error::Spec(format!("threads = {threads} must lie in 1..={MAX_THREADS}")))
}

/// Run `work` on this many threads at once, the calling one among them; return when all have returned.
///
/// # Errors
/// [`Error::Resource`] if the system gives no threads.
pub fn run(threads: usize, work: impl Fn() + Sync) -> Result<(), Error> {
    if threads <= 1 {
        work();
        return Ok(());
    }
    pool(threads - 1)?.in_place_scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| work());
        }
        work();
    });
    Ok(())
}

/// The pool of `helpers` threads, beside the calling one.
fn pool(helpers: usize) -> Result<Arc<ThreadPool>, Error> {
    // A panic cannot leave this list half changed, so a poisoned lock is as good as any.
    let mut pools = POOLS.get().lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(place) = pools.iter().position(|(count, _)| *count == helpers) {
        let entry = pools.remove(place);
        let pool = Arc::clone(&entry.1);
        pools.push(entry);
        return Ok(pool);
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(helpers)
        .thread_name(|number| format!("samebatch-{number}"))
        .build()
        .map_err(|reason| Error::Resource(format!("cannot start {helpers} threads: {reason}")))?;
    let pool = Arc::new(pool);
    if pools.len() == KEPT {
        pools.remove(0);
    }
    pools.push((helpers, Arc::clone(&pool)));
    Ok(pool)
}

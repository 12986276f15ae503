//! Calls from native threads into Python, and how they end before it does.
//!
//! Python cuts off, by unwinding, every thread that wants its lock once it has begun to end, and no unwinding of that kind
//! may pass through a native frame: it aborts the process. So an exit handler lets no call begin any more, and waits for
//! those that have.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use pyo3::prelude::*;
use samebatch_core::batch::process::PerProcess;

/// A forked child has none of the calls of its parent.
static FLIGHT: PerProcess<Flight> = PerProcess::new(Flight::default);

#[derive(Default)]
struct Flight {
    ending: AtomicBool,
    calls: AtomicUsize,
}

/// A call that may go on.
struct Call(&'static Flight);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Call `work` with Python's lock; none if Python ends.
pub(crate) fn call<R>(work: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    let flight = FLIGHT.get();
    // Counted first: whoever ends sees the call, or the call sees the end.
    flight.calls.fetch_add(1, Ordering::SeqCst);
    let _call = Call(flight);
    if flight.ending.load(Ordering::SeqCst) { None } else { Python::try_attach(work) }
}

/// Where Python ends, stay in this call for ever, unless it is the main thread's. Only daemon threads are left then; an
/// exception would have them write to a stream that Python is about to close, which it takes for a fatal error.
pub(crate) fn stay_if_ending(py: Python<'_>) -> PyResult<()> {
    if !FLIGHT.get().ending.load(Ordering::SeqCst) {
        return Ok(());
    }
    let threading = py.import("threading")?;
    if threading.call_method0("current_thread")?.is(&threading.call_method0("main_thread")?) {
        return Ok(());
    }
    py.detach(|| {
        loop {
            std::thread::park();
        }
    })
}

/// Let no native thread call into Python any more, and wait for those that do: to be called when Python ends.
#[pyfunction]
pub(crate) fn end_fallbacks(py: Python<'_>) {
    let flight = FLIGHT.get();
    flight.ending.store(true, Ordering::SeqCst);
    py.detach(|| {
        while flight.calls.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

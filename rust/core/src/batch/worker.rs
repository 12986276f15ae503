//! What a thread keeps from one sample to the next, so that no sample allocates.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Error;
use crate::kernels::Scratch;
use crate::params::Program;
use crate::source::Loaded;

thread_local! {
    static KEPT: Cell<Option<Box<Worker>>> = const { Cell::new(None) };
}

/// Memory of one thread.
#[derive(Default)]
pub(super) struct Worker {
    /// A row of the params table.
    pub(super) row: Vec<f64>,
    /// What it compiles to.
    pub(super) program: Program,
    /// What an image is loaded into.
    pub(super) loaded: Loaded,
    /// The kernels' own.
    pub(super) scratch: Scratch,
}

/// Call `work` with this thread's worker. Should `work` come here again, it finds a new one.
pub(super) fn with_worker<R>(work: impl FnOnce(&mut Worker) -> R) -> R {
    let mut worker = KEPT.take().unwrap_or_default();
    let result = work(&mut worker);
    worker.scratch.shed();
    KEPT.set(Some(worker));
    result
}

impl Worker {
    /// Do one sample's work; a panic becomes an error, and the memory it left half written is thrown away.
    pub(super) fn guarded(
        &mut self,
        name: u64,
        work: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let result = catch_unwind(AssertUnwindSafe(|| work(self)));
        result.unwrap_or_else(|payload| {
            *self = Self::default();
            let text = format!("the native code panicked, which is a defect of samebatch: {}", message(&*payload));
            Err(Error::Internal(text).in_sample(name))
        })
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_leaves_a_fresh_worker() {
        with_worker(|worker| {
            worker.row.push(1.0);
            let error = worker.guarded(17, |_| panic!("on purpose")).unwrap_err();
            assert!(
                matches!(&error, Error::Internal(text) if text.contains("sample 17") && text.contains("on purpose"))
            );
            assert!(worker.row.is_empty(), "a half written worker was kept");
        });
    }
}

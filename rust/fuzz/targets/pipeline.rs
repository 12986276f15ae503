//! A pipeline's spec: whatever the text, a pipeline or an error.
#![no_main]

use samebatch_core::spec::Spec;

libfuzzer_sys::fuzz_target!(|input: &str| {
    let _ = Spec::from_json(input);
});

//! PNG: whatever the bytes, as many pixels as are told, or none.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    samebatch_fuzz::run(b"\x89PNG\r\n\x1A\n", &samebatch_fuzz::mended(input.to_vec()));
});

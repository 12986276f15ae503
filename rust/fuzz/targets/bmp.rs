//! BMP: whatever the bytes, as many pixels as are told, or none.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| samebatch_fuzz::run(b"BM", input));

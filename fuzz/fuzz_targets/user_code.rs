#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keymoor_testkit::fuzz::user_code(bytes));

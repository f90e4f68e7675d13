#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keymoor_testkit::fuzz::application_request(bytes));

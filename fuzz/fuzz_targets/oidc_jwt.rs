#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keymoor_sso::oidc::fuzz::jwt(bytes));

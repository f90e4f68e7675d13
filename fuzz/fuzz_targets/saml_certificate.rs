#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| keymoor_sso::saml::fuzz::saml_certificate(bytes));

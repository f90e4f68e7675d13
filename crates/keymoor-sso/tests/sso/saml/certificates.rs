//! Certificates of identity providers.

use keymoor_core::UnixTime;
use keymoor_sso::saml::{Certificate, CertificateError};
use proptest::prelude::*;

use super::corpus::Corpus;

const DAY: i64 = 86_400;

fn certificate(name: &str) -> Certificate {
    Certificate::parse(Corpus::get().pem(name)).unwrap()
}

#[test]
fn the_messages_are_those_of_the_api() {
    for (error, words) in [
        (CertificateError::Invalid, "The certificate is invalid."),
        (CertificateError::NotYetActive, "The certificate is not yet active."),
        (CertificateError::Expired, "The certificate is expired."),
        (
            CertificateError::Expiring,
            "The certificate is expiring. Certificates must be valid for at least 90 days.",
        ),
    ] {
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn s65_a_certificate_is_checked_by_its_period() {
    let certificate = certificate("rsa");
    let (from, until) = (certificate.not_before(), certificate.not_after());
    assert_eq!(certificate.check(from.plus(-1), false), Err(CertificateError::NotYetActive));
    assert_eq!(certificate.check(from, true), Ok(()));
    assert_eq!(certificate.check(until, false), Ok(()));
    assert_eq!(certificate.check(until.plus(1), false), Err(CertificateError::Expired));
}

#[test]
fn s65_a_new_certificate_is_good_for_90_days_more() {
    let certificate = certificate("rsa");
    let limit = certificate.not_after().plus(-90 * DAY);
    assert_eq!(certificate.check(limit, true), Ok(()));
    assert_eq!(certificate.check(limit.plus(1), true), Err(CertificateError::Expiring));
    assert_eq!(certificate.check(limit.plus(1), false), Ok(()));
}

#[test]
fn the_base64_alone_is_read_as_well() {
    for name in ["rsa", "p256", "p384"] {
        let pem = Corpus::get().pem(name);
        let bare: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let windows = pem.replace('\n', "\r\n");
        for text in [bare, windows, format!("\n  {pem}\n\n"), certificate(name).pem()] {
            assert_eq!(Certificate::parse(&text), Ok(certificate(name)));
        }
    }
}

#[test]
fn s66_weak_keys_and_other_things_are_invalid() {
    let corpus = Corpus::get();
    let pem = corpus.pem("rsa");
    let key = pem.replace("CERTIFICATE", "PUBLIC KEY");
    let two = format!("{pem}{pem}");
    let short: String = pem.lines().filter(|line| !line.starts_with('-')).skip(1).collect();
    let texts = [corpus.pem("small"), corpus.pem("p521"), &key, &two, &short, "", "AAAA", "-----"];
    for text in texts {
        assert_eq!(Certificate::parse(text), Err(CertificateError::Invalid), "{text}");
    }
}

#[test]
fn the_fingerprint_tells_certificates_apart() {
    assert_ne!(certificate("rsa").fingerprint(), certificate("stranger").fingerprint());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Certificate::parse(&text);
        let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
        let _ = Certificate::parse(&base64);
    }

    #[test]
    fn a_damaged_certificate_is_read_or_invalid(at in 0usize..700, bit in 0u8..8) {
        let mut der = certificate("rsa").der().to_vec();
        let at = at % der.len();
        der[at] ^= 1 << bit;
        let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &der);
        if let Ok(read) = Certificate::parse(&base64) {
            prop_assert_eq!(read.der(), &der[..]);
            let _ = read.check(UnixTime::from_seconds(0), true);
        }
    }
}

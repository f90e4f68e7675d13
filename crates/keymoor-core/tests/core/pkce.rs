use keymoor_core::wire::{CodeChallenge, UserCode};
use proptest::prelude::*;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn s55_the_verifier_of_the_rfc_answers_its_challenge_and_no_other_does() {
    let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
    assert!(challenge.is_answered_by(VERIFIER));
    for at in 0..VERIFIER.len() {
        let mut other = VERIFIER.to_owned();
        let with = if &other[at..=at] == "a" { "b" } else { "a" };
        other.replace_range(at..=at, with);
        assert!(!challenge.is_answered_by(&other));
    }
    for other in ["", CHALLENGE, &VERIFIER[1..], &format!("{VERIFIER}=")] {
        assert!(!challenge.is_answered_by(other), "{other}");
    }
}

#[test]
fn a_challenge_is_32_bytes_in_one_spelling() {
    for text in [
        "",
        "abc",
        &CHALLENGE[1..],
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
        VERIFIER.trim_end_matches('k'),
    ] {
        assert_eq!(CodeChallenge::parse(text), None, "{text}");
    }
}

/// The challenge of any text, be it a verifier or not.
fn challenge_of(verifier: &str) -> CodeChallenge {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    CodeChallenge::parse(&URL_SAFE_NO_PAD.encode(hash)).unwrap()
}

#[test]
fn a_verifier_has_43_to_128_unreserved_characters() {
    for (verifier, taken) in [
        ("a".repeat(42), false),
        ("a".repeat(43), true),
        ("-._~".repeat(32), true),
        ("a".repeat(129), false),
        (format!("{}+", "a".repeat(43)), false),
        (format!("{}\u{e4}", "a".repeat(43)), false),
    ] {
        assert_eq!(challenge_of(&verifier).is_answered_by(&verifier), taken, "{verifier}");
    }
}

#[test]
fn a_user_code_is_read_as_people_type_it() {
    let code = UserCode::parse("BCDFGHJK").unwrap();
    assert_eq!((code.as_str(), code.to_string()), ("BCDFGHJK", "BCDF-GHJK".to_owned()));
    for text in ["bcdf-ghjk", " BCDF GHJK ", "b-c-d-f-g-h-j-k", "BCDF\u{2013}GHJK"] {
        assert_eq!(UserCode::parse(text), Some(code.clone()), "{text}");
    }
    for text in ["", "BCDFGHJ", "BCDFGHJKL", "ACDFGHJK", "BCDFGHJ1", "BCDFGHJ\u{212a}"] {
        assert_eq!(UserCode::parse(text), None, "{text}");
    }
    assert!(!format!("{code:?}").contains("BCDF"));
}

proptest! {
    #[test]
    fn s55_only_the_verifier_itself_answers(one in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
        let challenge = challenge_of(&one);
        prop_assert!(challenge.is_answered_by(&one));
        prop_assert_eq!(challenge.is_answered_by(&other), one == other);
    }

    #[test]
    fn every_user_code_is_read_as_it_is_shown(random: [u8; 16]) {
        let code = UserCode::from_random(random);
        prop_assert_eq!(UserCode::parse(&code.to_string()), Some(code));
    }
}

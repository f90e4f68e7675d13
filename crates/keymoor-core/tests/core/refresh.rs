use std::collections::HashSet;

use keymoor_core::{
    delegation::{Freshness, REFRESH_GRACE},
    jwt::{Algorithm, KeySet, TokenFault, verify},
    refresh::{GrantKeys, RefreshToken},
    seal::MasterKey,
    ticket::Ticket,
};
use keymoor_testkit::{NOW, claims, expectation, signer};
use proptest::prelude::*;

fn keys(byte: u8) -> GrantKeys {
    GrantKeys::new(&MasterKey::new([byte; 32].into()))
}

#[test]
fn a_refresh_token_is_kmr_and_letters_and_digits() {
    for random in [[0; 32], [0xFF; 32], [7; 32]] {
        let token = RefreshToken::generate(random);
        let body = token.expose().strip_prefix("kmr_").unwrap();
        assert_eq!(body.len(), 43 + 6);
        assert!(body.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{body}");
        assert_eq!(RefreshToken::parse(token.expose()).unwrap().expose(), token.expose());
    }
}

#[test]
fn s101_a_refresh_token_is_not_shown_in_debug() {
    let token = RefreshToken::generate([7; 32]);
    assert_eq!(
        format!("{token:?} {:?}", keys(1)),
        "RefreshToken([redacted]) GrantKeys([redacted])"
    );
}

#[test]
fn what_is_no_refresh_token_is_not_read() {
    let token = RefreshToken::generate([7; 32]);
    let text = token.expose();
    let (flipped, other) = (text.replace('7', "8"), text.replace("kmr_", "km_"));
    for wrong in ["", "kmr_", &text[1..], &format!("{text}0"), &text.to_uppercase(), &other] {
        assert!(RefreshToken::parse(wrong).is_none(), "{wrong}");
    }
    assert!(flipped == text || RefreshToken::parse(&flipped).is_none());
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text: String) {
        let _ = RefreshToken::parse(&text);
    }

    #[test]
    fn a_changed_character_is_no_refresh_token(random: [u8; 32], at in 4..53_usize, to in "[0-9A-Za-z]") {
        let token = RefreshToken::generate(random);
        let mut text = token.expose().to_owned();
        text.replace_range(at..=at, &to);
        prop_assert_eq!(RefreshToken::parse(&text).is_some(), text == token.expose());
    }

    #[test]
    fn s7_a_successor_is_the_same_each_time_and_another_under_another_key(random: [u8; 32]) {
        let token = RefreshToken::generate(random);
        let successor = keys(1).successor(&token);
        let (again, elsewhere) = (keys(1).successor(&token), keys(2).successor(&token));
        prop_assert_eq!(successor.expose(), again.expose());
        prop_assert_ne!(successor.expose(), elsewhere.expose());
        prop_assert_ne!(successor.expose(), token.expose());
    }

    #[test]
    fn s15_what_is_stored_tells_nothing_of_the_successor(random: [u8; 32]) {
        let (keys, token) = (keys(1), RefreshToken::generate(random));
        let digest = keys.refresh_token(&token);
        let successor = keys.successor(&token);
        prop_assert_ne!(&digest, &keys.refresh_token(&successor));
        let body = &successor.expose()["kmr_".len()..];
        prop_assert!(!digest.as_str().contains(&body[..8]));
    }
}

#[test]
fn s7_a_chain_does_not_come_back() {
    let (keys, mut token) = (keys(1), RefreshToken::generate([7; 32]));
    let mut seen = HashSet::new();
    for _ in 0..1000 {
        assert!(seen.insert(token.expose().to_owned()));
        token = keys.successor(&token);
    }
}

#[test]
fn s31_each_kind_has_digests_of_its_own() {
    let (keys, ticket) = (keys(1), Ticket::generate([7; 32]));
    let digests = [keys.code(&ticket), keys.device_code(&ticket), keys.user_code(ticket.expose())];
    assert_eq!(digests.iter().collect::<HashSet<_>>().len(), 3);
}

#[test]
fn s27_a_refresh_token_is_no_access_token_nor_the_other_way_round() {
    let signer = signer(Algorithm::Es256);
    let keys = KeySet::from_iter([signer.verification_key()]);
    let refresh = RefreshToken::generate([7; 32]);
    let fault = verify(refresh.expose(), &keys, &expectation(), NOW).unwrap_err();
    assert_eq!(fault, TokenFault::Malformed);
    assert!(RefreshToken::parse(&signer.sign(&claims())).is_none());
}

#[test]
fn s7_a_used_refresh_token_is_fresh_for_10_seconds_while_its_successor_counts() {
    let grace = i64::from(REFRESH_GRACE);
    let of = |generation, used: Option<i64>, current| {
        Freshness::of(generation, used.map(|seconds| NOW.plus(seconds)), current, NOW)
    };
    assert_eq!(of(4, None, 4), Freshness::Current);
    assert_eq!(of(3, Some(-grace), 4), Freshness::JustUsed);
    assert_eq!(of(3, Some(3), 4), Freshness::JustUsed, "by a clock that is ahead");
    for (generation, used, current) in
        [(3, Some(-grace - 1), 4), (2, Some(0), 4), (4, Some(0), 4), (3, None, 4), (5, None, 4)]
    {
        assert_eq!(of(generation, used, current), Freshness::Stale, "{generation} {used:?}");
    }
    assert_eq!(Freshness::of(i64::MAX, Some(NOW), i64::MIN, NOW), Freshness::Stale);
}

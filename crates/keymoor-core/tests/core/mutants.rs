//! A token has one spelling: whatever is changed about it, it does not hold any more.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use keymoor_core::{
    Scope, Scopes, TokenId,
    claims::Claims,
    jwt::{Algorithm, KeySet, Signer, verify},
};
use keymoor_testkit::{NOW, Seeded, claims, expectation, signer};

fn holds(token: &str, signer: &Signer) -> bool {
    let keys = KeySet::from_iter([signer.verification_key()]);
    verify(token, &keys, &expectation(), NOW).is_ok()
}

#[test]
fn s26_no_character_can_be_changed() {
    let signer = signer(Algorithm::EdDsa);
    let token = signer.sign(&claims());
    assert!(holds(&token, &signer));
    for at in 0..token.len() {
        for to in ['A', 'B', 'Q', 'g', 'w', '0', '9', '-', '_', '.', '=', '+', ' ', '\n'] {
            let mut changed = token.clone();
            changed.replace_range(at..=at, &to.to_string());
            assert!(changed == token || !holds(&changed, &signer), "{at} to {to:?}");
        }
    }
}

#[test]
fn s26_no_bit_can_be_flipped() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let signer = signer(algorithm);
        let token = signer.sign(&claims());
        for at in 0..token.len() * 8 {
            let mut bytes = token.clone().into_bytes();
            bytes[at / 8] ^= 1 << (at % 8);
            let changed = String::from_utf8_lossy(&bytes);
            assert!(!holds(&changed, &signer), "{algorithm} bit {at}");
        }
    }
}

#[test]
fn s26_nothing_can_be_cut_off_or_added() {
    let signer = signer(Algorithm::Es256);
    let token = signer.sign(&claims());
    for length in 0..token.len() {
        assert!(!holds(&token[..length], &signer), "{length}");
        assert!(!holds(&token[length + 1..], &signer), "{length}");
    }
    for added in ["=", "==", ".", "A", " ", "\n", "%3D", ".e30"] {
        assert!(!holds(&format!("{token}{added}"), &signer), "{added:?}");
        assert!(!holds(&format!("{added}{token}"), &signer), "{added:?}");
    }
}

#[test]
fn s26_the_other_signature_of_an_ecdsa_pair_does_not_hold() {
    const ORDER: [u8; 32] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC,
        0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ];
    let signer = signer(Algorithm::Es256);
    for seed in 0..50 {
        let token = signer.sign(&claims_of(seed));
        assert!(holds(&token, &signer));
        let (message, signature) = token.rsplit_once('.').unwrap();
        let mut signature = BASE64.decode(signature).unwrap();
        let mut borrow = 0;
        for at in (32..64).rev() {
            let value = i16::from(ORDER[at - 32]) - i16::from(signature[at]) - borrow;
            borrow = i16::from(value < 0);
            signature[at] = u8::try_from(value.rem_euclid(256)).unwrap();
        }
        assert!(!holds(&format!("{message}.{}", BASE64.encode(&signature)), &signer));
    }
}

fn claims_of(seed: u64) -> Claims {
    let mut random = Seeded::new(seed);
    Claims { jti: TokenId::from_random(random.bytes()), ..claims() }
}

/// Changes `token` in one of many ways; `other` is another token of the same key.
fn mutate(token: &str, other: &str, random: &mut Seeded) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let others: Vec<&str> = other.split('.').collect();
    let pick = random.below(8);
    match pick {
        0 => replaced(token, random),
        1 => format!("{}.{}.{}", others[0], others[1], parts[2]),
        2 => format!("{}.{}.{}", parts[0], parts[1], others[2]),
        3 => format!("{}.{}.{}", parts[0], grown(parts[1], random), parts[2]),
        4 => token[..random.below(token.len())].to_owned(),
        5 => format!("{}.{}.{}", parts[0], parts[1], random_text(86, random)),
        6 => format!("{}.{}.{}", grown(parts[0], random), parts[1], parts[2]),
        _ => token.chars().rev().collect(),
    }
}

fn replaced(token: &str, random: &mut Seeded) -> String {
    let mut text = token.to_owned();
    for _ in 0..=random.below(3) {
        let at = random.below(text.len());
        text.replace_range(at..=at, &random_text(1, random));
    }
    text
}

/// The part with a member more: a scope, a later expiry, another algorithm.
fn grown(part: &str, random: &mut Seeded) -> String {
    let json = String::from_utf8(BASE64.decode(part).unwrap()).unwrap();
    let more =
        ["\"exp\":9999999999", "\"scope\":\"organization:x\"", "\"alg\":\"none\"", "\"x\":0"];
    BASE64.encode(json.replacen('{', &format!("{{{},", more[random.below(more.len())]), 1))
}

fn random_text(length: usize, random: &mut Seeded) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..length).map(|_| char::from(ALPHABET[random.below(64)])).collect()
}

#[test]
fn s24_none_of_100_000_mutated_tokens_holds() {
    let mut random = Seeded::new(20_261_123);
    let signer = signer(Algorithm::Es256);
    let scope = keymoor_core::OrganizationId::from_random([3; 16]);
    let scoped = Claims {
        scope: Scopes::from_iter([Scope::Organization(scope)]),
        jti: TokenId::from_random([1; 16]),
        ..claims()
    };
    let (token, other) = (signer.sign(&claims()), signer.sign(&scoped));
    assert!(holds(&token, &signer) && holds(&other, &signer));
    for count in 0..100_000 {
        let mutant = mutate(&token, &other, &mut random);
        assert!(
            mutant == token || mutant == other || !holds(&mutant, &signer),
            "{count}: {mutant}"
        );
    }
}

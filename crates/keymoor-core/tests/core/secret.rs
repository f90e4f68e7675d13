use keymoor_core::{
    ApiSecret, PresentedSecret,
    secret::{Damage, SECRET_LENGTH},
};
use keymoor_testkit::{Fixture, pepper};
use proptest::prelude::*;

fn damage(text: &str) -> Option<Damage> {
    PresentedSecret::new(text).damage()
}

#[test]
fn s10_a_secret_is_km_and_letters_and_digits() {
    for random in [[0; 32], [0xFF; 32], [7; 32]] {
        let secret = ApiSecret::generate(random);
        let text = secret.expose();
        assert_eq!(text.len(), SECRET_LENGTH);
        let body = text.strip_prefix("km_").unwrap();
        assert!(body.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
    }
}

proptest! {
    #[test]
    fn s15_each_of_the_256_bits_counts(random: [u8; 32], bit in 0..256_usize) {
        let mut other = random;
        other[bit / 8] ^= 1 << (bit % 8);
        let (one, other) = (ApiSecret::generate(random), ApiSecret::generate(other));
        prop_assert_ne!(one.expose(), other.expose());
    }

    #[test]
    fn a_generated_secret_has_no_damage(random: [u8; 32]) {
        prop_assert_eq!(damage(ApiSecret::generate(random).expose()), None);
    }

    #[test]
    fn the_checksum_catches_every_changed_character(random: [u8; 32], at in 3..52_usize, to in "[0-9A-Za-z]") {
        let secret = ApiSecret::generate(random);
        let mut text = secret.expose().to_owned();
        prop_assume!(text[at..=at] != to);
        text.replace_range(at..=at, &to);
        prop_assert_eq!(damage(&text), Some(Damage::Checksum));
    }

    #[test]
    fn the_checksum_catches_neighbours_that_changed_places(random: [u8; 32], at in 3..51_usize) {
        let secret = ApiSecret::generate(random);
        let mut bytes = secret.expose().as_bytes().to_vec();
        prop_assume!(bytes[at] != bytes[at + 1]);
        bytes.swap(at, at + 1);
        prop_assert_eq!(damage(std::str::from_utf8(&bytes).unwrap()), Some(Damage::Checksum));
    }

    #[test]
    fn any_text_can_be_presented(text in any::<String>()) {
        let _ = damage(&text);
    }
}

#[test]
fn damage_is_told_by_its_cause() {
    let secret = ApiSecret::generate([7; 32]);
    let text = secret.expose();
    let cases = [
        (format!("{text} "), Damage::Encoding),
        (text.replacen('_', " ", 1), Damage::Encoding),
        (text.replacen('_', "%5F", 1), Damage::Encoding),
        (text[..51].to_owned(), Damage::Shape),
        (format!("{text}A"), Damage::Shape),
        (format!("xx_{}", &text[3..]), Damage::Shape),
        (String::new(), Damage::Shape),
    ];
    for (text, expected) in cases {
        assert_eq!(damage(&text), Some(expected), "{text:?}");
    }
}

#[test]
fn a_secret_that_starts_like_the_right_one_does_not_match() {
    let fixture = Fixture::new(1);
    let longer = format!("{}A", fixture.secret.expose());
    let presented = PresentedSecret::new(&longer);
    let known =
        keymoor_core::authenticate::authenticate(&presented, Some(&fixture.facts), &fixture.pepper);
    assert!(known.is_none());
}

#[test]
fn s15_digests_under_two_peppers_never_match() {
    let secret = ApiSecret::generate([7; 32]);
    assert!(pepper(1).digest(&secret).equals(&pepper(1).digest(&secret)));
    assert!(!pepper(1).digest(&secret).equals(&pepper(2).digest(&secret)));
}

#[test]
fn s101_debug_shows_no_secret() {
    let fixture = Fixture::new(1);
    let request = fixture.request("").unwrap();
    let shown =
        format!("{:?} {:?} {:?} {:?}", fixture.secret, request, fixture.facts, fixture.pepper);
    assert!(!shown.contains(fixture.secret.expose()));
    assert!(!shown.contains(&fixture.secret.expose()[3..12]));
}

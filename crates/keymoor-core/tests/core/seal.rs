use keymoor_core::seal::{CannotOpen, MasterKey, Purpose, Sealed};
use zeroize::Zeroizing;

fn master(byte: u8) -> MasterKey {
    MasterKey::new(Zeroizing::new([byte; 32]))
}

fn sealed() -> Sealed {
    master(1).seal(Purpose::SigningKey, "kid", [9; 12], b"private")
}

#[test]
fn what_was_sealed_opens() {
    let opened = master(1).open(Purpose::SigningKey, "kid", &sealed()).unwrap();
    assert_eq!(opened.as_slice(), b"private");
}

#[test]
fn s31_the_sealed_bytes_do_not_hold_the_plain_ones() {
    assert!(!sealed().0.windows(7).any(|window| window == b"private"));
}

#[test]
fn s31_another_master_key_does_not_open_it() {
    let opened = master(2).open(Purpose::SigningKey, "kid", &sealed());
    assert_eq!(opened.unwrap_err(), CannotOpen);
}

#[test]
fn s31_another_purpose_does_not_open_it() {
    assert!(master(1).open(Purpose::Pepper, "kid", &sealed()).is_err());
}

#[test]
fn s31_another_name_does_not_open_it() {
    assert!(master(1).open(Purpose::SigningKey, "other", &sealed()).is_err());
}

#[test]
fn s31_no_changed_byte_opens() {
    for at in 0..sealed().0.len() {
        let mut changed = sealed();
        changed.0[at] ^= 1;
        assert!(master(1).open(Purpose::SigningKey, "kid", &changed).is_err(), "byte {at}");
    }
}

#[test]
fn too_few_bytes_do_not_open() {
    assert!(master(1).open(Purpose::SigningKey, "kid", &Sealed(vec![1; 11])).is_err());
}

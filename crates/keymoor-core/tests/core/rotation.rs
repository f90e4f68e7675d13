use keymoor_core::{
    UnixTime,
    rotation::{KEY_SET_MAX_AGE, KeyTimes, PUBLISHED_AFTER, PUBLISHED_BEFORE, schedule},
    token::TOKEN_LIFE,
};
use keymoor_testkit::NOW;
use proptest::prelude::*;

fn key(signs_from: i64) -> KeyTimes {
    KeyTimes { signs_from: NOW.plus(signs_from), withdrawn_at: None }
}

fn withdrawn(signs_from: i64) -> KeyTimes {
    KeyTimes { withdrawn_at: Some(NOW), ..key(signs_from) }
}

#[test]
fn without_a_key_there_is_no_schedule() {
    assert_eq!(schedule(&[], NOW), None);
    assert_eq!(schedule(&[withdrawn(0)], NOW), None);
}

#[test]
fn s29_a_new_key_is_published_before_it_signs() {
    let keys = [key(0), key(100)];
    let before = schedule(&keys, NOW.plus(99)).unwrap();
    assert_eq!((before.signing, before.published), (0, vec![0, 1]));
    assert_eq!(before.until, NOW.plus(100));
    assert_eq!(schedule(&keys, NOW.plus(100)).unwrap().signing, 1);
}

#[test]
fn s29_an_old_key_stays_until_its_last_token_is_over() {
    let keys = [key(0), key(100)];
    let end = 100 + i64::from(PUBLISHED_AFTER);
    assert_eq!(schedule(&keys, NOW.plus(end - 1)).unwrap().published, [0, 1]);
    assert_eq!(schedule(&keys, NOW.plus(end)).unwrap().published, [1]);
}

#[test]
fn s29_the_margins_cover_caches_and_tokens() {
    const { assert!(PUBLISHED_BEFORE > KEY_SET_MAX_AGE) };
    const { assert!(PUBLISHED_AFTER > TOKEN_LIFE) };
}

#[test]
fn s32_a_withdrawn_key_neither_signs_nor_is_published() {
    let next = schedule(&[withdrawn(0), key(100)], NOW).unwrap();
    assert_eq!((next.signing, next.published), (1, vec![1]), "the next signs before its turn");
    let back = schedule(&[key(0), withdrawn(10)], NOW.plus(5000)).unwrap();
    assert_eq!((back.signing, back.published), (0, vec![0]));
}

proptest! {
    #[test]
    fn s29_no_valid_token_is_ever_of_an_unpublished_key(
        gaps in proptest::collection::vec(0i64..400, 1..6),
        issued in 0i64..1000,
        age in 0i64..300,
    ) {
        let mut from = 0;
        let keys: Vec<KeyTimes> = gaps.iter().map(|gap| { from += gap; key(from) }).collect();
        let at = |seconds: i64| -> UnixTime { NOW.plus(seconds) };
        let signer = schedule(&keys, at(issued)).unwrap().signing;
        let later = schedule(&keys, at(issued + age)).unwrap();
        prop_assert!(later.published.contains(&signer));
    }

    #[test]
    fn a_schedule_holds_until_it_says(
        gaps in proptest::collection::vec(0i64..400, 1..6),
        now in 0i64..2000,
    ) {
        let mut from = 0;
        let keys: Vec<KeyTimes> = gaps.iter().map(|gap| { from += gap; key(from) }).collect();
        let held = schedule(&keys, NOW.plus(now)).unwrap();
        let last = held.until.plus(-1).min(NOW.plus(now + 1000));
        prop_assert_eq!(schedule(&keys, last).unwrap(), held);
    }
}

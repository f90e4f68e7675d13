use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use keymoor_core::{
    access::Target,
    jwt::{Algorithm, KeySet, Signer, TokenFault},
    refusal::Refusal,
};
use keymoor_guard::{FixedKeys, Guard, KeySource, KeysUnavailable};
use keymoor_testkit::{claims, signer};

use crate::support::{check, guard_with, key_set, parts};

/// A source that counts how often it is asked to refresh, and can be made to fail.
#[derive(Default)]
struct Counted {
    keys: FixedKeys,
    next: FixedKeys,
    asked: AtomicUsize,
    broken: AtomicBool,
}

impl Counted {
    fn with(now: KeySet, next: KeySet) -> Arc<Self> {
        let counted = Self::default();
        counted.keys.replace(now);
        counted.next.replace(next);
        Arc::new(counted)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl KeySource for Counted {
    fn current(&self) -> Arc<KeySet> {
        self.keys.current()
    }

    async fn refresh(&self) -> Result<(), KeysUnavailable> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.broken.load(Ordering::SeqCst) {
            return Err(KeysUnavailable("planted".to_owned()));
        }
        self.keys.replace((*self.next.current()).clone());
        Ok(())
    }
}

fn guard(keys: &Arc<Counted>) -> Arc<Guard> {
    let (directory, clock) = parts();
    guard_with(keys.clone(), &directory, &clock)
}

async fn ask(guard: &Guard, signer: &Signer) -> Option<Refusal> {
    check(guard, &signer.sign(&claims()), Target::General).await.err()
}

#[tokio::test]
async fn s30_an_unknown_kid_makes_the_guard_refresh_once_and_look_again() {
    let signer = signer(Algorithm::EdDsa);
    let keys = Counted::with(KeySet::default(), key_set(&signer));
    assert_eq!(ask(&guard(&keys), &signer).await, None);
    assert_eq!(keys.asked(), 1);
}

#[tokio::test]
async fn s30_a_kid_that_stays_unknown_is_refused_after_one_refresh() {
    let (known, foreign) = (signer(Algorithm::EdDsa), signer(Algorithm::EdDsa));
    let keys = Counted::with(key_set(&known), key_set(&known));
    let refused = ask(&guard(&keys), &foreign).await;
    assert_eq!(refused, Some(Refusal::InvalidToken(TokenFault::UnknownKey)));
    assert_eq!(keys.asked(), 1);
}

#[tokio::test]
async fn s30_a_known_kid_never_asks() {
    let signer = signer(Algorithm::EdDsa);
    let keys = Counted::with(key_set(&signer), KeySet::default());
    let guard = guard(&keys);
    for _ in 0..3 {
        assert_eq!(ask(&guard, &signer).await, None);
    }
    let broken = "e30.e30.e30";
    assert!(check(&guard, broken, Target::General).await.is_err());
    assert_eq!(keys.asked(), 0);
}

#[tokio::test]
async fn s75_a_key_source_that_fails_denies() {
    let signer = signer(Algorithm::EdDsa);
    let keys = Counted::with(KeySet::default(), key_set(&signer));
    keys.broken.store(true, Ordering::SeqCst);
    assert_eq!(ask(&guard(&keys), &signer).await, Some(Refusal::Unavailable));
}

#[tokio::test]
async fn s30_keys_that_are_there_stay_usable_while_the_source_fails() {
    let (known, foreign) = (signer(Algorithm::EdDsa), signer(Algorithm::EdDsa));
    let keys = Counted::with(key_set(&known), key_set(&known));
    keys.broken.store(true, Ordering::SeqCst);
    let guard = guard(&keys);
    assert_eq!(ask(&guard, &foreign).await, Some(Refusal::Unavailable));
    assert_eq!(ask(&guard, &known).await, None);
}

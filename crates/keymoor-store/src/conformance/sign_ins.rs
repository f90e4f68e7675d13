use std::net::IpAddr;

use keymoor_core::{
    AccountId, SessionId,
    name::Email,
    ticket::{Ticket, TicketDigest},
};

use super::world::{NOW, World, at, is_conflict, is_not_found, stamp};
use crate::{
    Ceremony, Grounds, Link, LinkKind, NewSession, Page, PasswordChange, Renewal, SessionAge,
};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

fn digest(byte: u8) -> TicketDigest {
    Ticket::generate([byte; 32]).digest()
}

fn any_age() -> SessionAge {
    SessionAge { seen_after: NOW.plus(-1000), started_after: NOW.plus(-1000) }
}

async fn session(world: &World, account: AccountId, byte: u8) -> TicketDigest {
    let id = SessionId::from_random([byte; 16]);
    let device = "a browser".to_owned();
    let grounds = Grounds::default();
    let new = NewSession {
        digest: digest(byte),
        id,
        account,
        address: HERE,
        device,
        organization: None,
        grounds,
    };
    assert!(world.store.start_session(&new, any_age(), stamp()).await.unwrap());
    new.digest
}

/// Whether a session starts on those grounds.
async fn starts(world: &World, account: AccountId, byte: u8, grounds: Grounds) -> bool {
    let (id, device) = (SessionId::from_random([byte; 16]), "a browser".to_owned());
    let new = NewSession {
        organization: None,
        digest: digest(byte),
        id,
        account,
        address: HERE,
        device,
        grounds,
    };
    let started = world.store.start_session(&new, any_age(), stamp()).await.unwrap();
    assert_eq!(is_signed_in(world, &new.digest).await, started);
    started
}

/// The credentials that a sign-in would be decided by now.
async fn credentials(world: &World, email: &str) -> i64 {
    let email = Email::parse(email).unwrap();
    world.store.sign_in_facts(&email).await.unwrap().unwrap().credentials
}

fn decided_by(credentials: i64) -> Grounds {
    Grounds { credentials: Some(credentials), ..Grounds::default() }
}

async fn is_signed_in(world: &World, digest: &TicketDigest) -> bool {
    world.store.session(digest, any_age()).await.unwrap().is_some()
}

fn change(account: AccountId, link: Option<u8>, keep: Option<u8>) -> PasswordChange {
    let hash = "$argon2id$".to_owned();
    let keep = keep.map(|byte| renewal(byte, byte + 100));
    PasswordChange { account, hash, link: link.map(digest), keep, credentials: None }
}

fn renewal(from: u8, to: u8) -> Renewal {
    Renewal { from: digest(from), to: digest(to) }
}

pub async fn a_session_is_found_by_its_digest_while_it_counts(world: &World) {
    let account = world.account("a@example.com").await;
    let one = session(world, account, 1).await;
    let (found, whose) = world.store.session(&one, any_age()).await.unwrap().unwrap();
    assert_eq!((whose.id, whose.signed_in_at), (account, Some(NOW)));
    assert_eq!((found.address, &*found.device, found.seen_at), (HERE, "a browser", NOW));
    assert!(!is_signed_in(world, &digest(2)).await);
    let idle = SessionAge { seen_after: NOW, started_after: NOW.plus(-1) };
    assert_eq!(world.store.session(&one, idle).await.unwrap(), None);
    let old = SessionAge { seen_after: NOW.plus(-1), started_after: NOW };
    assert_eq!(world.store.session(&one, old).await.unwrap(), None);
}

pub async fn a_session_that_is_used_counts_on(world: &World) {
    let account = world.account("a@example.com").await;
    let one = session(world, account, 1).await;
    world.store.touch_session(&one, HERE, NOW.plus(60)).await.unwrap();
    let (found, _) = world.store.session(&one, any_age()).await.unwrap().unwrap();
    assert_eq!(found.seen_at, NOW.plus(60));
    world.store.touch_session(&one, HERE, NOW.plus(5)).await.unwrap();
    let (found, _) = world.store.session(&one, any_age()).await.unwrap().unwrap();
    assert_eq!(found.seen_at, NOW.plus(60), "it does not go back");
}

pub async fn sessions_are_ended_one_by_one_and_all_at_once(world: &World) {
    let (a, b) = (world.account("a@example.com").await, world.account("b@example.com").await);
    let (one, two, three) =
        (session(world, a, 1).await, session(world, a, 2).await, session(world, b, 3).await);
    let store = &world.store;
    assert_eq!(store.sessions_of(a, any_age()).await.unwrap().len(), 2);
    let second = SessionId::from_random([2; 16]);
    assert!(is_not_found(&store.end_session(b, second).await), "another's is out of reach");
    store.end_session(a, second).await.unwrap();
    assert!(is_signed_in(world, &one).await && !is_signed_in(world, &two).await);
    store.end_sessions(a, None).await.unwrap();
    assert!(!is_signed_in(world, &one).await && is_signed_in(world, &three).await);
}

pub async fn disabling_an_account_ends_its_sessions_and_links_for_good(world: &World) {
    let account = world.account("a@example.com").await;
    let one = session(world, account, 1).await;
    link(world, account, 7).await;
    world.store.set_account_disabled(account, true, stamp()).await.unwrap();
    assert!(!is_signed_in(world, &one).await);
    world.store.set_account_disabled(account, false, stamp()).await.unwrap();
    assert!(!is_signed_in(world, &one).await, "and it does not come back");
    assert_eq!(world.store.link(&digest(7), NOW).await.unwrap(), None);
}

async fn link(world: &World, account: AccountId, byte: u8) {
    let expires_at = NOW.plus(100);
    let link = Link { kind: LinkKind::Password, account: Some(account), expires_at };
    world.store.add_link(&link, &digest(byte), NOW).await.unwrap();
    assert_eq!(world.store.link(&digest(byte), NOW).await.unwrap(), Some(link));
}

pub async fn a_new_password_ends_every_other_session(world: &World) {
    let account = world.account("a@example.com").await;
    let (one, two) = (session(world, account, 1).await, session(world, account, 2).await);
    world.store.set_password(&change(account, None, Some(2)), stamp()).await.unwrap();
    assert!(!is_signed_in(world, &one).await && !is_signed_in(world, &two).await);
    assert!(is_signed_in(world, &digest(102)).await, "which goes on under another ticket");
    let hash = world.store.password_hash(account).await.unwrap();
    assert_eq!(hash.as_deref(), Some("$argon2id$"));
    let nobody = AccountId::new(0, [9; 10]);
    assert!(is_not_found(&world.store.set_password(&change(nobody, None, None), stamp()).await));
}

pub async fn a_link_sets_one_password_of_its_account_in_its_time(world: &World) {
    let (a, b) = (world.account("a@example.com").await, world.account("b@example.com").await);
    let store = &world.store;
    link(world, a, 1).await;
    assert!(is_not_found(&store.set_password(&change(b, Some(1), None), stamp()).await));
    assert!(is_not_found(&store.set_password(&change(a, Some(1), None), at(100)).await));
    assert_eq!(store.link(&digest(1), NOW.plus(100)).await.unwrap(), None);
    store.set_password(&change(a, Some(1), None), at(99)).await.unwrap();
    assert!(is_not_found(&store.set_password(&change(a, Some(1), None), at(99)).await));
    link(world, a, 2).await;
    link(world, a, 3).await;
    assert_eq!(store.link(&digest(2), NOW).await.unwrap(), None, "a newer one replaces it");
}

pub async fn the_first_account_is_made_once_by_its_link(world: &World) {
    let store = &world.store;
    assert!(!store.has_accounts().await.unwrap());
    let setup = Link { kind: LinkKind::Setup, account: None, expires_at: NOW.plus(100) };
    store.add_link(&setup, &digest(1), NOW).await.unwrap();
    store.add_link(&setup, &digest(2), NOW).await.unwrap();
    let mut new = world.new_account("ada@example.com");
    new.operator = true;
    let old = store.create_first_account(&new, &digest(1), stamp()).await;
    assert!(is_not_found(&old), "the newest link is the one that works");
    store.create_first_account(&new, &digest(2), stamp()).await.unwrap();
    assert!(store.account(new.id).await.unwrap().unwrap().operator);
    assert!(store.has_accounts().await.unwrap());
    store.add_link(&setup, &digest(3), NOW).await.unwrap();
    let second = world.new_account("eve@example.com");
    let refused = store.create_first_account(&second, &digest(3), stamp()).await;
    assert!(is_conflict(&refused));
}

pub async fn a_ceremony_is_changed_and_ended_by_one(world: &World) {
    let account = world.account("a@example.com").await;
    let (state, expires_at) = ("one".to_owned(), NOW.plus(100));
    let ceremony = Ceremony { account, state, credentials: 0, expires_at };
    let store = &world.store;
    assert!(store.begin_ceremony(&digest(1), &ceremony, NOW).await.unwrap());
    assert_eq!(store.ceremony(&digest(1), NOW).await.unwrap(), Some(ceremony));
    assert_eq!(store.ceremony(&digest(1), NOW.plus(100)).await.unwrap(), None);
    assert!(store.change_ceremony(&digest(1), "one", "two").await.unwrap());
    assert!(!store.change_ceremony(&digest(1), "one", "three").await.unwrap());
    let ends = Grounds { ceremony: Some(digest(1)), ..Grounds::default() };
    assert!(starts(world, account, 2, ends.clone()).await);
    assert!(!starts(world, account, 3, ends).await, "of two who finish it, one is let in");
}

/// Everything that changes what signing in takes, by name.
const CHANGES: [&str; 8] = [
    "password",
    "disabled and enabled",
    "app",
    "no app",
    "passkey",
    "no passkey",
    "codes",
    "reset",
];

async fn carry_out(world: &World, account: AccountId, what: &str) {
    let (store, sealed) = (&world.store, keymoor_core::seal::Sealed(vec![1]));
    match what {
        "password" => store.set_password(&change(account, None, None), stamp()).await.unwrap(),
        "disabled and enabled" => {
            store.set_account_disabled(account, true, stamp()).await.unwrap();
            store.set_account_disabled(account, false, stamp()).await.unwrap();
        }
        "app" => store.add_totp(account, &sealed, 1, stamp()).await.unwrap(),
        "no app" => store.remove_totp(account, stamp()).await.unwrap(),
        "passkey" => {
            let passkey = super::factors::passkey("one");
            store.add_passkey(account, &passkey, stamp()).await.unwrap();
        }
        "no passkey" => store.remove_passkey(account, "one", stamp()).await.unwrap(),
        "codes" => store.set_recovery_codes(account, &["x".to_owned()], stamp()).await.unwrap(),
        _ => {
            store.add_totp(account, &sealed, 1, stamp()).await.unwrap();
            store.reset_second_factors(account, stamp()).await.unwrap();
        }
    }
}

pub async fn s42_what_was_decided_by_older_credentials_starts_nothing(world: &World) {
    let account = world.account("a@example.com").await;
    for what in CHANGES {
        let before = credentials(world, "a@example.com").await;
        carry_out(world, account, what).await;
        assert!(!starts(world, account, 1, decided_by(before)).await, "{what}");
        let (state, expires_at) = (String::new(), NOW.plus(100));
        let half = Ceremony { account, state, credentials: before, expires_at };
        assert!(!world.store.begin_ceremony(&digest(2), &half, NOW).await.unwrap(), "{what}");
        assert_eq!(world.store.ceremony(&digest(2), NOW).await.unwrap(), None);
        let late = PasswordChange { credentials: Some(before), ..change(account, None, None) };
        assert!(is_conflict(&world.store.set_password(&late, stamp()).await), "{what}");
    }
    let now = credentials(world, "a@example.com").await;
    assert!(starts(world, account, 1, decided_by(now)).await);
}

pub async fn s42_a_disabled_account_starts_nothing(world: &World) {
    let account = world.account("a@example.com").await;
    world.store.set_account_disabled(account, true, stamp()).await.unwrap();
    let now = credentials(world, "a@example.com").await;
    for grounds in [Grounds::default(), decided_by(now)] {
        assert!(!starts(world, account, 1, grounds).await);
    }
    let (state, expires_at) = (String::new(), NOW.plus(100));
    let half = Ceremony { account, state, credentials: now, expires_at };
    assert!(!world.store.begin_ceremony(&digest(2), &half, NOW).await.unwrap());
}

pub async fn s42_a_session_that_is_refused_leaves_everything_as_it_was(world: &World) {
    let account = world.account("a@example.com").await;
    let old = session(world, account, 1).await;
    let (ceremony, replaces) = (Some(digest(9)), Some(old.clone()));
    let grounds = Grounds { credentials: Some(0), ceremony, replaces };
    let (id, device) = (SessionId::from_random([2; 16]), String::new());
    let new = NewSession {
        organization: None,
        digest: digest(2),
        id,
        account,
        address: HERE,
        device,
        grounds,
    };
    let started = world.store.start_session(&new, any_age(), at(5)).await.unwrap();
    assert!(!started, "there is no such half");
    assert!(is_signed_in(world, &old).await);
    let found = world.store.account(account).await.unwrap().unwrap();
    assert_eq!(found.signed_in_at, Some(NOW), "not even the time");
    let all = Page { limit: 10, offset: 0 };
    let (happened, _) = world.store.activity_of(account, all).await.unwrap();
    let sign_ins = happened.iter().filter(|row| row.kind == crate::ActivityKind::SignedIn);
    assert_eq!(sign_ins.count(), 1);
}

pub async fn s42_of_a_sign_in_and_a_new_password_at_once_no_session_is_left(world: &World) {
    let account = world.account("a@example.com").await;
    for byte in 1..20 {
        let before = credentials(world, "a@example.com").await;
        let (id, device) = (SessionId::from_random([byte; 16]), String::new());
        let (digest, grounds) = (digest(byte), decided_by(before));
        let new =
            NewSession { organization: None, digest, id, account, address: HERE, device, grounds };
        let store = world.store.clone();
        let digest = new.digest.clone();
        let started =
            tokio::spawn(
                async move { store.start_session(&new, any_age(), stamp()).await.unwrap() },
            );
        world.store.set_password(&change(account, None, None), stamp()).await.unwrap();
        started.await.unwrap();
        assert!(!is_signed_in(world, &digest).await);
    }
}

pub async fn s41_a_session_takes_the_place_of_another(world: &World) {
    let (a, b) = (world.account("a@example.com").await, world.account("b@example.com").await);
    let (old, other) = (session(world, a, 1).await, session(world, a, 2).await);
    let grounds = Grounds { replaces: Some(old.clone()), ..Grounds::default() };
    assert!(starts(world, b, 3, grounds).await);
    assert!(!is_signed_in(world, &old).await && is_signed_in(world, &other).await);
}

pub async fn s41_a_session_that_is_confirmed_goes_on_under_another_ticket(world: &World) {
    let (a, b) = (world.account("a@example.com").await, world.account("b@example.com").await);
    let old = session(world, a, 1).await;
    let (store, new) = (&world.store, renewal(1, 2));
    let confirm = async |account, credentials, at| {
        store.confirm_session(account, &new, credentials, at).await.unwrap()
    };
    assert!(!confirm(b, 0, NOW).await, "another's is out of reach");
    assert!(!confirm(a, 1, NOW).await, "decided by other credentials");
    assert!(is_signed_in(world, &old).await);
    assert!(confirm(a, 0, NOW.plus(61)).await);
    assert!(!is_signed_in(world, &old).await);
    let (found, _) = store.session(&new.to, any_age()).await.unwrap().unwrap();
    assert_eq!((found.started_at, found.confirmed_at), (NOW, NOW.plus(61)));
    assert!(!confirm(a, 0, NOW.plus(62)).await, "once");
}

pub async fn attempts_are_blocked_for_longer_and_longer(world: &World) {
    let store = &world.store;
    for _ in 0..5 {
        assert_eq!(store.attempt("a@example.com", NOW).await.unwrap(), Ok(()));
    }
    let until = store.attempt("a@example.com", NOW).await.unwrap().unwrap_err();
    assert_eq!(until, NOW.plus(30));
    assert_eq!(store.attempt("b@example.com", NOW).await.unwrap(), Ok(()));
    assert_eq!(store.attempt("a@example.com", until).await.unwrap(), Ok(()));
    assert_eq!(store.attempt("a@example.com", until).await.unwrap(), Err(until.plus(60)));
    store.forget_attempts("a@example.com").await.unwrap();
    assert_eq!(store.attempt("a@example.com", until).await.unwrap(), Ok(()));
}

pub async fn of_many_attempts_at_once_only_the_free_ones_are_taken(world: &World) {
    let attempts = (0..20).map(|_| {
        let store = world.store.clone();
        tokio::spawn(async move { store.attempt("a@example.com", NOW).await.unwrap() })
    });
    let mut taken = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        taken += usize::from(attempt.await.unwrap().is_ok());
    }
    assert_eq!(taken, 5);
}

pub async fn what_a_sign_in_depends_on_is_read_at_once(world: &World) {
    let account = world.account("a@example.com").await;
    let email = Email::parse("a@example.com").unwrap();
    let facts = world.store.sign_in_facts(&email).await.unwrap().unwrap();
    assert_eq!((facts.account.id, facts.password_hash), (account, None));
    assert!(!facts.factors.is_any());
    let nobody = Email::parse("b@example.com").unwrap();
    assert!(world.store.sign_in_facts(&nobody).await.unwrap().is_none());
}

pub async fn operators_are_appointed_and_accounts_found(world: &World) {
    let account = world.account("ada@example.com").await;
    world.account("100%_eve@example.com").await;
    let store = &world.store;
    store.set_operator(account, true, stamp()).await.unwrap();
    assert!(is_conflict(&store.set_operator(account, true, stamp()).await));
    let page = Page { limit: 10, offset: 0 };
    let (found, count) = store.find_accounts("ADA@", page).await.unwrap();
    assert_eq!((found.len(), count, found[0].account.operator), (1, 1, true));
    assert!(!found[0].has_password && found[0].api_tokens == 0);
    assert_eq!(store.find_accounts("%_", page).await.unwrap().1, 1, "taken as it stands");
    let (found, count) = store.find_accounts("", Page { limit: 1, offset: 1 }).await.unwrap();
    assert_eq!((found[0].account.email.as_str(), count), ("100%_eve@example.com", 2));
}

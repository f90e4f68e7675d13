use std::net::IpAddr;

use keymoor_core::{
    AccountId, SessionId,
    name::Email,
    ticket::{Ticket, TicketDigest},
};

use super::world::{NOW, World, at, is_conflict, is_not_found, stamp};
use crate::{Ceremony, Link, LinkKind, NewSession, Page, PasswordChange, SessionAge};

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
    let new =
        NewSession { digest: digest(byte), id, account, address: HERE, device, organization: None };
    world.store.start_session(&new, any_age(), stamp()).await.unwrap();
    new.digest
}

async fn is_signed_in(world: &World, digest: &TicketDigest) -> bool {
    world.store.session(digest, any_age()).await.unwrap().is_some()
}

fn change(account: AccountId, link: Option<u8>, keep: Option<u8>) -> PasswordChange {
    let hash = "$argon2id$".to_owned();
    PasswordChange { account, hash, link: link.map(digest), keep: keep.map(digest) }
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
    world.store.confirm_session(&one, NOW.plus(61)).await.unwrap();
    let (found, _) = world.store.session(&one, any_age()).await.unwrap().unwrap();
    assert_eq!((found.seen_at, found.confirmed_at), (NOW.plus(60), NOW.plus(61)));
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
    assert!(!is_signed_in(world, &one).await && is_signed_in(world, &two).await);
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
    let ceremony = Ceremony { account, state, expires_at };
    let store = &world.store;
    store.begin_ceremony(&digest(1), &ceremony, NOW).await.unwrap();
    assert_eq!(store.ceremony(&digest(1), NOW).await.unwrap(), Some(ceremony));
    assert_eq!(store.ceremony(&digest(1), NOW.plus(100)).await.unwrap(), None);
    assert!(store.change_ceremony(&digest(1), "one", "two").await.unwrap());
    assert!(!store.change_ceremony(&digest(1), "one", "three").await.unwrap());
    assert!(store.end_ceremony(&digest(1)).await.unwrap());
    assert!(!store.end_ceremony(&digest(1)).await.unwrap());
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

use std::net::{IpAddr, Ipv4Addr};

use keymoor_core::{
    AccountId, IdentityProviderId, OrganizationId, SessionId,
    removals::{Event, Subject, Tombstone},
    seal::Sealed,
    ticket::{Ticket, TicketDigest},
};

use super::world::{NOW, World, at, is_conflict, is_not_found, label, stamp};
use crate::{
    FederationPolicy, Grounds, IdentityProvider, NewSession, Protocol, ProviderSignIn, SessionAge,
    SessionSignIn, SignOnRequest,
};

pub(super) const DAY: i64 = 86_400;

pub(super) fn provider(world: &World, organization: OrganizationId) -> IdentityProvider {
    IdentityProvider {
        id: IdentityProviderId::from_random([world.next(); 16]),
        organization,
        protocol: Protocol::Saml,
        label: label("Works sign-in"),
        settings: "{}".to_owned(),
        secret: Some(Sealed(vec![1, 2, 3])),
        enabled_at: Some(NOW),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// An organization with a provider that is enabled, and its owner, who is linked as `ada`.
pub(super) struct Works {
    pub(super) owner: AccountId,
    pub(super) organization: OrganizationId,
    pub(super) provider: IdentityProviderId,
}

pub(super) async fn works(world: &World) -> Works {
    let owner = world.account("a@example.com").await;
    let organization = world.organization(owner, true).await;
    let new = provider(world, organization);
    world.store.create_identity_provider(&new, stamp()).await.unwrap();
    world.store.link_account(new.id, "ada", owner, stamp()).await.unwrap();
    Works { owner, organization, provider: new.id }
}

fn digest(byte: u8) -> TicketDigest {
    Ticket::generate([byte; 32]).digest()
}

fn any_age() -> SessionAge {
    SessionAge { seen_after: NOW.plus(-DAY), started_after: NOW.plus(-DAY) }
}

pub(super) async fn session(world: &World, works: &Works, byte: u8, restricted: bool) -> SessionId {
    let new = NewSession {
        digest: digest(byte),
        id: SessionId::from_random([byte; 16]),
        account: works.owner,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        device: "a browser".to_owned(),
        organization: restricted.then_some(works.organization),
        grounds: Grounds::default(),
    };
    world.store.start_session(&new, any_age(), stamp()).await.unwrap();
    new.id
}

pub(super) fn sign_in(works: &Works, session: SessionId) -> ProviderSignIn {
    ProviderSignIn {
        provider: works.provider,
        subject: "ada".to_owned(),
        provider_session: Some("one".to_owned()),
        account: works.owner,
        session,
        proved_at: Some(NOW.plus(-5)),
    }
}

pub async fn an_organization_has_one_provider_as_it_was_made(world: &World) {
    let owner = world.account("a@example.com").await;
    let (organization, store) = (world.organization(owner, false).await, &world.store);
    assert_eq!(store.identity_provider_of(organization).await.unwrap(), None);
    let new = provider(world, organization);
    store.create_identity_provider(&new, stamp()).await.unwrap();
    assert_eq!(store.identity_provider_of(organization).await.unwrap(), Some(new.clone()));
    let second = provider(world, organization);
    assert!(is_conflict(&store.create_identity_provider(&second, stamp()).await));
    let changed =
        IdentityProvider { label: label("Other"), settings: "{\"a\":1}".to_owned(), ..new.clone() };
    store.change_identity_provider(&changed, false, at(9)).await.unwrap();
    let expected = IdentityProvider { updated_at: NOW.plus(9), ..changed };
    assert_eq!(store.identity_provider(new.id).await.unwrap(), Some(expected));
    assert!(is_not_found(&store.change_identity_provider(&second, false, stamp()).await));
}

pub async fn another_provider_under_the_same_id_knows_nobody(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let key = world.token(works.owner).await;
    let session = session(world, &works, 1, true).await;
    store.sign_in_through(&sign_in(&works, session), stamp()).await.unwrap();
    let now = store.identity_provider(works.provider).await.unwrap().unwrap();
    let until = || async {
        let facts = store.credential_facts(key).await.unwrap().unwrap();
        facts.memberships[0].signed_in_until
    };
    store.change_identity_provider(&now, false, stamp()).await.unwrap();
    assert_eq!(store.linked_account(now.id, "ada").await.unwrap(), Some(works.owner));
    assert!(until().await.is_some());
    store.change_identity_provider(&now, true, stamp()).await.unwrap();
    assert_eq!(store.linked_account(now.id, "ada").await.unwrap(), None);
    assert_eq!(until().await, None);
    assert!(store.session(&digest(1), any_age()).await.unwrap().is_none());
}

pub async fn a_sign_in_through_the_provider_counts_for_the_maximum_age(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let key = world.token(works.owner).await;
    let policy = FederationPolicy { max_sign_in_age: 600, watched: false, break_glass: true };
    store.set_federation_policy(works.organization, policy, stamp()).await.unwrap();
    assert_eq!(store.federation_policy(works.organization).await.unwrap(), Some(policy));
    let session = session(world, &works, 1, false).await;
    store.sign_in_through(&sign_in(&works, session), at(30)).await.unwrap();
    let until = || async {
        let facts = store.credential_facts(key).await.unwrap().unwrap();
        facts.memberships[0].signed_in_until
    };
    assert_eq!(until().await, Some(NOW.plus(630)));
    store.set_identity_provider_enabled(works.provider, false, at(40)).await.unwrap();
    assert_eq!(until().await, None, "a disabled provider vouches for nobody");
    store.set_identity_provider_enabled(works.provider, true, at(50)).await.unwrap();
    assert_eq!(until().await, Some(NOW.plus(630)));
    store.unlink_account(works.provider, works.owner, at(60)).await.unwrap();
    assert_eq!(until().await, None);
}

pub async fn only_the_linked_sign_in_through_an_enabled_provider(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let session = session(world, &works, 1, false).await;
    let right = sign_in(&works, session);
    let other = ProviderSignIn { subject: "eve".to_owned(), ..right.clone() };
    assert!(is_not_found(&store.sign_in_through(&other, stamp()).await));
    let stranger = world.account("b@example.com").await;
    store.link_account(works.provider, "bob", stranger, stamp()).await.unwrap();
    let bob = ProviderSignIn { subject: "bob".to_owned(), account: stranger, ..right.clone() };
    assert!(is_not_found(&store.sign_in_through(&bob, stamp()).await), "no member");
    store.set_identity_provider_enabled(works.provider, false, stamp()).await.unwrap();
    assert!(is_not_found(&store.sign_in_through(&right, stamp()).await));
    assert!(is_conflict(
        &store.set_identity_provider_enabled(works.provider, false, stamp()).await
    ));
}

pub async fn a_person_of_a_provider_is_one_account(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let other = world.account("b@example.com").await;
    assert!(is_conflict(&store.link_account(works.provider, "ada", other, stamp()).await));
    assert!(is_conflict(&store.link_account(works.provider, "eve", works.owner, stamp()).await));
    assert_eq!(store.linked_account(works.provider, "ada").await.unwrap(), Some(works.owner));
    assert_eq!(store.linked_account(works.provider, "ADA").await.unwrap(), None);
    let links = store.provider_links(works.provider).await.unwrap();
    assert_eq!((links.len(), links[0].account, &*links[0].subject), (1, works.owner, "ada"));
    let subject = store.linked_subject(works.provider, works.owner).await.unwrap();
    assert_eq!(subject.as_deref(), Some("ada"));
    assert!(is_not_found(&store.unlink_account(works.provider, other, stamp()).await));
}

pub async fn a_disabled_provider_ends_what_it_started(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let (own, theirs) =
        (session(world, &works, 1, false).await, session(world, &works, 2, true).await);
    for session in [own, theirs] {
        store.sign_in_through(&sign_in(&works, session), stamp()).await.unwrap();
    }
    let proved_at = Some(NOW.plus(-5));
    let proved = SessionSignIn { organization: works.organization, signed_in_at: NOW, proved_at };
    assert_eq!(store.session_sign_ins(own).await.unwrap(), [proved]);
    let (found, _) = store.session(&digest(2), any_age()).await.unwrap().unwrap();
    assert_eq!(found.organization, Some(works.organization));
    store.set_identity_provider_enabled(works.provider, false, stamp()).await.unwrap();
    assert!(store.session_sign_ins(own).await.unwrap().is_empty());
    assert!(store.session(&digest(1), any_age()).await.unwrap().is_some());
    assert!(store.session(&digest(2), any_age()).await.unwrap().is_none());
}

pub async fn a_provider_ends_the_sessions_of_a_person(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let session = session(world, &works, 1, true).await;
    store.sign_in_through(&sign_in(&works, session), stamp()).await.unwrap();
    for (subject, own) in [(Some("eve"), None), (None, Some("two")), (None, None)] {
        assert_eq!(store.end_provider_sessions(works.provider, subject, own).await.unwrap(), 0);
    }
    assert!(store.session(&digest(1), any_age()).await.unwrap().is_some());
    let ended = store.end_provider_sessions(works.provider, Some("ada"), Some("one")).await;
    assert_eq!(ended.unwrap(), 1);
    assert!(store.session(&digest(1), any_age()).await.unwrap().is_none());
}

pub async fn a_membership_ends_with_what_was_proved_for_it(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let member = world.account("b@example.com").await;
    store.add_member(works.organization, member, stamp()).await.unwrap();
    store.link_account(works.provider, "bob", member, stamp()).await.unwrap();
    let works = Works { owner: member, ..works };
    let session = session(world, &works, 1, true).await;
    let new = ProviderSignIn { subject: "bob".to_owned(), ..sign_in(&works, session) };
    store.sign_in_through(&new, stamp()).await.unwrap();
    store.remove_member(works.organization, member, stamp()).await.unwrap();
    assert!(store.session(&digest(1), any_age()).await.unwrap().is_none());
    assert!(store.session_sign_ins(session).await.unwrap().is_empty());
}

pub async fn a_removed_provider_leaves_nothing(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let session = session(world, &works, 1, false).await;
    store.sign_in_through(&sign_in(&works, session), stamp()).await.unwrap();
    store.remove_identity_provider(works.provider, stamp()).await.unwrap();
    assert_eq!(store.identity_provider(works.provider).await.unwrap(), None);
    assert_eq!(store.linked_account(works.provider, "ada").await.unwrap(), None);
    assert!(store.session_sign_ins(session).await.unwrap().is_empty());
    assert!(is_not_found(&store.remove_identity_provider(works.provider, stamp()).await));
}

pub async fn a_sign_on_is_taken_once_in_its_time(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let sealed = Sealed(vec![7; 40]);
    let (provider, expires_at) = (works.provider, NOW.plus(600));
    let request = SignOnRequest { provider, sealed, expires_at };
    for byte in [1, 2] {
        store.begin_sign_on(&digest(byte), &request, NOW).await.unwrap();
    }
    let taken = store.take_sign_on(&digest(1), NOW).await.unwrap().unwrap();
    assert_eq!((taken.provider, taken.sealed), (request.provider, request.sealed.clone()));
    assert!(store.take_sign_on(&digest(1), NOW).await.unwrap().is_none());
    assert!(store.take_sign_on(&digest(2), NOW.plus(600)).await.unwrap().is_none());
}

pub async fn an_assertion_is_spent_once(world: &World) {
    let store = &world.store;
    assert!(store.spend_assertion("a", NOW.plus(60), NOW).await.unwrap());
    assert!(!store.spend_assertion("a", NOW.plus(60), NOW.plus(59)).await.unwrap());
    assert!(store.spend_assertion("b", NOW.plus(60), NOW).await.unwrap());
}

pub async fn who_would_be_refused_is_told_with_the_api_tokens(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let member = world.account("b@example.com").await;
    store.add_member(works.organization, member, stamp()).await.unwrap();
    let session = session(world, &works, 1, false).await;
    store.sign_in_through(&sign_in(&works, session), stamp()).await.unwrap();
    world.token(works.owner).await;
    let key = world.token(member).await;
    let unready = store.unready_members(works.organization, NOW).await.unwrap();
    assert_eq!(unready.len(), 1);
    assert_eq!((unready[0].account, unready[0].signed_in_until), (member, None));
    let tokens = store.unready_tokens(works.organization, NOW).await.unwrap();
    assert_eq!(tokens.iter().map(|token| token.api_key).collect::<Vec<_>>(), [key]);
    let later = NOW.plus(31 * DAY);
    assert_eq!(store.unready_members(works.organization, later).await.unwrap().len(), 2);
}

pub async fn guards_hear_of_a_provider_that_vouches_no_more(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let before = store.changes_after(0, 100).await.unwrap().last().unwrap().number;
    store.set_identity_provider_enabled(works.provider, false, stamp()).await.unwrap();
    store.unlink_account(works.provider, works.owner, stamp()).await.unwrap();
    let after = store.changes_after(before, 100).await.unwrap();
    let subjects = after.iter().map(|change| match change.event().unwrap() {
        Some(Event::Removed(Tombstone { subject, issued_until: Some(_) })) => subject,
        other => panic!("{other:?}"),
    });
    let (organization, account) = (works.organization, works.owner);
    let expected = [Subject::Organization(organization), Subject::Member { organization, account }];
    assert_eq!(subjects.collect::<Vec<_>>(), expected);
}

pub async fn what_would_be_refused_is_counted_while_an_organization_watches(world: &World) {
    let owner = world.account("a@example.com").await;
    let (organization, store) = (world.organization(owner, false).await, &world.store);
    let key = world.token(owner).await;
    assert!(store.watched_organizations().await.unwrap().is_empty());
    let policy = FederationPolicy { max_sign_in_age: 600, watched: true, break_glass: true };
    store.set_federation_policy(organization, policy, stamp()).await.unwrap();
    assert_eq!(store.watched_organizations().await.unwrap(), [organization]);
    store.note_watched(organization, key, 2, NOW).await.unwrap();
    store.note_watched(organization, key, 3, NOW.plus(5)).await.unwrap();
    let noted = store.watched_refusals(organization).await.unwrap();
    assert_eq!(noted.len(), 1);
    assert_eq!((noted[0].api_key, noted[0].times, noted[0].last_at), (key, 5, NOW.plus(5)));
    store.set_federation_policy(organization, policy, stamp()).await.unwrap();
    assert_eq!(store.watched_refusals(organization).await.unwrap().len(), 1, "it watched already");
    let off = FederationPolicy { watched: false, ..policy };
    for policy in [off, policy] {
        store.set_federation_policy(organization, policy, stamp()).await.unwrap();
    }
    assert!(store.watched_refusals(organization).await.unwrap().is_empty());
}

use keymoor_core::{
    AccountId, ApiKey, OrganizationId,
    removals::{Event, Subject},
};

use super::{
    sign_on::{DAY, Works, session, sign_in, works},
    world::{NOW, World, at, is_conflict, is_not_found, label, stamp},
};
use crate::{
    Account, ActivityKind, Actor, ChangeKind, FederationPolicy, NewServiceAccount, Page, Stamp,
    StoreError,
};

/// A service account that is about to be made by `by`.
fn new(world: &World, organization: OrganizationId, by: AccountId) -> NewServiceAccount {
    let id = AccountId::new(1_795_461_060_000, [world.next(); 10]);
    NewServiceAccount { id, organization, name: label(&format!("Robot {id}")), by }
}

/// One of a federated organization, whose owner signed in just now.
async fn vouched(world: &World) -> (Works, AccountId, ApiKey) {
    let works = works(world).await;
    let browser = session(world, &works, 1, false).await;
    world.store.sign_in_through(&sign_in(&works, browser), stamp()).await.unwrap();
    let new = new(world, works.organization, works.owner);
    world.store.create_service_account(&new, at(60)).await.unwrap();
    let key = world.token(new.id).await;
    (works, new.id, key)
}

async fn until(world: &World, key: ApiKey) -> Option<i64> {
    let facts = world.store.credential_facts(key).await.unwrap().unwrap();
    facts.memberships[0].signed_in_until.map(|until| until.since(NOW))
}

pub async fn a_service_account_is_a_member_that_nobody_signs_in_to(world: &World) {
    let owner = world.account("a@example.com").await;
    let (organization, store) = (world.organization(owner, false).await, &world.store);
    let new = new(world, organization, owner);
    store.create_service_account(&new, at(5)).await.unwrap();
    let found = store.service_accounts(organization).await.unwrap().pop().unwrap();
    assert_eq!(store.service_account(new.id).await.unwrap().as_ref(), Some(&found));
    assert_eq!((found.organization, &found.name), (organization, &new.name));
    assert_eq!((found.created_at, found.disabled_at, found.vouching), (NOW.plus(5), None, None));
    let member = store.member(organization, new.id).await.unwrap().unwrap();
    assert_eq!((member.service_name.as_ref(), member.admin), (Some(&new.name), false));
    let account = store.account(new.id).await.unwrap().unwrap();
    assert!(!account.takes_mail() && account.email.as_str().ends_with(Account::NO_MAIL));
    let facts = store.sign_in_facts(&account.email).await.unwrap().unwrap();
    assert_eq!(facts.password_hash, None);
}

pub async fn a_name_is_one_service_accounts_of_an_organization(world: &World) {
    let owner = world.account("a@example.com").await;
    let organization = world.organization(owner, false).await;
    let (one, mut two) = (new(world, organization, owner), new(world, organization, owner));
    world.store.create_service_account(&one, stamp()).await.unwrap();
    two.name = one.name.clone();
    assert!(is_conflict(&world.store.create_service_account(&two, stamp()).await));
    assert_eq!(world.store.account(two.id).await.unwrap(), None, "nothing of it is there");
    let store = &world.store;
    let rename = |id, name: &'static str| async move {
        store.rename_service_account(organization, id, &label(name), stamp()).await
    };
    rename(one.id, "Deploy").await.unwrap();
    store.create_service_account(&two, stamp()).await.unwrap();
    assert!(is_conflict(&rename(two.id, "Deploy").await));
    let elsewhere = world.organization(owner, false).await;
    let foreign = store.rename_service_account(elsewhere, one.id, &label("X"), stamp()).await;
    assert!(is_not_found(&foreign));
}

pub async fn an_administrators_sign_in_vouches_from_when_it_was(world: &World) {
    let (works, id, key) = vouched(world).await;
    assert_eq!(until(world, key).await, Some(30 * DAY), "from the sign-in, not from the making");
    let vouching = world.store.service_account(id).await.unwrap().unwrap().vouching.unwrap();
    assert_eq!((vouching.by, vouching.email.as_str()), (works.owner, "a@example.com"));
    assert_eq!((vouching.at, vouching.signed_in_at), (NOW.plus(60), NOW));
    assert_eq!(vouching.until, NOW.plus(30 * DAY));
    let policy = FederationPolicy { max_sign_in_age: 600, watched: false, break_glass: true };
    world.store.set_federation_policy(works.organization, policy, stamp()).await.unwrap();
    assert_eq!(until(world, key).await, Some(600), "by the age that the organization has now");
}

pub async fn nobody_vouches_without_a_sign_in_that_counts(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let robot = new(world, works.organization, works.owner);
    let refused = store.create_service_account(&robot, stamp()).await;
    let Err(StoreError::Conflict(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("sign in through the organization"), "{why}");
    assert_eq!(store.account(robot.id).await.unwrap(), None);
    let browser = session(world, &works, 1, false).await;
    store.sign_in_through(&sign_in(&works, browser), stamp()).await.unwrap();
    assert!(is_conflict(&store.create_service_account(&robot, at(30 * DAY)).await), "too old");
    store.create_service_account(&robot, at(30 * DAY - 1)).await.unwrap();
}

pub async fn what_an_operator_attested_vouches_for_no_service_account(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let attestation = crate::Attestation {
        organization: works.organization,
        account: works.owner,
        until: NOW.plus(DAY),
        reason: label("outage"),
    };
    store.attest_sign_in(&attestation, stamp()).await.unwrap();
    let robot = new(world, works.organization, works.owner);
    assert!(is_conflict(&store.create_service_account(&robot, stamp()).await));
}

pub async fn an_operator_attests_nothing_of_a_service_account(world: &World) {
    let (works, id, key) = vouched(world).await;
    let attestation = crate::Attestation {
        organization: works.organization,
        account: id,
        until: NOW.plus(90 * DAY),
        reason: label("outage"),
    };
    let refused = world.store.attest_sign_in(&attestation, stamp()).await;
    let Err(StoreError::Conflict(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("renews the service account"), "{why}");
    assert_eq!(until(world, key).await, Some(30 * DAY));
}

pub async fn an_organization_has_no_more_service_accounts_than_are_allowed(world: &World) {
    let owner = world.account("a@example.com").await;
    let (organization, store) = (world.organization(owner, false).await, &world.store);
    let number = |number: u64| {
        let id = AccountId::new(1_795_461_060_000 + number, [7; 10]);
        NewServiceAccount { id, organization, name: label(&format!("Robot {number}")), by: owner }
    };
    for each in 1..=500 {
        store.create_service_account(&number(each), stamp()).await.unwrap();
    }
    let refused = store.create_service_account(&number(501), stamp()).await;
    let Err(StoreError::Conflict(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("500 service accounts"), "{why}");
    store.delete_service_account(organization, number(1).id, stamp()).await.unwrap();
    store.create_service_account(&number(501), stamp()).await.unwrap();
}

pub async fn nobody_is_told_to_renew_what_was_renewed_just_now(world: &World) {
    let (works, store) = (works(world).await, &world.store);
    let max_sign_in_age = u32::try_from(10 * DAY).unwrap();
    let policy = FederationPolicy { max_sign_in_age, watched: false, break_glass: true };
    store.set_federation_policy(works.organization, policy, stamp()).await.unwrap();
    let browser = session(world, &works, 1, false).await;
    store.sign_in_through(&sign_in(&works, browser), stamp()).await.unwrap();
    let robot = new(world, works.organization, works.owner);
    store.create_service_account(&robot, at(60)).await.unwrap();
    let note = |days, day: i64| store.note_renewals(days, NOW.plus(day * DAY));
    assert_eq!(note(14, 1).await.unwrap(), 0, "it never counts for so long");
    assert_eq!(note(3, 7).await.unwrap(), 1);
}

pub async fn what_counts_for_one_member_is_that_members(world: &World) {
    let (works, _, _) = vouched(world).await;
    let (store, organization) = (&world.store, works.organization);
    let other = world.account("b@example.com").await;
    store.add_member(organization, other, stamp()).await.unwrap();
    let (until, reason) = (NOW.plus(3600), label("outage"));
    let attestation = crate::Attestation { organization, account: other, until, reason };
    store.attest_sign_in(&attestation, stamp()).await.unwrap();
    let all = store.members_sign_ins(organization, None, NOW).await.unwrap();
    assert_eq!(all.len(), 2);
    for one in all {
        let found = store.members_sign_ins(organization, Some(one.account), NOW).await.unwrap();
        assert_eq!(found, [one]);
    }
}

pub async fn a_later_sign_in_renews(world: &World) {
    let (works, id, key) = vouched(world).await;
    let store = &world.store;
    let renew =
        |seconds| store.renew_service_account(works.organization, id, works.owner, at(seconds));
    assert!(is_conflict(&renew(120).await), "this sign-in counts already");
    let browser = session(world, &works, 2, false).await;
    store.sign_in_through(&sign_in(&works, browser), at(DAY)).await.unwrap();
    assert_eq!(until(world, key).await, Some(30 * DAY), "a sign-in alone renews nothing");
    renew(DAY + 5).await.unwrap();
    assert_eq!(until(world, key).await, Some(31 * DAY));
}

pub async fn a_service_account_outlives_who_vouched_for_it(world: &World) {
    let (works, id, key) = vouched(world).await;
    let (next, store) = (world.account("b@example.com").await, &world.store);
    store.add_member(works.organization, next, stamp()).await.unwrap();
    store.set_owner(works.organization, next, stamp()).await.unwrap();
    store.remove_member(works.organization, works.owner, stamp()).await.unwrap();
    assert_eq!(until(world, key).await, Some(30 * DAY));
    let vouching = store.service_account(id).await.unwrap().unwrap().vouching.unwrap();
    assert_eq!(vouching.email.as_str(), "a@example.com", "and it is known who it was");
}

pub async fn a_provider_that_vouches_no_more_vouches_for_no_service_account(world: &World) {
    let (works, id, key) = vouched(world).await;
    let store = &world.store;
    store.set_identity_provider_enabled(works.provider, false, stamp()).await.unwrap();
    assert_eq!(until(world, key).await, None, "disabled");
    store.set_identity_provider_enabled(works.provider, true, stamp()).await.unwrap();
    assert_eq!(until(world, key).await, Some(30 * DAY), "and enabled again");
    let provider = store.identity_provider(works.provider).await.unwrap().unwrap();
    store.change_identity_provider(&provider, true, stamp()).await.unwrap();
    assert_eq!(until(world, key).await, None, "another one");
    store.remove_identity_provider(works.provider, stamp()).await.unwrap();
    assert_eq!(store.service_account(id).await.unwrap().unwrap().vouching, None);
}

pub async fn a_service_account_belongs_to_its_organization_as_a_plain_member(world: &World) {
    let (works, id, _) = vouched(world).await;
    let (store, organization) = (&world.store, works.organization);
    let elsewhere = world.organization(works.owner, false).await;
    assert!(is_conflict(&store.add_member(elsewhere, id, stamp()).await));
    assert!(is_conflict(&store.remove_member(organization, id, stamp()).await));
    assert!(is_conflict(&store.set_administrator(organization, id, true, stamp()).await));
    assert!(is_conflict(&store.set_owner(organization, id, stamp()).await));
}

pub async fn a_disabled_service_account_is_enabled_by_who_disabled_it(world: &World) {
    let (works, id, key) = vouched(world).await;
    let (store, organization) = (&world.store, works.organization);
    let set =
        |disabled, time| store.set_service_account_disabled(organization, id, disabled, at(time));
    set(true, 100).await.unwrap();
    assert!(is_conflict(&set(true, 100).await));
    let facts = store.credential_facts(key).await.unwrap().unwrap();
    assert_eq!(facts.account_disabled_at, Some(NOW.plus(100)));
    let last = store.changes_after(0, 500).await.unwrap().pop().unwrap();
    let Some(Event::Removed(tombstone)) = last.event().unwrap() else { panic!("{last:?}") };
    assert_eq!(tombstone.subject, Subject::Account(id));
    set(false, 200).await.unwrap();
    assert!(is_conflict(&set(false, 200).await));
    store.set_account_disabled(id, true, at(300)).await.unwrap();
    assert!(store.service_account(id).await.unwrap().unwrap().disabled_by_operator);
    assert!(is_conflict(&set(false, 400).await), "an operator did it");
    store.set_account_disabled(id, false, at(500)).await.unwrap();
    set(true, 600).await.unwrap();
}

pub async fn a_deleted_service_account_leaves_nothing_that_works(world: &World) {
    let (works, id, key) = vouched(world).await;
    let store = &world.store;
    let foreign = world.organization(works.owner, false).await;
    assert!(is_not_found(&store.delete_service_account(foreign, id, stamp()).await));
    store.delete_service_account(works.organization, id, at(100)).await.unwrap();
    assert_eq!(store.service_account(id).await.unwrap(), None);
    assert_eq!(store.member(works.organization, id).await.unwrap(), None);
    let facts = store.credential_facts(key).await.unwrap().unwrap();
    assert!(facts.account_disabled_at.is_some() && facts.removed_at.is_some());
    assert!(facts.memberships.is_empty());
    let last = store.changes_after(0, 500).await.unwrap().pop().unwrap();
    assert_eq!(last.kind, ChangeKind::ServiceAccountDeleted);
    let Some(Event::Removed(tombstone)) = last.event().unwrap() else { panic!("{last:?}") };
    assert_eq!(tombstone.subject, Subject::Account(id));
    assert!(is_not_found(&store.delete_service_account(works.organization, id, stamp()).await));
}

pub async fn a_deleted_organization_takes_its_service_accounts_along(world: &World) {
    let (works, id, key) = vouched(world).await;
    let second = new(world, works.organization, works.owner);
    world.store.create_service_account(&second, at(60)).await.unwrap();
    world.store.delete_organization(works.organization, at(100)).await.unwrap();
    let told = world.store.changes_after(0, 500).await.unwrap();
    let told: Vec<_> = told.iter().rev().take(3).map(|one| one.kind).collect();
    let deleted = ChangeKind::ServiceAccountDeleted;
    assert_eq!(told, [ChangeKind::OrganizationDeleted, deleted, deleted], "guards hear of each");
    assert_eq!(world.store.service_account(id).await.unwrap(), None);
    let facts = world.store.credential_facts(key).await.unwrap().unwrap();
    assert!(facts.account_disabled_at.is_some() && facts.memberships.is_empty());
}

pub async fn who_would_be_refused_counts_service_accounts(world: &World) {
    let owner = world.account("a@example.com").await;
    let (organization, store) = (world.organization(owner, false).await, &world.store);
    let robot = new(world, organization, owner);
    store.create_service_account(&robot, stamp()).await.unwrap();
    let key = world.token(robot.id).await;
    let members = store.unready_members(organization, NOW).await.unwrap();
    assert!(members.iter().any(|member| member.service_name.as_ref() == Some(&robot.name)));
    let tokens = store.unready_tokens(organization, NOW).await.unwrap();
    assert_eq!((tokens.len(), tokens[0].api_key), (1, key));
    assert_eq!(tokens[0].service_name.as_ref(), Some(&robot.name));
    let other = world.store.unready_members(organization, NOW).await.unwrap();
    assert_eq!(other.len(), 2, "the owner too");
}

async fn renewals_told(world: &World, account: AccountId) -> usize {
    let page = Page { limit: 100, offset: 0 };
    let (found, _) = world.store.activity_of(account, page).await.unwrap();
    let due = found.iter().filter(|one| one.kind == ActivityKind::RenewalSoon);
    due.filter(|one| one.mail_due_at.is_some()).count()
}

pub async fn a_renewal_is_told_to_each_administrator_once_for_each_warning(world: &World) {
    let (works, id, _) = vouched(world).await;
    let (admin, member) =
        (world.account("b@example.com").await, world.account("c@example.com").await);
    let (store, organization) = (&world.store, works.organization);
    for account in [admin, member] {
        store.add_member(organization, account, stamp()).await.unwrap();
    }
    store.set_administrator(organization, admin, true, stamp()).await.unwrap();
    let note = |days, day: i64| store.note_renewals(days, NOW.plus(day * DAY));
    assert_eq!(note(14, 15).await.unwrap(), 0, "not yet");
    assert_eq!(note(14, 16).await.unwrap(), 1);
    assert_eq!(note(14, 17).await.unwrap(), 0, "once");
    assert_eq!(note(3, 27).await.unwrap(), 1);
    assert_eq!((note(3, 28).await.unwrap(), note(14, 28).await.unwrap()), (0, 0));
    for (account, told) in [(works.owner, 2), (admin, 2), (member, 0), (id, 0)] {
        assert_eq!(renewals_told(world, account).await, told);
    }
    let browser = session(world, &works, 2, false).await;
    store.sign_in_through(&sign_in(&works, browser), at(28 * DAY)).await.unwrap();
    store.renew_service_account(organization, id, works.owner, at(28 * DAY)).await.unwrap();
    assert_eq!(note(14, 29).await.unwrap(), 0);
    assert_eq!(note(14, 45).await.unwrap(), 1, "and again before the next one");
}

pub async fn what_happens_in_an_organization_is_noted_for_whom_it_concerns(world: &World) {
    let (organization, member) = world.with_member().await;
    let store = &world.store;
    let owner = store.organizations_of(member).await.unwrap()[0].owner;
    let by = Stamp { by: Actor::Account(owner), ..stamp() };
    store.set_administrator(organization, member, true, by).await.unwrap();
    let robot = new(world, organization, owner);
    store.create_service_account(&robot, by).await.unwrap();
    let key = world.token(robot.id).await;
    store.set_administrator(organization, member, false, by).await.unwrap();
    store.remove_member(organization, member, by).await.unwrap();
    let page = Page { limit: 100, offset: 0 };
    let (found, _) = store.activity_of(member, page).await.unwrap();
    let kinds: Vec<_> = found.iter().rev().map(|one| one.kind).collect();
    let expected = [
        ActivityKind::AccountCreated,
        ActivityKind::MemberAdded,
        ActivityKind::AdministratorAppointed,
        ActivityKind::ServiceAccountCreated,
        ActivityKind::ApiTokenCreated,
        ActivityKind::AdministratorDismissed,
        ActivityKind::MemberRemoved,
    ];
    assert_eq!(kinds, expected);
    let token = found.iter().find(|one| one.kind == ActivityKind::ApiTokenCreated).unwrap();
    assert_eq!(token.subject, format!("{organization}/{}/{key}", robot.id));
    assert!(token.mail_due_at.is_some(), "nobody reads the mail of the service account");
}

pub async fn what_counts_for_members_stands_apart(world: &World) {
    let (works, _, _) = vouched(world).await;
    let (store, organization) = (&world.store, works.organization);
    for (hours, reason) in [(2, "outage"), (1, "test")] {
        let attestation = crate::Attestation {
            organization,
            account: works.owner,
            until: NOW.plus(hours * 3600),
            reason: label(reason),
        };
        store.attest_sign_in(&attestation, stamp()).await.unwrap();
    }
    let found = store.members_sign_ins(organization, None, NOW.plus(60)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].account, works.owner);
    assert_eq!(found[0].through_provider, Some((NOW, Some(NOW.plus(30 * DAY)))));
    let vouched = found[0].vouched.as_ref().unwrap();
    assert_eq!((&*vouched.by, vouched.reason.as_str()), ("operator", "outage"), "the longest");
    assert_eq!(vouched.until, NOW.plus(7200));
    let later = store.members_sign_ins(organization, None, NOW.plus(7200)).await.unwrap();
    assert_eq!(later[0].vouched, None, "its time is over");
    store.set_identity_provider_enabled(works.provider, false, stamp()).await.unwrap();
    let found = store.members_sign_ins(organization, None, NOW).await.unwrap();
    assert_eq!(found[0].through_provider, Some((NOW, None)));
}

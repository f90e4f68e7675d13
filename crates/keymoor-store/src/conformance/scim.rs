use keymoor_core::{
    AccountId, IdentityProviderId, OrganizationId, ScimUserId, SecretId,
    digest::SecretDigest,
    facts::StoredSecret,
    removals::{Event, Subject, Tombstone},
    scim::{Address, Filter, User},
};

use super::{
    domains::{newcomer, works},
    world::{NOW, World, at, is_conflict, is_not_found, label, stamp},
};
use crate::{ActivityKind, Page, ScimSecret, ScimUser, StoreError};

const ALL: Page = Page { limit: 100, offset: 0 };

pub(super) fn user(world: &World, organization: OrganizationId, name: &str) -> ScimUser {
    let value = format!("{name}@corp.example");
    ScimUser {
        id: ScimUserId::from_random([world.next(); 16]),
        organization,
        user: User {
            user_name: name.to_owned(),
            external_id: Some(format!("{name}-1")),
            active: true,
            emails: vec![Address { value, kind: None, primary: true }],
            ..User::default()
        },
        account: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A member who is linked as `bob-1`.
async fn linked(
    world: &World,
    organization: OrganizationId,
    provider: IdentityProviderId,
) -> AccountId {
    let bob = world.account("bob@elsewhere.example").await;
    world.store.add_member(organization, bob, stamp()).await.unwrap();
    world.store.link_account(provider, "bob-1", bob, stamp()).await.unwrap();
    bob
}

async fn set_active(world: &World, user: &ScimUser, active: bool) -> Result<(), StoreError> {
    let mut changed = user.clone();
    changed.user.active = active;
    let before = world.store.scim_user(user.organization, user.id).await?.unwrap().user;
    assert!(world.store.change_scim_user(&before, &changed, stamp()).await?);
    Ok(())
}

async fn is_member(world: &World, organization: OrganizationId, account: AccountId) -> bool {
    world.store.seat(organization, account).await.unwrap().is_some()
}

pub async fn a_provisioning_secret_is_kept_as_a_digest_and_removed(world: &World) {
    let (organization, _) = works(world).await;
    let store = &world.store;
    let new = |byte: u8| ScimSecret {
        secret: StoredSecret {
            id: SecretId::from_random([byte; 16]),
            digest: SecretDigest::from_parts(1, [byte; 32]),
        },
        organization,
        label: label("Okta"),
        created_at: NOW,
        last_use: None,
    };
    for byte in 1..=4 {
        store.add_scim_secret(&new(byte), stamp()).await.unwrap();
    }
    assert!(is_conflict(&store.add_scim_secret(&new(5), stamp()).await), "the most there can be");
    let id = new(1).secret.id;
    let last = crate::LastUse { at: NOW.plus(9), address: [192, 0, 2, 1].into() };
    store.touch_scim_secret(id, last).await.unwrap();
    let found = store.scim_secrets(organization).await.unwrap();
    let used = found.iter().find(|one| one.secret.id == id).unwrap();
    assert_eq!((found.len(), used.last_use), (4, Some(last)));
    assert!(used.secret.digest.equals(&SecretDigest::from_parts(1, [1; 32])));
    store.remove_scim_secret(organization, id, stamp()).await.unwrap();
    assert!(is_not_found(&store.remove_scim_secret(organization, id, stamp()).await));
    assert!(is_conflict(&store.add_scim_secret(&new(2), stamp()).await), "an id is one secret's");
}

pub async fn a_provisioned_user_is_found_as_it_was_made(world: &World) {
    let (organization, _) = works(world).await;
    let store = &world.store;
    let (bob, eve) = (user(world, organization, "Bob"), user(world, organization, "eve"));
    store.create_scim_user(&bob, stamp()).await.unwrap();
    store.create_scim_user(&eve, at(1)).await.unwrap();
    assert_eq!(store.scim_user(organization, bob.id).await.unwrap(), Some(bob.clone()));
    let elsewhere = world.new_organization(world.account("z@example.com").await, false).id;
    assert_eq!(store.scim_user(elsewhere, bob.id).await.unwrap(), None);
    let find = async |text: &str| {
        let filter = Filter::parse(text).unwrap();
        let (found, count) = store.scim_users(organization, &filter, ALL).await.unwrap();
        assert_eq!(found.len(), usize::try_from(count).unwrap());
        found.into_iter().map(|one| one.user.user_name).collect::<Vec<_>>()
    };
    assert_eq!(find("").await, ["Bob", "eve"]);
    assert_eq!(find(r#"userName eq "BOB""#).await, ["Bob"]);
    assert_eq!(find(r#"externalId eq "eve-1""#).await, ["eve"]);
    assert_eq!(find(r#"emails.value eq "BOB@corp.example""#).await, ["Bob"]);
    assert_eq!(find(&format!(r#"id eq "{}""#, bob.id)).await, ["Bob"]);
    assert_eq!(find(r#"userName eq "bob" and active eq false"#).await, [""; 0]);
    assert_eq!(find(r#"userName eq "bob" and userName eq "eve""#).await, [""; 0]);
    let page = Page { limit: 1, offset: 1 };
    let (found, count) = store.scim_users(organization, &Filter::default(), page).await.unwrap();
    assert_eq!((found[0].id, count), (eve.id, 2));
    let mut same = user(world, organization, "BOB");
    same.user.external_id = None;
    assert!(is_conflict(&store.create_scim_user(&same, stamp()).await), "in any case");
    let mut same = user(world, organization, "carol");
    same.user.external_id = Some("eve-1".to_owned());
    assert!(is_conflict(&store.create_scim_user(&same, stamp()).await));
}

pub async fn deprovisioning_ends_the_membership_and_reactivation_restores_it(world: &World) {
    let (organization, provider) = works(world).await;
    let (bob, store) = (linked(world, organization, provider).await, &world.store);
    let new = user(world, organization, "bob");
    store.create_scim_user(&new, stamp()).await.unwrap();
    let found = store.scim_user(organization, new.id).await.unwrap().unwrap();
    assert_eq!(found.account, Some(bob), "by provider and subject");
    let key = world.token(bob).await;
    let before = store.changes_after(0, 100).await.unwrap().last().unwrap().number;
    set_active(world, &new, false).await.unwrap();
    assert!(!is_member(world, organization, bob).await);
    assert!(store.credential_facts(key).await.unwrap().unwrap().memberships.is_empty());
    assert!(store.account(bob).await.unwrap().unwrap().disabled_at.is_none(), "the account stays");
    let told = store.changes_after(before, 10).await.unwrap()[0].event().unwrap();
    let member = Subject::Member { organization, account: bob };
    let dead = matches!(told, Some(Event::Removed(Tombstone { subject, .. })) if subject == member);
    assert!(dead, "guards hear of it");
    assert!(!store.scim_user(organization, new.id).await.unwrap().unwrap().user.active);
    let taken_up = store.take_up(provider, "bob-1", None, bob, stamp()).await;
    assert!(is_conflict(&taken_up), "nor does signing in bring it back");
    set_active(world, &new, true).await.unwrap();
    assert!(is_member(world, organization, bob).await);
    store.delete_scim_user(organization, new.id, stamp()).await.unwrap();
    assert!(!is_member(world, organization, bob).await);
    assert!(is_not_found(&store.delete_scim_user(organization, new.id, stamp()).await));
}

pub async fn what_was_said_meanwhile_is_not_taken_back(world: &World) {
    let (organization, provider) = works(world).await;
    let (bob, store) = (linked(world, organization, provider).await, &world.store);
    let new = user(world, organization, "bob");
    store.create_scim_user(&new, stamp()).await.unwrap();
    let mut renamed = new.clone();
    renamed.user.display_name = Some("Bob".to_owned());
    set_active(world, &new, false).await.unwrap();
    assert!(!store.change_scim_user(&new.user, &renamed, stamp()).await.unwrap());
    let found = store.scim_user(organization, new.id).await.unwrap().unwrap();
    assert_eq!((found.user.active, found.user.display_name), (false, None));
    assert!(!is_member(world, organization, bob).await, "nor is the membership back");
}

pub async fn provisioning_never_ends_the_owners_membership(world: &World) {
    let (organization, provider) = works(world).await;
    let store = &world.store;
    let owner = keymoor_core::name::Email::parse("a@example.com").unwrap();
    let owner = store.account_by_email(&owner).await.unwrap().unwrap().id;
    store.link_account(provider, "ada-1", owner, stamp()).await.unwrap();
    let new = user(world, organization, "ada");
    store.create_scim_user(&new, stamp()).await.unwrap();
    assert!(is_conflict(&set_active(world, &new, false).await));
    assert!(is_conflict(&store.delete_scim_user(organization, new.id, stamp()).await));
    assert!(is_member(world, organization, owner).await);
    assert!(store.scim_user(organization, new.id).await.unwrap().unwrap().user.active);
}

pub async fn provisioning_brings_back_only_what_it_took(world: &World) {
    let (organization, provider) = works(world).await;
    let (bob, store) = (linked(world, organization, provider).await, &world.store);
    let new = user(world, organization, "bob");
    store.create_scim_user(&new, stamp()).await.unwrap();
    store.remove_member(organization, bob, stamp()).await.unwrap();
    let found = store.scim_user(organization, new.id).await.unwrap().unwrap();
    assert!(!found.user.active, "who left is shown as gone");
    set_active(world, &new, true).await.unwrap();
    assert!(!is_member(world, organization, bob).await, "the provider alone makes nobody a member");
    assert!(store.take_up(provider, "bob-1", None, bob, stamp()).await.unwrap());
    assert!(is_member(world, organization, bob).await, "signing in through it does");
}

pub async fn a_provisioned_newcomer_is_that_person_from_then_on(world: &World) {
    let (organization, provider) = works(world).await;
    let store = &world.store;
    let (bob, eve) = (user(world, organization, "bob"), user(world, organization, "eve"));
    for one in [&bob, &eve] {
        store.create_scim_user(one, stamp()).await.unwrap();
    }
    let first = newcomer(world, provider, "robert@corp.example", "bob-1");
    store.welcome_newcomer(&first, stamp()).await.unwrap();
    let second = newcomer(world, provider, "eve@corp.example", "pairwise");
    store.welcome_newcomer(&second, stamp()).await.unwrap();
    for (one, who) in [(&bob, &first), (&eve, &second)] {
        let found = store.scim_user(organization, one.id).await.unwrap().unwrap();
        assert_eq!(found.account, Some(who.account.id));
        set_active(world, one, false).await.unwrap();
        assert!(!is_member(world, organization, who.account.id).await);
    }
    let gone = user(world, organization, "gone");
    store.create_scim_user(&gone, stamp()).await.unwrap();
    set_active(world, &gone, false).await.unwrap();
    store.set_makes_accounts(organization, true, stamp()).await.unwrap();
    let third = newcomer(world, provider, "gone@corp.example", "other");
    assert!(is_conflict(&store.welcome_newcomer(&third, stamp()).await), "is deprovisioned");
}

pub async fn an_equal_address_makes_no_existing_account_a_provisioned_one(world: &World) {
    let (organization, provider) = works(world).await;
    let store = &world.store;
    let bob = world.account("bob@corp.example").await;
    store.add_member(organization, bob, stamp()).await.unwrap();
    let new = user(world, organization, "bob");
    store.create_scim_user(&new, stamp()).await.unwrap();
    assert_eq!(store.scim_user(organization, new.id).await.unwrap().unwrap().account, None);
    set_active(world, &new, false).await.unwrap();
    assert!(is_member(world, organization, bob).await);
    set_active(world, &new, true).await.unwrap();
    store.link_account(provider, "bob-1", bob, stamp()).await.unwrap();
    assert!(!store.take_up(provider, "bob-1", None, bob, stamp()).await.unwrap());
    let found = store.scim_user(organization, new.id).await.unwrap().unwrap();
    assert_eq!(found.account, Some(bob), "the link does");
}

pub async fn whom_a_former_provider_named_is_nobody_to_the_next(world: &World) {
    let (organization, provider) = works(world).await;
    let (bob, store) = (linked(world, organization, provider).await, &world.store);
    let new = user(world, organization, "bob");
    store.create_scim_user(&new, stamp()).await.unwrap();
    assert_eq!(store.scim_users_unbound(organization).await.unwrap(), 0);
    let account = async || store.scim_user(organization, new.id).await.unwrap().unwrap().account;
    store.unlink_account(provider, bob, stamp()).await.unwrap();
    assert_eq!(account().await, None, "unlinked");
    assert_eq!(store.scim_users_unbound(organization).await.unwrap(), 1);
    store.link_account(provider, "bob-1", bob, stamp()).await.unwrap();
    set_active(world, &new, true).await.unwrap();
    assert_eq!(account().await, Some(bob));
    let found = store.identity_provider(provider).await.unwrap().unwrap();
    store.change_identity_provider(&found, true, stamp()).await.unwrap();
    assert_eq!(account().await, None, "replaced");
    store.link_account(provider, "bob-1", bob, stamp()).await.unwrap();
    set_active(world, &new, false).await.unwrap();
    assert!(!is_member(world, organization, bob).await);
    store.remove_identity_provider(provider, stamp()).await.unwrap();
    assert_eq!(account().await, None, "removed");
    set_active(world, &new, true).await.unwrap();
    assert!(!is_member(world, organization, bob).await, "nor does it bring back what that took");
}

pub async fn s22_a_disabled_organization_has_no_provisioning_secrets(world: &World) {
    let (organization, _) = works(world).await;
    let store = &world.store;
    let digest = SecretDigest::from_parts(1, [1; 32]);
    let secret = StoredSecret { id: SecretId::from_random([1; 16]), digest };
    let (label, created_at) = (label("Okta"), NOW);
    let new = ScimSecret { secret, organization, label, created_at, last_use: None };
    store.add_scim_secret(&new, stamp()).await.unwrap();
    store.set_organization_disabled(organization, true, stamp()).await.unwrap();
    assert!(store.scim_secrets(organization).await.unwrap().is_empty());
    store.set_organization_disabled(organization, false, stamp()).await.unwrap();
    assert_eq!(store.scim_secrets(organization).await.unwrap().len(), 1);
}

pub async fn a_former_holder_of_an_address_does_not_stand_in_for_the_next(world: &World) {
    let (organization, provider) = works(world).await;
    let store = &world.store;
    let old = user(world, organization, "bob");
    store.create_scim_user(&old, stamp()).await.unwrap();
    set_active(world, &old, false).await.unwrap();
    let mut new = user(world, organization, "robert");
    new.user.emails.clone_from(&old.user.emails);
    store.create_scim_user(&new, at(9)).await.unwrap();
    let found = store.provisioned(provider, "pairwise", Some("bob@corp.example")).await.unwrap();
    assert_eq!(found.map(|found| found.id), Some(new.id));
    let who = newcomer(world, provider, "bob@corp.example", "pairwise");
    store.welcome_newcomer(&who, stamp()).await.unwrap();
    let other = store.provisioned(provider, "other", Some("bob@corp.example")).await.unwrap();
    assert_eq!(other.map(|other| other.id), Some(old.id), "the taken up one is nobody else's");
}

pub async fn s59_nobody_becomes_a_member_through_what_was_disabled_on_the_way(world: &World) {
    let (organization, provider) = works(world).await;
    let store = &world.store;
    let bob = world.account("bob@elsewhere.example").await;
    store.link_account(provider, "bob-1", bob, stamp()).await.unwrap();
    store.create_scim_user(&user(world, organization, "bob"), stamp()).await.unwrap();
    let take_up = async || store.take_up(provider, "bob-1", None, bob, stamp()).await;
    store.set_identity_provider_enabled(provider, false, stamp()).await.unwrap();
    assert!(is_not_found(&take_up().await));
    store.set_identity_provider_enabled(provider, true, stamp()).await.unwrap();
    store.set_organization_disabled(organization, true, stamp()).await.unwrap();
    assert!(is_not_found(&take_up().await));
    store.set_organization_disabled(organization, false, stamp()).await.unwrap();
    assert!(!is_member(world, organization, bob).await);
    assert!(take_up().await.unwrap());
}

pub async fn members_are_told_what_provisioning_did_to_them(world: &World) {
    let (organization, provider) = works(world).await;
    let (bob, store) = (linked(world, organization, provider).await, &world.store);
    let new = user(world, organization, "bob");
    store.create_scim_user(&new, stamp()).await.unwrap();
    let told = async |account, kind| super::activity::count(world, account, kind).await;
    let (added, removed) = (ActivityKind::MemberAdded, ActivityKind::MemberRemoved);
    assert_eq!(told(bob, added).await, 1);
    set_active(world, &new, false).await.unwrap();
    assert_eq!(told(bob, removed).await, 1);
    set_active(world, &new, true).await.unwrap();
    assert_eq!(told(bob, added).await, 2);
    let eve = user(world, organization, "eve");
    store.create_scim_user(&eve, stamp()).await.unwrap();
    let who = newcomer(world, provider, "eve@corp.example", "eve-1");
    store.welcome_newcomer(&who, stamp()).await.unwrap();
    assert_eq!(told(who.account.id, added).await, 1);
    store.remove_member(organization, bob, stamp()).await.unwrap();
    set_active(world, &new, true).await.unwrap();
    assert!(store.take_up(provider, "bob-1", None, bob, stamp()).await.unwrap());
    assert_eq!(told(bob, added).await, 3);
}

use keymoor_core::{AccountId, OrganizationId};

use super::world::{NOW, World, is_conflict, is_not_found, label, stamp};
use crate::Attestation;

fn nobody() -> AccountId {
    AccountId::new(0, [250; 10])
}

pub async fn an_owner_is_the_first_member(world: &World) {
    let owner = world.account("a@example.com").await;
    let id = world.organization(owner, false).await;
    let found = world.store.organizations_of(owner).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].id, found[0].number, found[0].owner), (id, 1, owner));
    assert_eq!((found[0].members, found[0].federated), (1, false));
    assert_eq!(found[0].owner_email.as_str(), "a@example.com");
}

pub async fn an_organization_needs_an_existing_owner(world: &World) {
    let new = world.new_organization(nobody(), false);
    assert!(is_not_found(&world.store.create_organization(&new, stamp()).await));
}

pub async fn a_member_sees_the_organization_and_a_stranger_does_not(world: &World) {
    let owner = world.account("a@example.com").await;
    let member = world.account("b@example.com").await;
    let id = world.organization(owner, false).await;
    assert!(world.store.organizations_of(member).await.unwrap().is_empty());
    world.store.add_member(id, member, stamp()).await.unwrap();
    assert_eq!(world.store.organizations_of(member).await.unwrap()[0].members, 2);
}

pub async fn nobody_becomes_a_member_twice(world: &World) {
    let owner = world.account("a@example.com").await;
    let id = world.organization(owner, false).await;
    assert!(is_conflict(&world.store.add_member(id, owner, stamp()).await));
}

pub async fn a_membership_needs_account_and_organization(world: &World) {
    let owner = world.account("a@example.com").await;
    let id = world.organization(owner, false).await;
    let missing = OrganizationId::from_random([251; 16]);
    assert!(is_not_found(&world.store.add_member(id, nobody(), stamp()).await));
    assert!(is_not_found(&world.store.add_member(missing, owner, stamp()).await));
}

pub async fn a_member_leaves_with_the_sign_ins(world: &World) {
    let owner = world.account("a@example.com").await;
    let member = world.account("b@example.com").await;
    let organization = world.organization(owner, true).await;
    let key = world.token(member).await;
    world.store.add_member(organization, member, stamp()).await.unwrap();
    let (until, reason) = (NOW.plus(60), label("why"));
    let new = Attestation { organization, account: member, until, reason };
    world.store.attest_sign_in(&new, stamp()).await.unwrap();
    world.store.remove_member(organization, member, stamp()).await.unwrap();
    let facts = world.store.credential_facts(key).await.unwrap().unwrap();
    assert!(facts.memberships.is_empty());
    world.store.add_member(organization, member, stamp()).await.unwrap();
    let facts = world.store.credential_facts(key).await.unwrap().unwrap();
    assert_eq!(facts.memberships[0].signed_in_until, None, "the old sign-in counts no more");
}

pub async fn the_owner_stays_and_a_stranger_cannot_leave(world: &World) {
    let owner = world.account("a@example.com").await;
    let stranger = world.account("b@example.com").await;
    let organization = world.organization(owner, false).await;
    let store = &world.store;
    assert!(is_conflict(&store.remove_member(organization, owner, stamp()).await));
    assert!(is_not_found(&store.remove_member(organization, stranger, stamp()).await));
    assert_eq!(store.organizations_of(owner).await.unwrap()[0].members, 1);
}

pub async fn a_disabled_organization_is_nobodys(world: &World) {
    let owner = world.account("a@example.com").await;
    let organization = world.organization(owner, false).await;
    let key = world.token(owner).await;
    let store = &world.store;
    store.set_organization_disabled(organization, true, stamp()).await.unwrap();
    assert!(is_conflict(&store.set_organization_disabled(organization, true, stamp()).await));
    assert!(store.organizations_of(owner).await.unwrap().is_empty());
    assert!(store.credential_facts(key).await.unwrap().unwrap().memberships.is_empty());
    store.set_organization_disabled(organization, false, stamp()).await.unwrap();
    assert!(is_conflict(&store.set_organization_disabled(organization, false, stamp()).await));
    assert_eq!(store.organizations_of(owner).await.unwrap().len(), 1);
}

pub async fn federation_is_switched_on_and_off(world: &World) {
    let owner = world.account("a@example.com").await;
    let organization = world.organization(owner, false).await;
    let store = &world.store;
    for federated in [true, false] {
        store.set_organization_federated(organization, federated, stamp()).await.unwrap();
        let again = store.set_organization_federated(organization, federated, stamp()).await;
        assert!(is_conflict(&again));
        assert_eq!(store.organizations_of(owner).await.unwrap()[0].federated, federated);
    }
}

pub async fn an_unknown_organization_is_not_found(world: &World) {
    let missing = OrganizationId::from_random([251; 16]);
    let store = &world.store;
    assert!(is_not_found(&store.set_organization_disabled(missing, true, stamp()).await));
    assert!(is_not_found(&store.set_organization_federated(missing, true, stamp()).await));
}

pub async fn a_sign_in_is_attested_for_members_only(world: &World) {
    let owner = world.account("a@example.com").await;
    let stranger = world.account("b@example.com").await;
    let organization = world.organization(owner, true).await;
    let attest = |account| {
        let (until, reason) = (NOW.plus(60), label("why"));
        Attestation { organization, account, until, reason }
    };
    assert!(world.store.attest_sign_in(&attest(owner), stamp()).await.is_ok());
    assert!(is_not_found(&world.store.attest_sign_in(&attest(stranger), stamp()).await));
}

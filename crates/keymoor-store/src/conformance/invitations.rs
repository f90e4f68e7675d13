use keymoor_core::{
    OrganizationId,
    name::Email,
    permission::{Permission, Standing},
};

use super::world::{NOW, World, at, is_conflict, is_not_found, stamp};
use crate::{ChangeKind, Store, StoreError};

async fn standing(
    store: &dyn Store,
    organization: OrganizationId,
    account: keymoor_core::AccountId,
) -> Option<Standing> {
    store.seat(organization, account).await.unwrap().map(|seat| seat.standing)
}

pub async fn an_invitation_is_found_by_address_and_organization(world: &World) {
    let (organization, _) = world.with_member().await;
    let (team, role) = (world.team(organization).await, world.role(organization, &[]).await);
    let id = world.invite(organization, "c@example.com", Some((team, role))).await;
    let store = &world.store;
    let found = store.invitations(organization, NOW).await.unwrap().remove(0);
    assert_eq!((found.id, found.organization.id), (id, organization));
    assert_eq!((found.team.as_ref().unwrap().id, found.roles[0].id), (team, role));
    assert_eq!((found.author_email.as_str(), found.admin), ("a@example.com", false));
    let email = Email::parse("C@Example.com").unwrap();
    assert_eq!(store.invitations_to(&email, NOW).await.unwrap(), [found.clone()]);
    assert_eq!(store.invitation(id, NOW).await.unwrap(), Some(found));
    let other = Email::parse("d@example.com").unwrap();
    assert!(store.invitations_to(&other, NOW).await.unwrap().is_empty());
}

pub async fn who_is_invited_becomes_a_member_once(world: &World) {
    let (organization, _) = world.with_member().await;
    let id = world.invite(organization, "c@example.com", None).await;
    let account = world.account("c@example.com").await;
    let store = &world.store;
    store.accept_invitation(id, account, stamp()).await.unwrap();
    let plain = Some(Standing::Member([].into()));
    assert_eq!(standing(&**store, organization, account).await, plain);
    assert!(is_not_found(&store.accept_invitation(id, account, stamp()).await));
    let last = store.changes_after(0, 100).await.unwrap().pop().unwrap();
    assert_eq!(last.kind, ChangeKind::MemberAdded, "caches and guards hear of it");
}

pub async fn an_invitation_is_only_for_its_address(world: &World) {
    let (organization, member) = world.with_member().await;
    let id = world.invite(organization, "c@example.com", None).await;
    let other = world.account("d@example.com").await;
    for account in [member, other] {
        let store = &world.store;
        assert!(is_not_found(&store.accept_invitation(id, account, stamp()).await));
        assert!(is_not_found(&store.decline_invitation(id, account, stamp()).await));
    }
    assert!(world.store.invitation(id, NOW).await.unwrap().is_some());
}

pub async fn an_invitation_says_what_its_member_becomes(world: &World) {
    let (organization, member) = world.with_member().await;
    let (team, store) = (world.team(organization).await, &world.store);
    let role = world.role(organization, &[Permission::ManageTeams]).await;
    let account = world.account("c@example.com").await;
    let id = world.invite(organization, "c@example.com", Some((team, role))).await;
    store.accept_invitation(id, account, stamp()).await.unwrap();
    let expected = Standing::Member([Permission::ManageTeams].into());
    assert_eq!(standing(&**store, organization, account).await, Some(expected.clone()));
    let id = world.invite(organization, "b@example.com", Some((team, role))).await;
    store.accept_invitation(id, member, stamp()).await.unwrap();
    assert_eq!(standing(&**store, organization, member).await, Some(expected), "a member, too");
    let admin = world.account("d@example.com").await;
    let new = world.new_invitation(organization, "d@example.com", true, None).await;
    store.create_invitation(&new, stamp()).await.unwrap();
    store.accept_invitation(new.id, admin, stamp()).await.unwrap();
    let standing = standing(&**store, organization, admin).await;
    assert_eq!(standing, Some(Standing::Administrator));
}

pub async fn an_address_has_one_invitation_and_a_member_none(world: &World) {
    let (organization, _) = world.with_member().await;
    world.invite(organization, "c@example.com", None).await;
    for email in ["c@example.com", "b@example.com", "a@example.com"] {
        let new = world.new_invitation(organization, email, true, None).await;
        assert!(is_conflict(&world.store.create_invitation(&new, stamp()).await), "{email}");
    }
}

pub async fn an_invitation_is_gone_when_its_time_is_over(world: &World) {
    let (organization, _) = world.with_member().await;
    let id = world.invite(organization, "c@example.com", None).await;
    let account = world.account("c@example.com").await;
    let (store, late) = (&world.store, 14 * 86_400);
    let then = NOW.plus(late);
    assert_eq!(store.invitation(id, then).await.unwrap(), None);
    assert!(store.invitations(organization, then).await.unwrap().is_empty());
    assert!(is_not_found(&store.accept_invitation(id, account, at(late)).await));
    assert!(is_not_found(&store.withdraw_invitation(id, at(late)).await));
    assert!(is_not_found(&store.renew_invitation(id, then.plus(1), at(late)).await));
    let again = world.new_invitation(organization, "c@example.com", false, None).await;
    store.create_invitation(&again, at(late)).await.unwrap();
}

pub async fn an_invitation_is_renewed_withdrawn_and_declined(world: &World) {
    let (organization, _) = world.with_member().await;
    let id = world.invite(organization, "c@example.com", None).await;
    let account = world.account("c@example.com").await;
    let (store, later) = (&world.store, NOW.plus(20 * 86_400));
    store.renew_invitation(id, later.plus(1), stamp()).await.unwrap();
    assert!(store.invitation(id, later).await.unwrap().is_some());
    store.withdraw_invitation(id, stamp()).await.unwrap();
    assert!(is_not_found(&store.withdraw_invitation(id, stamp()).await));
    let id = world.invite(organization, "c@example.com", None).await;
    store.decline_invitation(id, account, stamp()).await.unwrap();
    assert!(is_not_found(&store.decline_invitation(id, account, stamp()).await));
    assert!(store.invitations(organization, NOW).await.unwrap().is_empty());
}

pub async fn an_invitation_is_to_what_there_is(world: &World) {
    let (organization, member) = world.with_member().await;
    let other = world.organization(member, false).await;
    let (team, role) = (world.team(other).await, world.role(other, &[]).await);
    let own = world.team(organization).await;
    let mut new = world.new_invitation(organization, "c@example.com", false, None).await;
    let store = &world.store;
    let outcome = async |new: &crate::NewInvitation| -> Result<(), StoreError> {
        store.create_invitation(new, stamp()).await
    };
    new.team = Some(team);
    assert!(is_not_found(&outcome(&new).await), "another one's team");
    (new.team, new.roles) = (Some(own), vec![role]);
    assert!(is_not_found(&outcome(&new).await), "another one's role");
    new.organization = OrganizationId::from_random([251; 16]);
    assert!(is_not_found(&outcome(&new).await));
    assert!(store.invitations(organization, NOW).await.unwrap().is_empty());
}

pub async fn of_two_who_accept_at_once_one_does(world: &World) {
    let (organization, _) = world.with_member().await;
    let id = world.invite(organization, "c@example.com", None).await;
    let account = world.account("c@example.com").await;
    let accept = || {
        let store = world.store.clone();
        tokio::spawn(async move { store.accept_invitation(id, account, stamp()).await.is_ok() })
    };
    let (one, two) = (accept(), accept());
    assert!(one.await.unwrap() ^ two.await.unwrap());
    let members = world.store.organizations_of(account).await.unwrap()[0].members;
    assert_eq!(members, 3);
}

use keymoor_core::{
    OrganizationId,
    permission::{Permission, Standing},
    removals::Event,
};

use super::world::{NOW, World, at, is_conflict, is_not_found, label, stamp};
use crate::{Member, Page};

const ALL: Page = Page { limit: u32::MAX, offset: 0 };

async fn standing(world: &World, organization: OrganizationId, email: &str) -> Option<Standing> {
    let email = keymoor_core::name::Email::parse(email).unwrap();
    let account = world.store.account_by_email(&email).await.unwrap().unwrap().id;
    let seat = world.store.seat(organization, account).await.unwrap();
    seat.map(|seat| seat.standing)
}

pub async fn a_seat_says_what_somebody_is(world: &World) {
    let (organization, _) = world.with_member().await;
    let owner = standing(world, organization, "a@example.com").await;
    assert_eq!(owner, Some(Standing::Owner));
    let member = standing(world, organization, "b@example.com").await;
    assert_eq!(member, Some(Standing::Member([].into())));
    world.account("c@example.com").await;
    assert_eq!(standing(world, organization, "c@example.com").await, None);
    world.store.set_organization_disabled(organization, true, stamp()).await.unwrap();
    assert_eq!(standing(world, organization, "a@example.com").await, None);
}

pub async fn a_seat_has_the_permissions_of_every_team(world: &World) {
    let (organization, member) = world.with_member().await;
    let other = world.organization(member, false).await;
    for permission in [Permission::ManageTeams, Permission::ManageRoles] {
        let (team, role) =
            (world.team(organization).await, world.role(organization, &[permission]).await);
        world.store.add_team_member(team, member, &[role], stamp()).await.unwrap();
    }
    let expected = Standing::Member([Permission::ManageTeams, Permission::ManageRoles].into());
    assert_eq!(standing(world, organization, "b@example.com").await, Some(expected));
    assert_eq!(standing(world, other, "b@example.com").await, Some(Standing::Owner));
}

pub async fn an_administrator_is_appointed_and_dismissed(world: &World) {
    let (organization, member) = world.with_member().await;
    let store = &world.store;
    for (admin, expected) in [(true, Standing::Administrator), (false, Standing::Member([].into()))]
    {
        store.set_administrator(organization, member, admin, stamp()).await.unwrap();
        let again = store.set_administrator(organization, member, admin, stamp()).await;
        assert!(is_conflict(&again));
        assert_eq!(standing(world, organization, "b@example.com").await, Some(expected));
        let admins = store.organizations_of(member).await.unwrap()[0].admins;
        assert_eq!(admins, 1 + i64::from(admin));
    }
}

pub async fn the_owner_is_no_administrator_that_can_be_dismissed(world: &World) {
    let owner = world.account("a@example.com").await;
    let organization = world.organization(owner, false).await;
    for admin in [true, false] {
        let outcome = world.store.set_administrator(organization, owner, admin, stamp()).await;
        assert!(is_conflict(&outcome));
    }
    let stranger = world.account("c@example.com").await;
    let outcome = world.store.set_administrator(organization, stranger, true, stamp()).await;
    assert!(is_not_found(&outcome));
}

pub async fn an_organization_changes_its_owner(world: &World) {
    let (organization, member) = world.with_member().await;
    let stranger = world.account("c@example.com").await;
    let store = &world.store;
    assert!(is_not_found(&store.set_owner(organization, stranger, stamp()).await));
    store.set_owner(organization, member, stamp()).await.unwrap();
    assert!(is_conflict(&store.set_owner(organization, member, stamp()).await));
    assert_eq!(standing(world, organization, "b@example.com").await, Some(Standing::Owner));
    let before = standing(world, organization, "a@example.com").await;
    assert_eq!(before, Some(Standing::Administrator));
    assert!(is_conflict(&store.remove_member(organization, member, stamp()).await));
}

pub async fn nobody_who_cannot_sign_in_becomes_the_owner(world: &World) {
    let (organization, member) = world.with_member().await;
    world.store.set_account_disabled(member, true, stamp()).await.unwrap();
    assert!(is_conflict(&world.store.set_owner(organization, member, stamp()).await));
}

pub async fn an_organization_is_renamed(world: &World) {
    let owner = world.account("a@example.com").await;
    let organization = world.organization(owner, false).await;
    world.store.rename_organization(organization, &label("Mill"), stamp()).await.unwrap();
    let found = world.store.organizations_of(owner).await.unwrap();
    assert_eq!((found[0].id, found[0].name.as_str()), (organization, "Mill"));
    let missing = OrganizationId::from_random([251; 16]);
    let outcome = world.store.rename_organization(missing, &label("Mill"), stamp()).await;
    assert!(is_not_found(&outcome));
}

/// One with everything that can hang on it.
pub async fn a_deleted_organization_is_gone_for_everybody_and_for_good(world: &World) {
    let (organization, member) = world.with_member().await;
    let (key, store) = (world.token(member).await, &world.store);
    let team = world.team(organization).await;
    let role = world.role(organization, &[Permission::ManageTeams]).await;
    store.add_team_member(team, member, &[role], stamp()).await.unwrap();
    let invitation = world.invite(organization, "c@example.com", Some((team, role))).await;
    store.delete_organization(organization, at(1)).await.unwrap();
    assert!(store.organizations_of(member).await.unwrap().is_empty());
    assert!(store.credential_facts(key).await.unwrap().unwrap().memberships.is_empty());
    assert_eq!(store.team(team).await.unwrap(), None);
    assert_eq!(store.role(role).await.unwrap(), None);
    assert_eq!(store.invitation(invitation, NOW).await.unwrap(), None);
    assert!(is_not_found(&store.delete_organization(organization, stamp()).await));
    assert!(is_not_found(&store.set_organization_disabled(organization, false, stamp()).await));
    assert!(is_not_found(&store.set_organization_federated(organization, true, stamp()).await));
    assert!(is_not_found(&store.add_member(organization, member, stamp()).await));
    assert_eq!(store.removal_basis(NOW).await.unwrap().disabled, [organization]);
}

pub async fn guards_take_a_deleted_organization_for_a_disabled_one(world: &World) {
    let owner = world.account("a@example.com").await;
    let organization = world.organization(owner, false).await;
    world.store.delete_organization(organization, stamp()).await.unwrap();
    let change = world.store.changes_after(0, 10).await.unwrap().pop().unwrap();
    let issued_until = NOW.plus(7);
    assert_eq!(change.event().unwrap(), Some(Event::Disabled { organization, issued_until }));
}

pub async fn a_member_who_leaves_leaves_the_teams_too(world: &World) {
    let (organization, member) = world.with_member().await;
    let team = world.team(organization).await;
    let role = world.role(organization, &[Permission::ManageTeams]).await;
    let store = &world.store;
    store.add_team_member(team, member, &[role], stamp()).await.unwrap();
    store.remove_member(organization, member, stamp()).await.unwrap();
    assert!(store.team_members(team).await.unwrap().is_empty());
    store.add_member(organization, member, stamp()).await.unwrap();
    let back = standing(world, organization, "b@example.com").await;
    assert_eq!(back, Some(Standing::Member([].into())), "nothing comes back");
}

pub async fn members_are_listed_by_address(world: &World) {
    let owner = world.account("b@example.com").await;
    let (late, early) =
        (world.account("c@example.com").await, world.account("a@example.com").await);
    let organization = world.organization(owner, false).await;
    for account in [late, early] {
        world.store.add_member(organization, account, stamp()).await.unwrap();
    }
    let team = world.team(organization).await;
    world.store.add_team_member(team, late, &[], stamp()).await.unwrap();
    let all = world.store.members(organization, ALL).await.unwrap();
    let accounts: Vec<_> = all.iter().map(|member: &Member| member.account).collect();
    assert_eq!(accounts, [early, owner, late]);
    assert_eq!(all.iter().map(|m| m.owner).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!((all[2].teams[0].id, all[0].teams.len()), (team, 0));
    let part = world.store.members(organization, Page { limit: 1, offset: 2 }).await.unwrap();
    assert_eq!(part, all[2..]);
    let one = world.store.member(organization, late).await.unwrap();
    assert_eq!(one.as_ref(), Some(&all[2]));
    let stranger = world.account("d@example.com").await;
    assert_eq!(world.store.member(organization, stranger).await.unwrap(), None);
}

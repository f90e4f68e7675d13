use keymoor_core::{
    RoleId, TeamId,
    permission::{Permission, Standing},
};

use super::world::{NOW, World, at, is_conflict, is_not_found, label, stamp};
use crate::RoleChange;

fn change(name: &str, permissions: &[Permission]) -> RoleChange {
    let permissions = permissions.iter().copied().collect();
    RoleChange { name: label(name), description: "why".to_owned(), permissions }
}

pub async fn a_role_is_made_changed_and_deleted(world: &World) {
    let (organization, _) = world.with_member().await;
    let role = world.role(organization, &[Permission::ManageTeams]).await;
    let store = &world.store;
    let found = store.role(role).await.unwrap().unwrap();
    assert_eq!((found.organization, found.edited_at), (organization, NOW));
    assert_eq!(found.permissions, [Permission::ManageTeams].into());
    let new = change("Auditor", &[Permission::ViewOrganization]);
    store.change_role(role, &new, at(9)).await.unwrap();
    let found = store.roles(organization).await.unwrap().remove(0);
    assert_eq!((found.id, found.name.as_str(), &*found.description), (role, "Auditor", "why"));
    assert_eq!((found.permissions, found.edited_at), (new.permissions.clone(), NOW.plus(9)));
    store.delete_role(role, stamp()).await.unwrap();
    assert!(is_not_found(&store.delete_role(role, stamp()).await));
    assert!(is_not_found(&store.change_role(role, &new, stamp()).await));
    assert!(store.roles(organization).await.unwrap().is_empty());
}

pub async fn a_name_is_one_roles_and_one_teams_of_an_organization(world: &World) {
    let (organization, member) = world.with_member().await;
    let other = world.organization(member, false).await;
    let (one, two) = (world.role(organization, &[]).await, world.role(organization, &[]).await);
    let store = &world.store;
    let name = store.role(one).await.unwrap().unwrap().name;
    let taken = change(name.as_str(), &[]);
    assert!(is_conflict(&store.change_role(two, &taken, stamp()).await));
    let elsewhere = world.role(other, &[]).await;
    store.change_role(elsewhere, &taken, stamp()).await.unwrap();
    let (one, two) = (world.team(organization).await, world.team(organization).await);
    let name = store.team(one).await.unwrap().unwrap().name;
    assert!(is_conflict(&store.rename_team(two, &name, stamp()).await));
}

pub async fn a_changed_role_counts_for_who_has_it_and_a_deleted_one_for_nobody(world: &World) {
    let (organization, member) = world.with_member().await;
    let (team, role) = (world.team(organization).await, world.role(organization, &[]).await);
    let store = &world.store;
    store.add_team_member(team, member, &[role], stamp()).await.unwrap();
    let invitation = world.invite(organization, "c@example.com", Some((team, role))).await;
    let new = change("x", &[Permission::ManageRoles]);
    store.change_role(role, &new, stamp()).await.unwrap();
    let standing = async || store.seat(organization, member).await.unwrap().unwrap().standing;
    assert_eq!(standing().await, Standing::Member([Permission::ManageRoles].into()));
    store.delete_role(role, stamp()).await.unwrap();
    assert_eq!(standing().await, Standing::Member([].into()));
    assert!(store.invitation(invitation, NOW).await.unwrap().unwrap().roles.is_empty());
}

pub async fn a_team_is_made_renamed_and_deleted(world: &World) {
    let (organization, member) = world.with_member().await;
    let (team, role) = (world.team(organization).await, world.role(organization, &[]).await);
    let store = &world.store;
    store.add_team_member(team, member, &[role], stamp()).await.unwrap();
    let invitation = world.invite(organization, "c@example.com", Some((team, role))).await;
    store.rename_team(team, &label("Night watch"), at(9)).await.unwrap();
    let found = store.teams(organization).await.unwrap().remove(0);
    assert_eq!((found.id, found.name.as_str(), found.members), (team, "Night watch", 1));
    assert_eq!((found.created_at, found.updated_at), (NOW, NOW.plus(9)));
    store.delete_team(team, stamp()).await.unwrap();
    assert_eq!(store.team(team).await.unwrap(), None);
    assert_eq!(store.invitation(invitation, NOW).await.unwrap(), None);
    assert!(store.seat(organization, member).await.unwrap().is_some(), "still a member");
    let missing = TeamId::from_random([250; 16]);
    assert!(is_not_found(&store.delete_team(missing, stamp()).await));
    assert!(is_not_found(&store.rename_team(missing, &label("x"), stamp()).await));
}

pub async fn a_team_has_members_of_its_organization_with_its_roles(world: &World) {
    let (organization, member) = world.with_member().await;
    let stranger = world.account("c@example.com").await;
    let other = world.organization(stranger, false).await;
    let (team, role) = (world.team(organization).await, world.role(organization, &[]).await);
    let foreign = world.role(other, &[Permission::ManageRoles]).await;
    let store = &world.store;
    assert!(is_not_found(&store.add_team_member(team, stranger, &[], stamp()).await));
    let outcome = store.add_team_member(team, member, &[foreign], stamp()).await;
    assert!(is_not_found(&outcome));
    assert!(store.team_members(team).await.unwrap().is_empty(), "all or nothing");
    store.add_team_member(team, member, &[role, role], stamp()).await.unwrap();
    assert!(is_conflict(&store.add_team_member(team, member, &[], stamp()).await));
    let found = store.team_members(team).await.unwrap().remove(0);
    assert_eq!((found.member.account, found.roles[0].id), (member, role));
    assert!(is_not_found(&store.set_team_roles(team, member, &[foreign], stamp()).await));
    assert_eq!(store.team_members(team).await.unwrap()[0].roles.len(), 1, "all or nothing");
    store.set_team_roles(team, member, &[], stamp()).await.unwrap();
    assert!(store.team_members(team).await.unwrap()[0].roles.is_empty());
    store.remove_team_member(team, member, stamp()).await.unwrap();
    assert!(is_not_found(&store.remove_team_member(team, member, stamp()).await));
    assert!(is_not_found(&store.set_team_roles(team, member, &[], stamp()).await));
    assert_eq!(store.role(RoleId::from_random([250; 16])).await.unwrap(), None);
}

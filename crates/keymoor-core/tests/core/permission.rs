use keymoor_core::permission::{Action, Denied, Permission, Permissions, Standing};
use proptest::prelude::*;

use Permission::{InviteMembers, ManageMembers, ManageRoles, ManageTeams, ViewOrganization};

const ALL: [Permission; 5] =
    [ViewOrganization, InviteMembers, ManageMembers, ManageTeams, ManageRoles];

fn some(permissions: &[Permission]) -> Permissions {
    permissions.iter().copied().collect()
}

fn member(permissions: &[Permission]) -> Standing {
    Standing::Member(some(permissions))
}

/// What each may do: owner, administrator, a member with every permission, one with none.
#[test]
fn each_standing_may_do_what_the_table_says() {
    let (none, all) = (Permissions::new(), some(&ALL));
    let (plain, administrator) = (member(&[]), Standing::Administrator);
    let by_role = |permission| Err(Denied::Permission(permission));
    let administrators = Err(Denied::Administrators);
    let owner_only = Err(Denied::OwnerOnly);
    let owner_stays = Err(Denied::OwnerStays);
    let table = [
        (Action::View, [Ok(()), Ok(()), Ok(()), by_role(ViewOrganization)]),
        (Action::Rename, [Ok(()), Ok(()), administrators, administrators]),
        (Action::Delete, [Ok(()), owner_only, owner_only, owner_only]),
        (Action::ChangeOwner, [Ok(()), owner_only, owner_only, owner_only]),
        (Action::Leave, [owner_stays, Ok(()), Ok(()), Ok(())]),
        (Action::RemoveMember(&Standing::Owner), [owner_stays; 4]),
        (Action::RemoveMember(&administrator), [Ok(()), Ok(()), administrators, administrators]),
        (Action::RemoveMember(&plain), [Ok(()), Ok(()), Ok(()), by_role(ManageMembers)]),
        (Action::SetAdministrator, [Ok(()), Ok(()), administrators, administrators]),
        (Action::InviteAdministrator, [Ok(()), Ok(()), administrators, administrators]),
        (Action::Invite(&none), [Ok(()), Ok(()), Ok(()), by_role(InviteMembers)]),
        (Action::Invite(&all), [Ok(()), Ok(()), Ok(()), by_role(InviteMembers)]),
        (Action::ManageTeams(&none), [Ok(()), Ok(()), Ok(()), by_role(ManageTeams)]),
        (Action::ManageTeams(&all), [Ok(()), Ok(()), Ok(()), by_role(ManageTeams)]),
        (Action::ManageRoles(&none), [Ok(()), Ok(()), Ok(()), by_role(ManageRoles)]),
        (Action::ManageRoles(&all), [Ok(()), Ok(()), Ok(()), by_role(ManageRoles)]),
    ];
    let standings = [Standing::Owner, Standing::Administrator, member(&ALL), member(&[])];
    for (action, expected) in table {
        for (standing, expected) in standings.iter().zip(expected) {
            assert_eq!(standing.may(action), expected, "{standing:?} {action:?}");
        }
    }
}

#[test]
fn what_a_provider_alone_started_may_do_nothing_that_is_asked_for() {
    let (standing, plain) = (Standing::ThroughProviderAlone, member(&[]));
    assert!(!standing.is_administrator());
    for action in [
        Action::View,
        Action::Delete,
        Action::ChangeOwner,
        Action::Leave,
        Action::SetUpSignIn,
        Action::ManageServiceAccounts,
        Action::RemoveMember(&plain),
        Action::RemoveMember(&Standing::Owner),
    ] {
        assert_eq!(standing.may(action), Err(Denied::ThroughProviderAlone), "{action:?}");
    }
}

#[test]
fn nobody_hands_on_or_takes_what_one_does_not_have() {
    let roles = member(&[ManageRoles, ManageTeams, InviteMembers, ManageMembers]);
    let (beyond, within) = (some(&[ViewOrganization]), some(&[ManageTeams]));
    let refused = Err(Denied::Beyond(ViewOrganization));
    let theirs = Standing::Member(beyond.clone());
    for action in [
        Action::ManageRoles(&beyond),
        Action::ManageTeams(&beyond),
        Action::Invite(&beyond),
        Action::RemoveMember(&theirs),
    ] {
        assert_eq!(roles.may(action), refused, "{action:?}");
    }
    assert_eq!(roles.may(Action::ManageRoles(&within)), Ok(()));
}

#[test]
fn whoever_may_do_something_sees_the_organization() {
    for permission in ALL {
        assert_eq!(member(&[permission]).may(Action::View), Ok(()), "{permission:?}");
    }
}

#[test]
fn a_refusal_says_what_is_missing_and_whom_to_ask() {
    let text = Denied::Permission(ManageTeams).to_string();
    assert!(text.contains("\"manage teams\"") && text.contains("Ask its owner"), "{text}");
    assert!(Denied::Beyond(ManageRoles).to_string().contains("\"manage roles\""));
}

#[test]
fn each_permission_has_one_name() {
    for (permission, name, _) in Permission::TABLE {
        assert_eq!(Permission::from_name(name), Some(permission));
        assert_eq!(permission.name(), name);
    }
    assert_eq!(Permission::from_name("administer everything"), None);
}

fn permissions() -> impl Strategy<Value = Permissions> {
    proptest::collection::btree_set(proptest::sample::select(ALL.to_vec()), 0..=5)
}

proptest! {
    /// Whoever edits roles, makes teams or invites never ends with more than before.
    #[test]
    fn what_a_member_gives_is_within_what_it_has(own in permissions(), given in permissions()) {
        let standing = Standing::Member(own.clone());
        let actions = [
            Action::ManageRoles(&given),
            Action::ManageTeams(&given),
            Action::Invite(&given),
        ];
        for action in actions {
            prop_assert!(standing.may(action).is_err() || given.is_subset(&own));
        }
        prop_assert!(standing.may(Action::SetAdministrator).is_err());
        prop_assert!(standing.may(Action::InviteAdministrator).is_err());
    }
}

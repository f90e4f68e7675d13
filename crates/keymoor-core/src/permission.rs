//! Who may do what in an organization. [`Standing::may`] is the one place where that is decided, for
//! Keymoor's own resources and its portal alike.

use std::collections::BTreeSet;

/// What a role can give to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is described in the table")]
pub enum Permission {
    ViewOrganization,
    InviteMembers,
    ManageMembers,
    ManageTeams,
    ManageRoles,
}

impl Permission {
    /// Every permission with its name and what it allows.
    pub const TABLE: [(Self, &'static str, &'static str); 5] = [
        (
            Self::ViewOrganization,
            "view organization",
            "See the members, administrators, teams and roles of the organization.",
        ),
        (
            Self::InviteMembers,
            "invite members",
            "Invite people to the organization by their e-mail address, and withdraw invitations.",
        ),
        (Self::ManageMembers, "manage members", "Remove members from the organization."),
        (
            Self::ManageTeams,
            "manage teams",
            "Make, rename and delete teams, and say who belongs to them with which roles.",
        ),
        (Self::ManageRoles, "manage roles", "Make, change and delete roles."),
    ];

    /// The name by which roles list it.
    pub fn name(self) -> &'static str {
        Self::TABLE.iter().find(|(known, ..)| *known == self).map_or("", |(_, name, _)| name)
    }

    /// The permission of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::TABLE.iter().find(|(_, known, _)| *known == name).map(|(permission, ..)| *permission)
    }
}

/// Permissions that somebody has, or that something gives or takes.
pub type Permissions = BTreeSet<Permission>;

/// What somebody is in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The one account that owns it.
    Owner,
    /// May do everything but what the owner alone may.
    Administrator,
    /// A member, with what the roles in its teams give.
    Member(Permissions),
    /// Whatever its account is: an API token that was made in a session which the organization's
    /// identity provider alone started. The provider never owns or administers the organization.
    ThroughProviderAlone,
    /// Whatever its account is: an application that a member lets act. It sees what the member sees and
    /// changes nothing: what it changed would outlast what it was allowed.
    Application {
        /// Whether the member sees anything.
        sees: bool,
    },
}

/// What somebody wants to do in an organization.
#[derive(Clone, Copy, Debug)]
pub enum Action<'a> {
    /// See its members, administrators, teams and roles.
    View,
    /// Give it another name.
    Rename,
    /// Delete it.
    Delete,
    /// Make another member its owner.
    ChangeOwner,
    /// End one's own membership.
    Leave,
    /// End the membership of somebody of that standing.
    RemoveMember(&'a Standing),
    /// Make a member an administrator, or no more.
    SetAdministrator,
    /// Invite somebody, to what those permissions give, or take such an invitation back.
    Invite(&'a Permissions),
    /// Say how its members sign in, and whether they have to.
    SetUpSignIn,
    /// See and change its service accounts and their API tokens.
    ManageServiceAccounts,
    /// Invite somebody as an administrator, or take such an invitation back.
    InviteAdministrator,
    /// Change teams; the permissions are those that somebody gains or loses by it.
    ManageTeams(&'a Permissions),
    /// Change roles; the permissions are those that the role gives before or after.
    ManageRoles(&'a Permissions),
}

/// Why somebody may not, and what would help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A role could give what is missing.
    #[error(
        "You need the permission \"{}\" in this organization. Ask its owner or an administrator for a \
         role that has it.",
        .0.name()
    )]
    Permission(Permission),
    /// Nobody hands on more than one has.
    #[error(
        "This concerns the permission \"{}\", which you do not have in this organization yourself. Ask \
         its owner or an administrator.",
        .0.name()
    )]
    Beyond(Permission),
    /// No role gives it.
    #[error(
        "Only an administrator of this organization may do this. Ask one of them, or its owner."
    )]
    Administrators,
    /// Not even an administrator may.
    #[error("Only the owner of this organization may do this.")]
    OwnerOnly,
    /// An organization has an owner.
    #[error("The owner stays a member. Another member can be made the owner first.")]
    OwnerStays,
    /// The provider vouches for a member, and for no more.
    #[error(
        "This API token was made in a session that the organization's identity provider started, so \
         it neither manages the organization nor ends a membership. Sign in to your own account and \
         make an API token there."
    )]
    ThroughProviderAlone,
    /// An application acts for a member, and not as the member's own.
    #[error(
        "An application that you allowed to act for you neither manages an organization nor ends a \
         membership. Sign in, or use an API token of your own."
    )]
    Application,
}

impl Standing {
    /// The standing of an application to which somebody of this standing said yes.
    #[must_use]
    pub fn of_application(&self) -> Self {
        Self::Application { sees: self.may(Action::View).is_ok() }
    }

    /// Whether it is an administrator's: the owner is one, too.
    pub fn is_administrator(&self) -> bool {
        matches!(self, Self::Owner | Self::Administrator)
    }

    /// Decides whether somebody of this standing may do `action`.
    pub fn may(&self, action: Action<'_>) -> Result<(), Denied> {
        if matches!(self, Self::ThroughProviderAlone) {
            return Err(Denied::ThroughProviderAlone);
        }
        if let Self::Application { sees } = self {
            let looks = *sees && matches!(action, Action::View);
            return if looks { Ok(()) } else { Err(Denied::Application) };
        }
        match action {
            Action::View => self.view(),
            Action::Rename
            | Action::SetAdministrator
            | Action::SetUpSignIn
            | Action::ManageServiceAccounts
            | Action::InviteAdministrator
            // Nobody is the latter as a member.
            | Action::RemoveMember(
                Self::Administrator | Self::ThroughProviderAlone | Self::Application { .. },
            ) => {
                self.administer()
            }
            Action::Delete | Action::ChangeOwner => self.own(),
            Action::Leave => if_not_owner(self),
            Action::RemoveMember(Self::Owner) => Err(Denied::OwnerStays),
            Action::RemoveMember(Self::Member(theirs)) => {
                self.manage(Permission::ManageMembers, theirs)
            }
            Action::Invite(given) => self.manage(Permission::InviteMembers, given),
            Action::ManageTeams(given) => self.manage(Permission::ManageTeams, given),
            Action::ManageRoles(given) => self.manage(Permission::ManageRoles, given),
        }
    }

    /// Whoever may do anything has to see what it is done to.
    fn view(&self) -> Result<(), Denied> {
        match self {
            Self::Member(own) if own.is_empty() => {
                Err(Denied::Permission(Permission::ViewOrganization))
            }
            _ => Ok(()),
        }
    }

    fn administer(&self) -> Result<(), Denied> {
        if self.is_administrator() { Ok(()) } else { Err(Denied::Administrators) }
    }

    fn own(&self) -> Result<(), Denied> {
        if matches!(self, Self::Owner) { Ok(()) } else { Err(Denied::OwnerOnly) }
    }

    /// A member needs the permission, and every one that it gives or takes by it.
    fn manage(&self, needed: Permission, touched: &Permissions) -> Result<(), Denied> {
        let Self::Member(own) = self else {
            return Ok(());
        };
        if !own.contains(&needed) {
            return Err(Denied::Permission(needed));
        }
        touched.difference(own).next().map_or(Ok(()), |beyond| Err(Denied::Beyond(*beyond)))
    }
}

fn if_not_owner(standing: &Standing) -> Result<(), Denied> {
    if matches!(standing, Standing::Owner) { Err(Denied::OwnerStays) } else { Ok(()) }
}

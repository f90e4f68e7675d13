//! Organizations that rule themselves: who may do what, teams and roles, invitations.

mod invitations;
mod seats;
mod teams;

pub use invitations::{Invitation, Invitations, NewInvitation};
pub use seats::{Member, Organizations, Seat};
pub use teams::{Named, NewRole, NewTeam, Role, RoleChange, Team, TeamMember, Teams};

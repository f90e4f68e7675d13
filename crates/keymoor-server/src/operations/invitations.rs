use std::sync::Arc;

use keymoor_core::{
    InvitationId, RoleId,
    name::Email,
    permission::{Action, Denied, Permissions, Standing},
};
use keymoor_store::{Account, AccountKind, Invitation, NewInvitation, Seat, StoreError, Team};

use super::{Author, INVITATION_LIFE, OperationError};
use crate::{App, portal::mail::Letter, random};

/// Days for which an invitation to an organization counts.
pub const INVITATION_DAYS: i64 = 14;

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct InvitationOrder {
    /// To whom.
    pub email: String,
    /// Whether who accepts it becomes an administrator.
    pub admin: bool,
    /// The team that who accepts it will belong to.
    pub team: Option<Team>,
    /// The roles in that team.
    pub roles: Vec<RoleId>,
}

/// Whether somebody of that standing may make such an invitation, and take it back.
fn check(
    standing: &Standing,
    admin: bool,
    to_team: bool,
    given: &Permissions,
) -> Result<(), Denied> {
    standing.may(Action::Invite(given))?;
    if admin {
        standing.may(Action::InviteAdministrator)?;
    }
    if to_team { standing.may(Action::ManageTeams(given)) } else { Ok(()) }
}

impl App {
    /// Invites whoever has the address, whether or not there is an account of it: the answer is the
    /// same. Mail follows, if there is any.
    pub async fn invite_to_organization(
        self: &Arc<Self>,
        seat: &Seat,
        order: InvitationOrder,
        by: impl Into<Author>,
    ) -> Result<InvitationId, OperationError> {
        let to_team = order.team.is_some();
        check(&seat.standing, order.admin, to_team, &Permissions::new())?;
        let email = Email::parse(&order.email).map_err(|e| OperationError::invalid("email", &e))?;
        let given = self.permissions_of(seat, &order.roles).await?;
        check(&seat.standing, order.admin, to_team, &given)?;
        let (id, by) = (InvitationId::from_random(random()), by.into());
        let new = NewInvitation {
            id,
            organization: seat.organization.id,
            email,
            admin: order.admin,
            team: order.team.map(|team| team.id),
            roles: order.roles,
            author: seat.account,
            expires_at: self.now().plus(INVITATION_DAYS * 86_400),
        };
        self.carry_out(by, move |app, stamp| async move {
            app.store.create_invitation(&new, stamp).await
        })
        .await?;
        self.mail_soon(id, by);
        Ok(id)
    }

    /// Sends an invitation once more; it counts for another 14 days.
    pub async fn resend_invitation(
        self: &Arc<Self>,
        seat: &Seat,
        invitation: &Invitation,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.check_invitation(seat, invitation).await?;
        let (id, by) = (invitation.id, by.into());
        let expires_at = self.now().plus(INVITATION_DAYS * 86_400);
        self.carry_out(by, move |app, stamp| async move {
            app.store.renew_invitation(id, expires_at, stamp).await
        })
        .await?;
        self.mail_soon(id, by);
        Ok(())
    }

    /// Takes an invitation back.
    pub async fn withdraw_invitation(
        self: &Arc<Self>,
        seat: &Seat,
        invitation: &Invitation,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.check_invitation(seat, invitation).await?;
        let id = invitation.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.withdraw_invitation(id, stamp).await
        })
        .await
    }

    /// Makes the invited account a member. Who invited must still be one who may.
    pub async fn accept_invitation(
        self: &Arc<Self>,
        account: &Account,
        invitation: &Invitation,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        let author = self.store.seat(invitation.organization.id, invitation.author).await?;
        let stands = match author {
            Some(author) => self.check_invitation(&author, invitation).await,
            None => Err(Denied::Administrators.into()),
        };
        if matches!(stands, Err(OperationError::Denied(_))) {
            return Err(StoreError::Conflict(VOID).into());
        }
        stands?;
        let (id, account) = (invitation.id, account.id);
        self.carry_out(by, move |app, stamp| async move {
            app.store.accept_invitation(id, account, stamp).await
        })
        .await
    }

    /// Turns an invitation down.
    pub async fn decline_invitation(
        self: &Arc<Self>,
        account: &Account,
        invitation: &Invitation,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        let (id, account) = (invitation.id, account.id);
        self.carry_out(by, move |app, stamp| async move {
            app.store.decline_invitation(id, account, stamp).await
        })
        .await
    }

    /// Whether who has that seat could make the invitation now.
    async fn check_invitation(
        &self,
        seat: &Seat,
        invitation: &Invitation,
    ) -> Result<(), OperationError> {
        let to_team = invitation.team.is_some();
        check(&seat.standing, invitation.admin, to_team, &Permissions::new())?;
        let roles: Vec<_> = invitation.roles.iter().map(|role| role.id).collect();
        let given = self.permissions_of(seat, &roles).await?;
        Ok(check(&seat.standing, invitation.admin, to_team, &given)?)
    }

    /// Tells whoever is invited, without letting anybody wait or see whether there is an account.
    fn mail_soon(self: &Arc<Self>, id: InvitationId, by: Author) {
        let app = self.clone();
        tokio::spawn(async move {
            if let Err(error) = app.mail_invitation(id, by).await {
                tracing::warn!(%error, "an invitation could not be mailed");
            }
        });
    }

    async fn mail_invitation(
        self: &Arc<Self>,
        id: InvitationId,
        by: Author,
    ) -> Result<(), OperationError> {
        let (Some(mailer), Some(invitation)) =
            (&self.mailer, self.store.invitation(id, self.now()).await?)
        else {
            return Ok(());
        };
        let email = &invitation.email;
        // Nobody fills somebody else's mailbox.
        if self.store.attempt(&format!("mail to {email}"), self.now()).await?.is_err() {
            return Ok(());
        }
        if let Some(link) = self.way_in(email, by).await? {
            let letter = Letter::organization_invitation(&invitation, self.public_url(), &link);
            mailer.send_soon(email, letter);
        }
        Ok(())
    }

    /// Where the owner of the address goes to answer; `None` for who cannot come in.
    async fn way_in(
        self: &Arc<Self>,
        email: &Email,
        by: Author,
    ) -> Result<Option<WayIn>, OperationError> {
        let Some(account) = self.store.account_by_email(email).await? else {
            if !self.settings.organizations_invite_strangers {
                return Ok(None);
            }
            let (_, url) = self.invite(email.as_str(), by).await?;
            return Ok(Some(WayIn::Password(url)));
        };
        if account.disabled_at.is_some() || account.kind != AccountKind::Person {
            return Ok(None);
        }
        if self.store.password_hash(account.id).await?.is_some() {
            return Ok(Some(WayIn::SignIn(self.url("/organizations"))));
        }
        let url = self.make_password_link(account.id, INVITATION_LIFE).await?;
        Ok(Some(WayIn::Password(url)))
    }
}

const VOID: &str =
    "who made this invitation may not invite you any more: ask the organization for another one";

/// How the invited come to their invitation.
pub(crate) enum WayIn {
    /// By the page of organizations, once signed in.
    SignIn(String),
    /// By choosing a password first.
    Password(String),
}

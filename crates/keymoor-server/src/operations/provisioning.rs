//! Provisioning of an organization's members: its secrets, and what comes by them.

use std::sync::Arc;

use keymoor_core::{
    AccountId, IdentityProviderId, OrganizationId, ProvisioningSecret, ScimUserId, SecretId,
    facts::StoredSecret, name::Label, permission::Action, scim::User,
};
use keymoor_store::{NewAccount, Newcomer, ScimSecret, ScimUser, Seat};

use super::{Author, OperationError};
use crate::{App, random};

impl App {
    /// Makes a secret for a provisioning client, under that id if one is given. It is known at this
    /// moment only.
    pub async fn add_scim_secret(
        self: &Arc<Self>,
        seat: &Seat,
        id: Option<SecretId>,
        label: &str,
        by: impl Into<Author>,
    ) -> Result<(SecretId, ProvisioningSecret), OperationError> {
        seat.standing.may(Action::SetUpSignIn)?;
        let label = Label::parse(label).map_err(|e| OperationError::invalid("label", &e))?;
        let id = id.unwrap_or_else(|| SecretId::from_random(random()));
        let secret = ProvisioningSecret::generate(random());
        let digest = self.pepper.digest_provisioning(&secret);
        let new = ScimSecret {
            secret: StoredSecret { id, digest },
            organization: seat.organization.id,
            label,
            created_at: self.now(),
            last_use: None,
        };
        self.carry_out(by, move |app, stamp| async move {
            app.store.add_scim_secret(&new, stamp).await
        })
        .await?;
        Ok((id, secret))
    }

    /// Removes a secret: it opens nothing from now on.
    pub async fn remove_scim_secret(
        self: &Arc<Self>,
        seat: &Seat,
        id: SecretId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::SetUpSignIn)?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.remove_scim_secret(organization, id, stamp).await
        })
        .await
    }

    pub(crate) async fn create_scim_user(
        self: &Arc<Self>,
        new: ScimUser,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.create_scim_user(&new, stamp).await
        })
        .await
    }

    /// Changes what is said of a person from `before`, unless something else is said by now. Who is not
    /// active any more is no member when this returns, and tokens with the organization's scope are
    /// dead.
    pub(crate) async fn change_scim_user(
        self: &Arc<Self>,
        before: User,
        changed: ScimUser,
        by: impl Into<Author>,
    ) -> Result<bool, OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.change_scim_user(&before, &changed, stamp).await
        })
        .await
    }

    pub(crate) async fn delete_scim_user(
        self: &Arc<Self>,
        organization: OrganizationId,
        id: ScimUserId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.delete_scim_user(organization, id, stamp).await
        })
        .await
    }

    /// Makes the account of somebody who comes through a provider for the first time.
    pub(crate) async fn welcome_newcomer(
        self: &Arc<Self>,
        provider: IdentityProviderId,
        subject: String,
        account: NewAccount,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        let new = Newcomer { provider, subject, account };
        self.carry_out(by, move |app, stamp| async move {
            app.store.welcome_newcomer(&new, stamp).await
        })
        .await
    }

    /// Makes a linked account the member that provisioning says it is.
    pub(crate) async fn take_up(
        self: &Arc<Self>,
        provider: IdentityProviderId,
        subject: String,
        email: Option<String>,
        account: AccountId,
        by: impl Into<Author>,
    ) -> Result<bool, OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.take_up(provider, &subject, email.as_deref(), account, stamp).await
        })
        .await
    }
}

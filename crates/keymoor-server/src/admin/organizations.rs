//! The operator's commands about organizations.

use std::sync::Arc;

use keymoor_core::OrganizationId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::{BY, done};
use crate::{
    App,
    operations::{AttestationOrder, OperationError, OrganizationOrder},
    time::rfc3339,
};

/// About organizations.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum OrganizationCommand {
    /// Makes an organization; answers `{uuid}`.
    Create { name: String, owner: String, federated: bool },
    /// Makes an account a member; answers `{}`.
    AddMember { organization: OrganizationId, email: String },
    /// Ends a membership; answers `{}`.
    RemoveMember { organization: OrganizationId, email: String },
    /// Disables or enables an organization; answers `{}`.
    SetDisabled { organization: OrganizationId, disabled: bool },
    /// Says whether an organization enforces single sign-on; answers `{}`.
    SetFederated { organization: OrganizationId, federated: bool },
    /// Says that a domain is the organization's; answers `{}`.
    VerifyDomain { organization: OrganizationId, domain: String },
    /// Takes a domain from an organization; answers `{}`.
    RemoveDomain { organization: OrganizationId, domain: String },
    /// Vouches for a sign-in; answers `{until}`.
    AttestSignIn { organization: OrganizationId, email: String, reason: String, hours: u32 },
}

impl OrganizationCommand {
    pub(super) async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::Create { name, owner, federated } => {
                let owner = app.account_by_email(&owner).await?;
                let order = OrganizationOrder { name, owner, federated };
                Ok(json!({ "uuid": app.create_organization(order, BY).await? }))
            }
            Self::AddMember { organization, email } => {
                let account = app.account_by_email(&email).await?;
                done(app.add_member(organization, account, BY).await)
            }
            Self::RemoveMember { organization, email } => {
                let account = app.account_by_email(&email).await?;
                done(app.remove_member(organization, account, BY).await)
            }
            Self::SetDisabled { organization, disabled } => {
                done(app.set_organization_disabled(organization, disabled, BY).await)
            }
            Self::SetFederated { organization, federated } => {
                done(app.set_organization_federated(organization, federated, BY).await)
            }
            Self::VerifyDomain { organization, domain } => {
                done(app.vouch_for_domain(organization, &domain, BY).await)
            }
            Self::RemoveDomain { organization, domain } => {
                done(app.free_domain(organization, &domain, BY).await)
            }
            Self::AttestSignIn { organization, email, reason, hours } => {
                let account = app.account_by_email(&email).await?;
                let order = AttestationOrder { organization, account, reason, hours };
                let until = app.attest_sign_in(order, BY).await?;
                Ok(json!({ "until": rfc3339(until) }))
            }
        }
    }
}

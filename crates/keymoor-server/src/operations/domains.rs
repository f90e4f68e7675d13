//! Domains of organizations.

use std::{sync::Arc, time::Duration};

use keymoor_core::{
    OrganizationId,
    domain::{Domain, InvalidDomain},
    permission::Action,
    ticket::Ticket,
};
use keymoor_store::{IdentityProvider, OrganizationDomain, Seat, StoreError, VerifiedBy};

use super::{Author, OperationError};
use crate::{App, random};

/// How long the DNS may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The field that a domain comes in.
const FIELD: &str = "domain";

/// The text of the record that proves a domain.
pub(crate) fn record_text(domain: &OrganizationDomain) -> String {
    format!("keymoor-verification={}", domain.token)
}

/// A domain as somebody types it: in any case and script, perhaps with a dot at its end.
fn typed(text: &str) -> Result<Domain, OperationError> {
    let bad = |error: InvalidDomain| OperationError::invalid(FIELD, &error);
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    let ascii = idna::domain_to_ascii_strict(text).map_err(|_| bad(InvalidDomain::Form))?;
    Domain::parse(&ascii).map_err(bad)
}

impl App {
    /// Adds a domain to an organization. It counts for nothing until it is verified.
    pub async fn add_domain(
        self: &Arc<Self>,
        seat: &Seat,
        name: &str,
        by: impl Into<Author>,
    ) -> Result<OrganizationDomain, OperationError> {
        seat.standing.may(Action::SetUpSignIn)?;
        let new = self.new_domain(seat.organization.id, typed(name)?);
        let made = new.clone();
        self.carry_out(
            by,
            move |app, stamp| async move { app.store.add_domain(&new, stamp).await },
        )
        .await?;
        Ok(made)
    }

    fn new_domain(&self, organization: OrganizationId, name: Domain) -> OrganizationDomain {
        let token = Ticket::generate(random()).expose().to_owned();
        OrganizationDomain { organization, name, token, created_at: self.now(), verified: None }
    }

    /// The domain of that name, if the organization has it.
    pub(crate) async fn domain(
        &self,
        organization: OrganizationId,
        name: &Domain,
    ) -> Result<OrganizationDomain, StoreError> {
        let all = self.store.domains(organization).await?;
        let found = all.into_iter().find(|domain| domain.name == *name);
        found.ok_or(StoreError::NotFound(FIELD))
    }

    /// Looks whether the domain's record is there; it is the organization's from then on.
    pub async fn check_domain(
        self: &Arc<Self>,
        seat: &Seat,
        name: &Domain,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::SetUpSignIn)?;
        let found = self.domain(seat.organization.id, name).await?;
        let (record, expected) = (name.record(), record_text(&found));
        let texts = tokio::time::timeout(PATIENCE, self.settings.dns.txt(&record)).await;
        let texts = match texts {
            Ok(Ok(texts)) => texts,
            Ok(Err(error)) => return Err(OperationError::invalid(FIELD, &error)),
            Err(_) => {
                return Err(OperationError::invalid(FIELD, &"the DNS did not answer in time"));
            }
        };
        if !texts.contains(&expected) {
            return Err(OperationError::invalid(FIELD, &missing(&record, &expected, &texts)));
        }
        self.write_verified(found, VerifiedBy::Record, by).await
    }

    /// Lets the operator say that a domain is an organization's, added to it or not, and whoever had it.
    pub async fn vouch_for_domain(
        self: &Arc<Self>,
        organization: OrganizationId,
        name: &str,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        let name = typed(name)?;
        let found = match self.domain(organization, &name).await {
            Err(StoreError::NotFound(_)) => self.new_domain(organization, name),
            found => found?,
        };
        self.write_verified(found, VerifiedBy::Operator, by).await
    }

    /// Lets the operator take a domain from an organization, whoever administers that.
    pub async fn free_domain(
        self: &Arc<Self>,
        organization: OrganizationId,
        name: &str,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        let name = typed(name)?;
        self.carry_out(by, move |app, stamp| async move {
            app.store.remove_domain(organization, &name, stamp).await
        })
        .await
    }

    async fn write_verified(
        self: &Arc<Self>,
        found: OrganizationDomain,
        verified_by: VerifiedBy,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.verify_domain(&found, verified_by, stamp).await
        })
        .await
    }

    /// Takes a domain from an organization.
    pub async fn remove_domain(
        self: &Arc<Self>,
        seat: &Seat,
        name: Domain,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::SetUpSignIn)?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.remove_domain(organization, &name, stamp).await
        })
        .await
    }

    /// Says whether who comes through the provider with an address of a verified domain gets an account.
    pub async fn set_makes_accounts(
        self: &Arc<Self>,
        seat: &Seat,
        makes: bool,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::SetUpSignIn)?;
        let organization = seat.organization.id;
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_makes_accounts(organization, makes, stamp).await
        })
        .await
    }

    /// The enabled provider of the organization that the domain of an address is verified for. It
    /// depends on the domain alone.
    pub(crate) async fn provider_for(
        &self,
        address: &str,
    ) -> Result<Option<IdentityProvider>, StoreError> {
        let email = keymoor_core::name::Email::parse(address).ok();
        let Some(domain) = email.as_ref().and_then(Domain::of) else {
            return Ok(None);
        };
        let Some(organization) = self.store.organization_of_domain(&domain).await? else {
            return Ok(None);
        };
        let found = self.store.identity_provider_of(organization).await?;
        Ok(found.filter(|provider| provider.enabled_at.is_some()))
    }
}

fn missing(record: &str, expected: &str, texts: &[String]) -> String {
    let found = match texts {
        [] => "there is none".to_owned(),
        [one] => format!("it is {:?}", one.chars().take(120).collect::<String>()),
        more => format!("there are {} others", more.len()),
    };
    format!(
        "cannot be verified yet: the TXT record {record} must be \"{expected}\", and {found}. A new \
         record can take a while to be seen everywhere"
    )
}

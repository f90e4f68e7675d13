use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::extract::{FromRequestParts, Path};
use http::{StatusCode, request::Parts};
use keymoor_core::{
    OrganizationId, PresentedSecret, SecretId, UnixTime, scim::ScimError, wire::bearer_token,
};
use keymoor_store::{Actor, LastUse, ScimSecret};

use crate::{App, client_address::ClientAddress, failure::Failure, operations::Author};

/// The most requests of an organization's clients within a minute, at one server process.
const PACE: u32 = 3_000;
/// Seconds between two notes of when a secret was used.
const TOUCH: i64 = 60;

/// Proof that the request comes from a provisioning client of the organization in its path.
pub(crate) struct Client {
    pub(crate) organization: OrganizationId,
    secret: SecretId,
    address: IpAddr,
}

impl Client {
    /// In whose name changes are made.
    pub(crate) fn author(&self) -> Author {
        Author { by: Actor::Provisioning(self.secret), from: Some(self.address) }
    }
}

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, app).await;
        let organization: Option<OrganizationId> =
            path.ok().and_then(|Path(path)| path.get("uuid")?.parse().ok());
        let refused = || refused(organization, address);
        let token = bearer_token(&parts.headers, &parts.uri).map_err(|_| refused())?;
        let presented = PresentedSecret::provisioning(token);
        // An organization that does not exist, or is disabled, answers like a wrong secret.
        let known = organization.ok_or_else(refused)?;
        let found = app.scim_secret(known, &presented).await?.ok_or_else(refused)?;
        let organization = known;
        let now = app.now();
        app.pace.step(organization, now)?;
        if found.last_use.is_none_or(|last| now.since(last.at) >= TOUCH) {
            app.store.touch_scim_secret(found.secret.id, LastUse { at: now, address }).await?;
        }
        Ok(Self { organization, secret: found.secret.id, address })
    }
}

/// Refuses a client, and leaves a trace of it for the operator: no word of what was presented.
fn refused(organization: Option<OrganizationId>, address: IpAddr) -> Failure {
    let organization = organization.map(|id| id.to_string()).unwrap_or_default();
    tracing::info!(organization, %address, "provisioning client refused");
    let detail = "The bearer token is not a provisioning secret of this organization.";
    Failure::Scim(ScimError::plain(StatusCode::UNAUTHORIZED, detail))
}

impl App {
    /// The secret of the organization that was presented.
    async fn scim_secret(
        &self,
        organization: OrganizationId,
        presented: &PresentedSecret,
    ) -> Result<Option<ScimSecret>, Failure> {
        let digest = self.pepper.digest_presented(presented);
        let all = self.store.scim_secrets(organization).await?;
        let fits = all.into_iter().find(|known| known.secret.digest.equals(&digest));
        Ok(fits.filter(|_| presented.damage().is_none()))
    }
}

/// How much each organization's clients have asked within the present minute.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<OrganizationId, (i64, u32)>>);

impl Pace {
    /// Counts a request, unless there were too many.
    fn step(&self, organization: OrganizationId, now: UnixTime) -> Result<(), Failure> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.seconds().div_euclid(60);
        all.retain(|_, (at, _)| *at == minute);
        let (_, count) = all.entry(organization).or_insert((minute, 0));
        *count += 1;
        if *count <= PACE {
            return Ok(());
        }
        let detail = "More than 3000 requests within a minute. Go on in the next one.";
        Err(Failure::Scim(ScimError::plain(StatusCode::TOO_MANY_REQUESTS, detail)))
    }
}

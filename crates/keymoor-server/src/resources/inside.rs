use keymoor_core::{OrganizationId, facts::Limits, permission::Standing};
use keymoor_store::Seat;

use super::Bearer;
use crate::{App, failure::Failure};

impl Bearer {
    /// The bearer's seat in an organization that the token opens. Strangers find nothing first; a
    /// member whose token does not open it is refused as the guard refuses.
    pub(super) async fn inside(
        &self,
        app: &App,
        organization: OrganizationId,
    ) -> Result<Seat, Failure> {
        let seat = app.store.seat(organization, self.account()).await?;
        let seat = seat.ok_or(Failure::NotFound)?;
        self.enter(app, organization)?;
        if self.limits(app).await?.through_provider_alone {
            return Ok(Seat { standing: Standing::ThroughProviderAlone, ..seat });
        }
        if self.is_delegated() {
            return Ok(Seat { standing: seat.standing.of_application(), ..seat });
        }
        Ok(seat)
    }

    /// What the API token is limited to whose access token this is, or what somebody allowed the
    /// application.
    pub(super) async fn limits(&self, app: &App) -> Result<Limits, Failure> {
        if let Some(grant) = self.grant() {
            let all = app.store.grants_of(self.account(), app.now()).await?;
            let found = all.into_iter().find(|found| found.id == grant);
            return Ok(found.ok_or(Failure::NotFound)?.consent.limits);
        }
        let found = app.store.api_token(self.account(), self.api_key()).await?;
        Ok(found.ok_or(Failure::NotFound)?.limits)
    }
}

use keymoor_core::OrganizationId;
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
        Ok(seat)
    }
}

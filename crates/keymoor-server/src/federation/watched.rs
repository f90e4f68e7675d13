//! Organizations that do not enforce single sign-on yet, and record what they would refuse.

use std::collections::HashSet;

use arc_swap::ArcSwap;
use keymoor_core::{ApiKey, OrganizationId};
use keymoor_store::StoreError;

use crate::App;

/// Which organizations watch. Reading takes no lock.
#[derive(Default)]
pub(crate) struct Watched(ArcSwap<HashSet<OrganizationId>>);

impl App {
    /// Reads anew which organizations watch.
    pub(crate) async fn load_watched(&self) -> Result<(), StoreError> {
        let found = self.store.watched_organizations().await?;
        self.watched.0.store(std::sync::Arc::new(found.into_iter().collect()));
        Ok(())
    }

    /// Notes a call to a resource of the organization by a token without its scope.
    pub(crate) fn note_without_scope(&self, organization: OrganizationId, key: ApiKey) {
        if self.watched.0.load().contains(&organization) {
            self.uses.note_watched(organization, key, self.now());
        }
    }
}

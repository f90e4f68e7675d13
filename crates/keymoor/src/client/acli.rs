//! What acquia/cli does with a token that it is handed.

use keymoor_client::{Endpoints, profile::AcquiaStore};

use super::{
    failure::Failure,
    session::{Session, variable},
};

/// The credentials that acquia/cli has of its own. They count more for it than any token, and it sends
/// them to whatever server its variables name.
pub(crate) struct Own {
    /// The API Key, or what there is instead.
    name: String,
    endpoints: Endpoints,
}

impl Own {
    /// Those that it is logged in with, if it is.
    pub(crate) fn find() -> Result<Option<Self>, Failure> {
        let Some(store) = AcquiaStore::find(variable)? else { return Ok(None) };
        let device = store
            .device
            .then(|| Self { name: "a device code".to_owned(), endpoints: Endpoints::acquia() });
        let key = store
            .in_use()
            .map(|one| Self { name: one.credentials.key.to_string(), endpoints: one.endpoints });
        Ok(key.or(device))
    }

    /// Whether what it has would go to another server than the one that it is for.
    pub(crate) fn is_for_another_server(&self, session: &Session) -> bool {
        !self.endpoints.is_same_server(&session.endpoints)
    }

    /// Why acquia/cli does not act as this session does; nothing if it does.
    pub(crate) fn warning(&self, session: &Session) -> Option<String> {
        let name = &self.name;
        if self.is_for_another_server(session) {
            let theirs = self.endpoints.token_url().host_str().unwrap_or_default();
            let ours = session.endpoints.token_url().host_str().unwrap_or_default();
            return Some(format!(
                "acquia/cli is logged in with {name}, and would send that secret, which is for \
                 {theirs}, to {ours}"
            ));
        }
        (session.key() != name).then(|| {
            format!(
                "acquia/cli is logged in with {name}: it uses that, and no token that it is handed"
            )
        })
    }
}

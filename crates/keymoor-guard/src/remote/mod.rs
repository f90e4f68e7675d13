//! A guard in another process than the server: keys by HTTP, and what changes by the removal feed,
//! or else by configuration.

mod credentials;
mod feed;
mod heard;
mod http;
mod keys;
mod lost;
mod numbers;
mod reports;
mod wanted;

use std::sync::Arc;

pub use credentials::FeedCredentials;
pub use heard::{FeedHealth, FeedProblem};
use keymoor_core::{
    Clock, OrganizationId, access::Directory, claims::Claims, jwt::Expectation, refusal::Pointers,
    removals::Subject, wire::discovery::paths,
};
pub use keys::RemoteKeys;
pub use lost::WhenLost;

use self::{
    feed::{Listener, Listening},
    heard::{Heard, LOST_AFTER},
    lost::{Deny, Introspect},
    reports::{Reporter, Reporting, Reports},
    wanted::Wanted,
};
use crate::{ConfiguredDirectory, Confirmation, Guard, GuardConfig, SystemClock};

/// Seconds by which this machine's clock may differ from the server's.
const LEEWAY: u32 = 5;

/// The guard cannot be set up so.
#[derive(Debug, thiserror::Error)]
pub enum CannotGuard {
    /// Keys that come over the network in the clear could be anybody's.
    #[error("{0} must be an https URL, or http on a loopback address")]
    Insecure(String),
    /// The HTTP client does not start.
    #[error("the HTTP client does not start: {0}")]
    Client(#[from] reqwest::Error),
    /// Listening needs a task.
    #[error("a guard with a removal feed must be built within a tokio runtime")]
    NoRuntime,
}

/// Sets up a guard for the tokens of a server elsewhere.
pub struct RemoteGuard {
    issuer: String,
    audience: String,
    directory: ConfiguredDirectory,
    feed: Option<Arc<FeedCredentials>>,
    when_lost: WhenLost,
    clock: Arc<dyn Clock>,
}

impl Guard {
    /// Begins a guard for the tokens of the server at `issuer`. Until it is told otherwise every
    /// organization counts as federated and the audience is `{issuer}/api`.
    pub fn remote(issuer: &str) -> RemoteGuard {
        let issuer = issuer.trim_end_matches('/');
        RemoteGuard {
            issuer: issuer.to_owned(),
            audience: format!("{issuer}/api"),
            directory: ConfiguredDirectory::AllFederated,
            feed: None,
            when_lost: WhenLost::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// The directory of a guard that listens. Listening and reporting end with it.
struct Followed {
    heard: Arc<Heard>,
    _listening: Listening,
    _reporting: Reporting,
}

impl Directory for Followed {
    fn is_removed(&self, claims: &Claims) -> bool {
        self.heard.is_removed(claims)
    }

    fn what_removed(&self, claims: &Claims) -> Option<Subject> {
        self.heard.what_removed(claims)
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        self.heard.is_federated(organization)
    }

    fn is_disabled(&self, organization: OrganizationId) -> bool {
        self.heard.is_disabled(organization)
    }
}

/// Tells how the removal feed of a guard is doing, for as long as anybody wants to know.
#[derive(Clone)]
pub struct FeedWatch(Arc<Heard>);

impl FeedWatch {
    /// How it is doing now.
    pub fn health(&self) -> FeedHealth {
        self.0.health()
    }

    /// The same in Prometheus' text format, to be added to what the API itself shows.
    pub fn metrics(&self) -> String {
        numbers::text(&self.health())
    }
}

impl RemoteGuard {
    /// The identifier of the API that tokens must be for.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        audience.clone_into(&mut self.audience);
        self
    }

    /// The only organizations that enforce single sign-on, for a guard without a removal feed.
    #[must_use]
    pub fn federated(mut self, only: impl IntoIterator<Item = OrganizationId>) -> Self {
        self.directory = ConfiguredDirectory::Federated(only.into_iter().collect());
        self
    }

    /// Listens to the removal feed: what is removed is refused within a second, and organizations
    /// are federated or disabled as the server says. `credentials` are those of the resource
    /// server whose identifier is this guard's audience.
    #[must_use]
    pub fn feed(mut self, credentials: FeedCredentials) -> Self {
        self.feed = Some(Arc::new(credentials));
        self
    }

    /// What to do while the removal feed is lost.
    #[must_use]
    pub fn when_lost(mut self, policy: WhenLost) -> Self {
        self.when_lost = policy;
        self
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The guard. Keys are fetched when the first token comes.
    pub fn build(self) -> Result<Guard, CannotGuard> {
        self.build_watched().map(|(guard, _)| guard)
    }

    /// The guard, and how its removal feed is doing, if it has one.
    pub fn build_watched(self) -> Result<(Guard, Option<FeedWatch>), CannotGuard> {
        let keys = RemoteKeys::with_clock(&self.issuer, self.clock.clone())?;
        let Some(credentials) = self.feed.clone() else {
            let directory = Arc::new(self.directory.clone());
            return Ok((self.guard(keys, directory, None), None));
        };
        tokio::runtime::Handle::try_current().map_err(|_| CannotGuard::NoRuntime)?;
        let heard =
            Arc::new(Heard::new(self.clock.clone(), self.when_lost == WhenLost::Introspect));
        keys.confirmed_by(heard.clone());
        let confirmation = self.confirmation(&heard, &credentials)?;
        let listener = Listener {
            url: format!("{}{}", self.issuer, paths::REMOVALS),
            client: http::client().read_timeout(LOST_AFTER).build()?,
            credentials: credentials.clone(),
            heard: heard.clone(),
            wanted: Wanted::new(keys.clone()),
        };
        let (reports, reporter) = self.reporter(credentials)?;
        let followed = Followed {
            heard: heard.clone(),
            _listening: listener.listen(),
            _reporting: reporter.report(),
        };
        let guard = self.guard(keys, Arc::new(followed), confirmation).telling(reports);
        Ok((guard, Some(FeedWatch(heard))))
    }

    /// What tells the server of refused calls, by the credentials of the feed.
    fn reporter(
        &self,
        credentials: Arc<FeedCredentials>,
    ) -> Result<(Arc<Reports>, Reporter), CannotGuard> {
        let reports = Arc::new(Reports::default());
        let reporter = Reporter {
            url: format!("{}{}", self.issuer, paths::REFUSALS),
            client: http::client().timeout(http::WHOLE).build()?,
            credentials,
            clock: self.clock.clone(),
            reports: reports.clone(),
        };
        Ok((reports, reporter))
    }

    fn confirmation(
        &self,
        heard: &Arc<Heard>,
        credentials: &Arc<FeedCredentials>,
    ) -> Result<Option<Arc<dyn Confirmation>>, CannotGuard> {
        let heard = heard.clone();
        Ok(match self.when_lost {
            WhenLost::Ride => None,
            WhenLost::Deny => Some(Arc::new(Deny(heard))),
            WhenLost::Introspect => {
                let client = http::client().timeout(http::WHOLE).build()?;
                let (credentials, clock) = (credentials.clone(), self.clock.clone());
                Some(Arc::new(Introspect::new(heard, client, &self.issuer, credentials, clock)))
            }
        })
    }

    fn guard(
        self,
        keys: RemoteKeys,
        directory: Arc<dyn Directory>,
        confirmation: Option<Arc<dyn Confirmation>>,
    ) -> Guard {
        let issuer = &self.issuer;
        let pointers = Pointers {
            token: format!("{issuer}{}", paths::TOKEN),
            documentation: format!("{issuer}/api/openapi.json"),
            resource_metadata: format!("{issuer}{}", paths::PROTECTED_RESOURCE),
        };
        let expectation = Expectation {
            issuer: self.issuer.into(),
            audience: self.audience.into(),
            leeway: LEEWAY,
        };
        let config = GuardConfig { expectation, pointers };
        let guard = Guard::new(config, Arc::new(keys), directory, self.clock);
        match confirmation {
            Some(confirmation) => guard.confirmed_by(confirmation),
            None => guard,
        }
    }
}

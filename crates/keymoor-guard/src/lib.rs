//! The guard as a tower layer: decides for each API request, offline, by the rules of the core.
//!
//! [`Guard`] verifies a token's signature once and remembers it; time, withdrawn keys, removal
//! and federation are looked at again at every request. In the server's own process it knows of
//! every change at once. In another process (feature `remote`) it fetches the public keys and
//! listens to the removal feed, so that it refuses what is removed within a second; without the
//! feed it takes federated organizations from configuration and refuses a removed API token's
//! access tokens when they expire.

mod clock;
mod configured;
mod confirmation;
mod forward_auth;
mod guard;
mod keys;
mod layer;
mod refusal_log;
#[cfg(feature = "remote")]
mod remote;
mod request_id;
mod response;
mod routes;
mod target;
mod verdicts;

pub use clock::SystemClock;
pub use configured::ConfiguredDirectory;
pub use confirmation::Confirmation;
pub use forward_auth::{ForwardAuth, RefusedRequest, Verified, not_a_listed_proxy};
pub use guard::{Guard, GuardConfig};
pub use keys::{FixedKeys, KeySource, KeysUnavailable};
pub use layer::{GuardLayer, GuardService};
pub use refusal_log::{Occasion, RefusalLog};
#[cfg(feature = "remote")]
pub use remote::{
    CannotGuard, FeedCredentials, FeedHealth, FeedProblem, FeedWatch, RemoteGuard, RemoteKeys,
    WhenLost,
};
pub use request_id::{X_REQUEST_ID, next_request_id, request_id_value};
pub use response::refusal_response;
pub use routes::{
    InvalidPattern, InvalidRoutes, Judged, LookUp, LookUpConfig, NoLookUp, OrganizationConfig,
    OrganizationFrom, Pattern, Route, RouteConfig, Routes, RoutesConfig, Rule, Unmatched,
};
pub use target::organization_after;

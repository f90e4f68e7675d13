//! Which rule counts for a request: a table from paths to organizations, scopes and public places.
//! The same table serves the gateway and forward-auth.

mod config;
mod judge;
mod pattern;
mod table;

pub use config::{
    InvalidRoutes, LookUpConfig, OrganizationConfig, RouteConfig, RoutesConfig, Unmatched,
};
pub use judge::{Judged, LookUp, NoLookUp};
pub use pattern::{InvalidPattern, Pattern};
pub use table::{OrganizationFrom, Route, Routes, Rule};

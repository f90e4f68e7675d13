//! Signing in through the identity provider of an organization.
//!
//! A browser sets out ([`outward`]) with a cookie and a ticket that the provider hands back. What it
//! brings is verified ([`inward`], the endpoints that providers know) and waits under a new ticket
//! for the page that takes it in (`portal::sign_on`), which the cookie must come with: so a sign-in
//! counts in the browser that began it and in no other, even where the provider's answer is a form
//! from elsewhere that no cookie comes with.

mod answers;
pub(crate) mod inward;
pub(crate) mod journey;
mod known;
pub(crate) mod outward;
mod settings;
mod watched;

pub(crate) use known::KnownProviders;
pub(crate) use outward::callback_path;
pub(crate) use settings::service_provider;
pub use settings::{NoFetch, ProviderSettings};
pub(crate) use watched::Watched;

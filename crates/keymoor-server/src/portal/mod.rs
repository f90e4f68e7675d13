//! The portal: the pages where people sign in and keep their API tokens.
//!
//! [`pages`] is the one table of pages. Every request for one passes [`gate`], which lets no form
//! through that is not ours; a handler that needs somebody signed in takes a [`SignedIn`] as proof.

mod activity;
mod api_tokens;
mod applications;
mod assets;
mod choice;
mod consent;
mod cookies;
mod examples;
mod factors;
mod form;
mod frame;
mod gate;
mod hashing;
mod links;
mod local;
pub(crate) mod mail;
mod operator;
mod organizations;
pub mod pages;
mod passkeys;
pub(crate) mod passwords;
mod profile;
mod recovery;
mod refused_calls;
mod second_factor;
mod sessions;
mod setup;
mod sign_in;
mod sign_on;
mod signed_in;
mod single_sign_on;
mod times;
mod totp;

pub(crate) use consent::consent_path;
pub(crate) use cookies::sign_on_cookie;
pub(crate) use frame::error_page;
pub(crate) use gate::{Keys, protect};
pub(crate) use mail::Mailer;
pub use mail::{InvalidSmtp, SmtpSettings};
use signed_in::SignedIn;

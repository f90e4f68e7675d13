//! SAML 2.0 Web Browser SSO, as service provider: an `AuthnRequest` goes out by redirect, a
//! `Response` comes back by POST (saml-bindings §3.4, §3.5; saml-profiles §4.1).
//!
//! There is one way in, [`verify`], and no setting weakens it:
//!
//! 1. `tree` reads the document once, in a strict subset of XML: no DOCTYPE, comment,
//!    instruction, CDATA section or entity of its own, bounded in size and depth.
//! 2. The `grammar` names each element and attribute that may occur, where and how often: there is
//!    one Assertion and no place to put another.
//! 3. `signature` accepts one shape of signature: over the element it stands in, by a pinned
//!    certificate, with a modern algorithm. It gives back the canonical bytes that were hashed.
//! 4. Everything about the person is read from those bytes, by the same parser.
//!
//! Encrypted assertions are refused: the response travels over TLS, and what is not taken cannot be
//! decrypted wrongly. Unsolicited responses are refused as well. That an assertion works once is
//! for the caller to keep: see [`Verified`].

mod algorithm;
mod assertion;
mod certificate;
mod claims;
#[doc(hidden)]
pub mod fuzz;
mod grammar;
mod instant;
mod metadata;
mod provider;
mod quoted;
mod refusal;
mod request;
mod response;
mod scan;
mod signature;
mod told;
mod tree;
mod verified;

pub use certificate::{Certificate, CertificateError};
pub use metadata::{Described, MetadataError};
pub use provider::{IdentityProvider, ProviderError, ServiceProvider, SubjectSource};
pub use quoted::Quoted;
pub use refusal::{DocumentFault, SamlRefusal, SignatureFault};
pub use request::{Freshness, RelayState, RequestId, SignInRequest};
pub use response::verify;
pub use verified::{Expected, Verified};

/// How far the clocks of provider and server may differ, in seconds.
pub const SKEW: i64 = 60;

/// The longest document that is taken, in bytes, after base64.
pub const MAX_RESPONSE: usize = 256 * 1024;

/// The longest metadata that is taken, in bytes.
pub const MAX_METADATA: usize = 1024 * 1024;

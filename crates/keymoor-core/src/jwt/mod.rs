//! Access tokens as JWTs (RFC 9068, 7515): signing, and strict verification.

mod algorithm;
mod low_s;
mod signer;
mod verify;

pub use algorithm::Algorithm;
pub use signer::{InvalidKey, Signer};
pub use verify::{
    Expectation, KeySet, MAX_TOKEN_LENGTH, RejectedToken, TokenFault, VerificationKey,
    VerifiedToken, examine, signed_claims, verify,
};

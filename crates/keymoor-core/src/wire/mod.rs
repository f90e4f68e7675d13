//! Bytes from and for the network: token requests and answers, `Authorization` headers, discovery.

mod authority;
mod authorization;
mod authorization_error;
mod authorization_request;
mod basic;
mod client;
mod delegated_request;
pub mod discovery;
mod hmac;
pub mod identity;
mod introspection;
pub mod listing;
mod media;
mod method;
mod oauth_error;
mod parameters;
mod path;
mod pkce;
mod redirect_uri;
mod token_inquiry;
mod token_request;
mod token_response;
mod user_code;

pub use authority::{Authorities, HostFault};
pub use authorization::bearer_token;
pub use authorization_error::AuthorizationError;
pub use authorization_request::{AuthorizationQuery, AuthorizationRequest, Unanswerable};
pub use delegated_request::{
    DelegatedClient, DelegatedGrant, DelegatedRequest, DeviceAuthorizationRequest,
    RevocationRequest,
};
pub use discovery::{AuthorizationServerMetadata, ProtectedResourceMetadata};
pub use hmac::{hmac_key_id, is_hmac, is_hmac_key_id};
pub use introspection::{ActiveToken, INACTIVE};
pub use method::{AmbiguousMethod, check_method};
pub use oauth_error::{
    InvalidClient, InvalidGrant, InvalidRequest, OAuthError, Proof, ScopeRefusal, Unauthorized,
};
pub use path::{AmbiguousPath, check_path};
pub use pkce::CodeChallenge;
pub use redirect_uri::{InvalidRedirectUri, RedirectUri};
pub use token_inquiry::{TokenInquiry, basic_client};
pub use token_request::{
    ClientAuthentication, GrantRequest, MAX_BODY_LENGTH, RequestHead, TokenRequest,
};
pub use token_response::TokenResponse;
pub use user_code::UserCode;

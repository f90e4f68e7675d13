//! Bytes from and for the network: token requests and answers, `Authorization` headers, discovery.

mod authority;
mod authorization;
mod basic;
mod client;
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
mod token_inquiry;
mod token_request;
mod token_response;

pub use authority::{Authorities, HostFault};
pub use authorization::bearer_token;
pub use discovery::{AuthorizationServerMetadata, ProtectedResourceMetadata};
pub use hmac::{hmac_key_id, is_hmac, is_hmac_key_id};
pub use introspection::{ActiveToken, INACTIVE};
pub use method::{AmbiguousMethod, check_method};
pub use oauth_error::{
    InvalidClient, InvalidGrant, InvalidRequest, OAuthError, ScopeRefusal, Unauthorized,
};
pub use path::{AmbiguousPath, check_path};
pub use token_inquiry::{TokenInquiry, basic_client};
pub use token_request::{ClientAuthentication, MAX_BODY_LENGTH, RequestHead, TokenRequest};
pub use token_response::TokenResponse;

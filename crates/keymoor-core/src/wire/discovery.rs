//! Metadata documents: RFC 8414 for the authorization server, RFC 9728 for the API.

use serde::Serialize;

use super::{delegated_request::DEVICE_CODE, pkce::CodeChallenge};
use crate::{delegation::OFFLINE_ACCESS, scope::ScopeName};

/// The paths that metadata names, relative to the issuer.
pub mod paths {
    /// The token endpoint.
    pub const TOKEN: &str = "/api/auth/oauth/token";
    /// The authorization endpoint (RFC 6749 §3.1), for browsers.
    pub const AUTHORIZATION: &str = "/api/auth/oauth/authorize";
    /// The device authorization endpoint (RFC 8628 §3.1).
    pub const DEVICE_AUTHORIZATION: &str = "/api/auth/oauth/device_authorization";
    /// The page where somebody enters the code that a device shows.
    pub const DEVICE: &str = "/device";
    /// Introspection (RFC 7662).
    pub const INTROSPECTION: &str = "/api/auth/oauth/introspect";
    /// Revocation (RFC 7009).
    pub const REVOCATION: &str = "/api/auth/oauth/revoke";
    /// Where a proxy asks whether a request may pass.
    pub const VERIFY: &str = "/api/auth/verify";
    /// The removal feed.
    pub const REMOVALS: &str = "/api/auth/removals";
    /// Where guards in other processes tell of the calls that they refused.
    pub const REFUSALS: &str = "/api/auth/refusals";
    /// The JSON Web Key Set.
    pub const JWKS: &str = "/.well-known/jwks.json";
    /// Protected-resource metadata of the default API.
    pub const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";
}

/// Authorization server metadata (RFC 8414 §2, RFC 8628 §4, RFC 9207 §3). `issuer` is exactly the
/// `iss` of tokens.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of RFC 8414 §2")]
pub struct AuthorizationServerMetadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub device_authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub scopes_supported: Vec<String>,
    pub response_types_supported: [&'static str; 1],
    pub response_modes_supported: [&'static str; 1],
    pub grant_types_supported: [&'static str; 4],
    pub code_challenge_methods_supported: [&'static str; 1],
    pub authorization_response_iss_parameter_supported: bool,
    pub token_endpoint_auth_methods_supported: [&'static str; 3],
    pub introspection_endpoint: String,
    pub introspection_endpoint_auth_methods_supported: [&'static str; 2],
    pub revocation_endpoint: String,
    pub revocation_endpoint_auth_methods_supported: [&'static str; 3],
}

/// How whoever has a secret authenticates.
const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];
/// How clients do; a public application names itself and proves nothing by that.
const CLIENT_METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

impl AuthorizationServerMetadata {
    /// The metadata of the server at `issuer`, a URL without a slash at its end, whose APIs know
    /// `scopes`. Those of organizations are as many as there are organizations, and not named.
    pub fn new(issuer: &str, scopes: &[ScopeName]) -> Self {
        let scopes = scopes.iter().map(ToString::to_string).filter(|name| name != OFFLINE_ACCESS);
        Self {
            scopes_supported: [OFFLINE_ACCESS.to_owned()].into_iter().chain(scopes).collect(),
            issuer: issuer.to_owned(),
            authorization_endpoint: format!("{issuer}{}", paths::AUTHORIZATION),
            device_authorization_endpoint: format!("{issuer}{}", paths::DEVICE_AUTHORIZATION),
            token_endpoint: format!("{issuer}{}", paths::TOKEN),
            jwks_uri: format!("{issuer}{}", paths::JWKS),
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            grant_types_supported: [
                "client_credentials",
                "authorization_code",
                "refresh_token",
                DEVICE_CODE,
            ],
            code_challenge_methods_supported: [CodeChallenge::METHOD],
            authorization_response_iss_parameter_supported: true,
            token_endpoint_auth_methods_supported: CLIENT_METHODS,
            introspection_endpoint: format!("{issuer}{}", paths::INTROSPECTION),
            introspection_endpoint_auth_methods_supported: METHODS,
            revocation_endpoint: format!("{issuer}{}", paths::REVOCATION),
            revocation_endpoint_auth_methods_supported: CLIENT_METHODS,
        }
    }
}

/// Protected resource metadata (RFC 9728 §2).
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of RFC 9728 §2")]
pub struct ProtectedResourceMetadata {
    pub resource: String,
    pub authorization_servers: [String; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    pub bearer_methods_supported: [&'static str; 1],
}

impl ProtectedResourceMetadata {
    /// The metadata of the API `audience` whose tokens come from `issuer` and which knows `scopes`.
    /// None are no list (RFC 9728 §3.2).
    pub fn new(issuer: &str, audience: &str, scopes: &[ScopeName]) -> Self {
        Self {
            resource: audience.to_owned(),
            authorization_servers: [issuer.to_owned()],
            scopes_supported: scopes.iter().map(ToString::to_string).collect(),
            bearer_methods_supported: ["header"],
        }
    }
}

//! Metadata documents: RFC 8414 for the authorization server, RFC 9728 for the API.

use serde::Serialize;

/// The paths that metadata names, relative to the issuer.
pub mod paths {
    /// The token endpoint.
    pub const TOKEN: &str = "/api/auth/oauth/token";
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

/// Authorization server metadata (RFC 8414 §2). `issuer` is exactly the `iss` of tokens.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of RFC 8414 §2")]
pub struct AuthorizationServerMetadata {
    pub issuer: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub response_types_supported: [&'static str; 1],
    pub grant_types_supported: [&'static str; 1],
    pub token_endpoint_auth_methods_supported: [&'static str; 2],
    pub introspection_endpoint: String,
    pub introspection_endpoint_auth_methods_supported: [&'static str; 2],
    pub revocation_endpoint: String,
    pub revocation_endpoint_auth_methods_supported: [&'static str; 2],
}

/// How every client authenticates, everywhere.
const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

impl AuthorizationServerMetadata {
    /// The metadata of the server at `issuer`, a URL without a slash at its end.
    pub fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            token_endpoint: format!("{issuer}{}", paths::TOKEN),
            jwks_uri: format!("{issuer}{}", paths::JWKS),
            // Required, and Authlib refuses an empty list; there is no authorization endpoint.
            response_types_supported: ["none"],
            grant_types_supported: ["client_credentials"],
            token_endpoint_auth_methods_supported: METHODS,
            introspection_endpoint: format!("{issuer}{}", paths::INTROSPECTION),
            introspection_endpoint_auth_methods_supported: METHODS,
            revocation_endpoint: format!("{issuer}{}", paths::REVOCATION),
            revocation_endpoint_auth_methods_supported: METHODS,
        }
    }
}

/// Protected resource metadata (RFC 9728 §2).
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the names are those of RFC 9728 §2")]
pub struct ProtectedResourceMetadata {
    pub resource: String,
    pub authorization_servers: [String; 1],
    pub bearer_methods_supported: [&'static str; 1],
}

impl ProtectedResourceMetadata {
    /// The metadata of the API `audience` whose tokens come from `issuer`.
    pub fn new(issuer: &str, audience: &str) -> Self {
        Self {
            resource: audience.to_owned(),
            authorization_servers: [issuer.to_owned()],
            bearer_methods_supported: ["header"],
        }
    }
}

//! The token request (RFC 6749 §4.1.3), with the PKCE verifier (RFC 7636 §4.5).

use base64::{Engine, engine::general_purpose::STANDARD};
use form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

use super::{Begun, Metadata, OidcError, Provider, SecretMethod};
use crate::{Method, Request};

/// The request that exchanges `code`.
pub(super) fn token_request(
    provider: &Provider,
    metadata: &Metadata,
    begun: &Begun,
    code: &str,
) -> Result<Request, OidcError> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", &begun.redirect_uri)
        .append_pair("code_verifier", &begun.code_verifier);
    let mut headers = vec![
        ("accept".to_owned(), "application/json".to_owned()),
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
    ];
    match (&provider.client_secret, metadata.secret_method) {
        (None, _) => {
            form.append_pair("client_id", &provider.client_id);
        }
        (Some(secret), Some(SecretMethod::ClientSecretBasic)) => {
            headers.push(("authorization".to_owned(), basic(&provider.client_id, secret)));
        }
        (Some(secret), Some(SecretMethod::ClientSecretPost)) => {
            form.append_pair("client_id", &provider.client_id).append_pair("client_secret", secret);
        }
        (Some(_), None) => return Err(OidcError::NoSecretMethod),
    }
    let (url, body) = (metadata.token_endpoint.clone(), form.finish().into_bytes());
    Ok(Request { method: Method::Post, url, headers, body })
}

/// Basic credentials, each half form-encoded first (RFC 6749 §2.3.1), so that a colon or a `%` in
/// them arrives.
fn basic(id: &str, secret: &str) -> String {
    let mut pair = Zeroizing::new(String::new());
    pair.extend(byte_serialize(id.as_bytes()));
    pair.push(':');
    pair.extend(byte_serialize(secret.as_bytes()));
    format!("Basic {}", STANDARD.encode(pair.as_bytes()))
}

use super::{Metadata, OidcError, document, metadata::issuer_url};
use crate::Fetch;

/// Asks the provider at `issuer` for its metadata (`OpenID` Connect Discovery §4). `issuer` must be
/// exactly what the provider calls itself (§4.3).
pub async fn discover(fetch: &dyn Fetch, issuer: &str) -> Result<Metadata, OidcError> {
    issuer_url(issuer)?;
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let url = format!("{base}/.well-known/openid-configuration");
    Metadata::read(&document::get(fetch, &url).await?, issuer)
}

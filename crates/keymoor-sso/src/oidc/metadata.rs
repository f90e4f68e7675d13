use serde::{Deserialize, Serialize};
use url::Url;

use super::{Algorithm, OidcError, members::Members, shown::shown};

/// What a provider publishes of itself (`OpenID` Connect Discovery §3), as far as it is used here.
/// May be stored, and made anew by [`discover`](super::discover).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Exactly the configured issuer.
    pub issuer: String,
    /// Where browsers are sent.
    pub authorization_endpoint: String,
    /// Where a code is exchanged.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Where more is told of whoever signed in, if anywhere.
    pub userinfo_endpoint: Option<String>,
    /// What it signs with, as far as that is taken; never empty.
    pub algorithms: Vec<Algorithm>,
    /// How it takes a client secret; none if in no way that is known here.
    pub secret_method: Option<SecretMethod>,
    /// Whether each callback carries `iss` (RFC 9207 §3).
    pub callback_names_issuer: bool,
    /// Whether it says that it does PKCE with S256. It is always used: who does not know it
    /// ignores it (RFC 6749 §3.1).
    pub announces_pkce: bool,
    /// Whether it sends logout tokens (Back-Channel Logout 1.0 §2.1).
    pub sends_logout_tokens: bool,
}

/// How a client secret is sent (`OpenID` Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretMethod {
    /// In the `Authorization` header.
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
}

impl Metadata {
    /// What `members` say, if they are `issuer`'s and enough for a sign-in.
    pub(super) fn read(members: &Members, issuer: &str) -> Result<Self, OidcError> {
        check_issuer(members, issuer)?;
        check_code_flow(members)?;
        let secure = issuer_url(issuer)?.scheme() == "https";
        let endpoint = |name| endpoint(members, name, secure);
        Ok(Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?,
            jwks_uri: endpoint("jwks_uri")?,
            userinfo_endpoint: members
                .get("userinfo_endpoint")
                .map(|_| endpoint("userinfo_endpoint"))
                .transpose()?,
            algorithms: algorithms(members)?,
            secret_method: secret_method(members)?,
            callback_names_issuer: members
                .flag("authorization_response_iss_parameter_supported")?,
            announces_pkce: lists(members, "code_challenge_methods_supported", "S256")?,
            sends_logout_tokens: members.flag("backchannel_logout_supported")?,
        })
    }
}

/// The issuer as a URL. `http` is left to the fetcher, which refuses it unless the host is listed.
pub(super) fn issuer_url(issuer: &str) -> Result<Url, OidcError> {
    let fit = |url: &Url| url.query().is_none() && is_fit(url, false);
    let plain = issuer.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let url = Url::parse(issuer).ok().filter(|url| plain && fit(url));
    url.ok_or_else(|| OidcError::IssuerForm(shown(issuer)))
}

fn check_issuer(members: &Members, issuer: &str) -> Result<(), OidcError> {
    let found = members.text("issuer")?.ok_or(OidcError::Member("issuer"))?;
    if found == issuer {
        return Ok(());
    }
    Err(OidcError::Issuer { expected: shown(issuer), found: shown(found) })
}

fn check_code_flow(members: &Members) -> Result<(), OidcError> {
    let grants = members.get("grant_types_supported").is_none()
        || lists(members, "grant_types_supported", "authorization_code")?;
    if grants && lists(members, "response_types_supported", "code")? {
        return Ok(());
    }
    Err(OidcError::NoCodeFlow)
}

fn endpoint(members: &Members, name: &'static str, secure: bool) -> Result<String, OidcError> {
    let text = members.text(name)?.ok_or(OidcError::Member(name))?;
    let url = Url::parse(text).ok().filter(|url| is_fit(url, secure));
    url.map(String::from).ok_or(OidcError::Endpoint(name))
}

/// Whether `url` is for HTTP and hides nothing: over TLS if it has to be `secure`.
fn is_fit(url: &Url, secure: bool) -> bool {
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && !secure);
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    scheme && plain && url.has_host()
}

fn algorithms(members: &Members) -> Result<Vec<Algorithm>, OidcError> {
    let name = "id_token_signing_alg_values_supported";
    let names = members.texts(name)?.ok_or(OidcError::Member(name))?;
    let mut known: Vec<_> = names.into_iter().filter_map(Algorithm::from_name).collect();
    known.sort_by_key(|algorithm| algorithm.name());
    known.dedup();
    if known.is_empty() { Err(OidcError::NoAlgorithm) } else { Ok(known) }
}

/// The first of the two that is taken; without a list it is Basic (Discovery §3).
fn secret_method(members: &Members) -> Result<Option<SecretMethod>, OidcError> {
    let Some(names) = members.texts("token_endpoint_auth_methods_supported")? else {
        return Ok(Some(SecretMethod::ClientSecretBasic));
    };
    let basic = names.contains(&"client_secret_basic").then_some(SecretMethod::ClientSecretBasic);
    let post = names.contains(&"client_secret_post").then_some(SecretMethod::ClientSecretPost);
    Ok(basic.or(post))
}

fn lists(members: &Members, name: &'static str, value: &str) -> Result<bool, OidcError> {
    Ok(members.texts(name)?.is_some_and(|texts| texts.contains(&value)))
}

//! The headers that tell an API who calls. They are always made anew and never passed through.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    access::{Access, Target},
    claims::Claims,
};

/// What every identity header begins with.
pub const PREFIX: &str = "x-keymoor-";

/// The account that the token acts for.
pub const ACCOUNT: HeaderName = HeaderName::from_static("x-keymoor-account");
/// The API Key that the token was issued to.
pub const CLIENT: HeaderName = HeaderName::from_static("x-keymoor-client");
/// The granted scopes, with blanks between; absent if there are none.
pub const SCOPE: HeaderName = HeaderName::from_static("x-keymoor-scope");
/// The organization that the request was judged for; absent if it is about none.
pub const ORGANIZATION: HeaderName = HeaderName::from_static("x-keymoor-organization");
/// The only organizations that the token may reach, with blanks between; absent if it is not limited.
pub const ORGANIZATIONS: HeaderName = HeaderName::from_static("x-keymoor-organizations");
/// The id of the access token.
pub const TOKEN: HeaderName = HeaderName::from_static("x-keymoor-token-id");

/// All of them.
pub const ALL: [HeaderName; 6] = [ACCOUNT, CLIENT, SCOPE, ORGANIZATION, ORGANIZATIONS, TOKEN];

/// Whether some reader could take a header of this name for one that begins with `prefix`, which is
/// in lower case with hyphens: gateways to CGI and WSGI read other characters as hyphens.
pub fn is_read_as(name: &str, prefix: &str) -> bool {
    name.len() >= prefix.len() && name.bytes().map(folded).take(prefix.len()).eq(prefix.bytes())
}

/// A byte of a name as such a reader takes it.
pub fn folded(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
}

/// Takes out what could be read as an identity header.
pub fn strip(headers: &mut HeaderMap) {
    let forged: Vec<_> =
        headers.keys().filter(|name| is_read_as(name.as_str(), PREFIX)).cloned().collect();
    for name in forged {
        headers.remove(name);
    }
}

/// Puts in who calls, in place of whatever is there.
pub fn put(headers: &mut HeaderMap, access: &Access) {
    strip(headers);
    let claims = access.claims();
    let mut set = |name: HeaderName, text: String| {
        // Ids, scopes and blanks are header values.
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    };
    set(ACCOUNT, claims.sub.to_string());
    set(CLIENT, claims.client_id.to_string());
    set(TOKEN, claims.jti.to_string());
    if !claims.scope.is_empty() {
        set(SCOPE, claims.scope.to_string());
    }
    if let Target::Organization(organization) = access.target() {
        set(ORGANIZATION, organization.to_string());
    }
    if let Some(only) = limits(claims) {
        set(ORGANIZATIONS, only);
    }
}

fn limits(claims: &Claims) -> Option<String> {
    let only = claims.organizations.as_ref()?;
    Some(only.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

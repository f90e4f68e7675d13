use keymoor_core::UnixTime;
use serde_json::Value;

use super::{
    Keys, Metadata, OidcRefusal, Provider, TokenFault,
    claims::{self, MAX_AGE, name},
    jwt::{Kind, SKEW, Unverified},
    members::Members,
};
use crate::Fetch;

/// What makes a JWT a logout token (Back-Channel Logout 1.0 §2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A provider says that a session of its has ended: the named one, or all of the person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutNotice {
    /// Whose, if it says so. At least one of this and `session` is there.
    pub subject: Option<String>,
    /// Which session (`sid`), if it says so; all of the person's otherwise.
    pub session: Option<String>,
    /// The notice's own name. One that was seen before must not be obeyed again.
    pub jti: String,
    /// From here on the notice is refused by itself, so that its `jti` may be forgotten.
    pub expires_at: UnixTime,
}

/// Verifies a logout token (Back-Channel Logout 1.0 §2.6). Whether its `jti` was seen before is for
/// the caller to know.
pub async fn logout_token(
    fetch: &dyn Fetch,
    provider: &Provider,
    metadata: &Metadata,
    keys: &Keys,
    token: &str,
    now: UnixTime,
) -> Result<LogoutNotice, OidcRefusal> {
    if metadata.issuer != provider.issuer {
        return Err(OidcRefusal::OtherProvider);
    }
    let token = Unverified::parse(token, Kind::Logout, metadata)?;
    let set = keys.set_for(fetch, metadata, &token.header, now).await?;
    Ok(notice(&token.verify(&set)?, provider, now)?)
}

/// What the claims of a verified logout token say.
pub(super) fn notice(
    claims: &Members,
    provider: &Provider,
    now: UnixTime,
) -> Result<LogoutNotice, TokenFault> {
    let times = claims::check(claims, provider, now)?;
    if claims.get("nonce").is_some() {
        return Err(TokenFault::Forbidden("nonce"));
    }
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(TokenFault::Claim("events"));
    }
    let text = |claim| Ok::<_, TokenFault>(name(claims, claim)?.map(str::to_owned));
    let (subject, session) = (text("sub")?, text("sid")?);
    if subject.is_none() && session.is_none() {
        return Err(TokenFault::Claim("sub or sid"));
    }
    let jti = text("jti")?.ok_or(TokenFault::Claim("jti"))?;
    let expires_at = times.exp.plus(SKEW).min(times.iat.plus(MAX_AGE + 1));
    Ok(LogoutNotice { subject, session, jti, expires_at })
}

use keymoor_core::UnixTime;

use super::{
    Begun, Callback, Keys, Metadata, OidcRefusal, Provider,
    answer::Answer,
    id_token::{self, Expected},
    jwt::{Kind, Unverified},
    token_request::token_request,
    userinfo,
};
use crate::{Fetch, Identity};

/// Finishes a sign-in: checks the callback against what was begun, exchanges the code, verifies the
/// ID Token (`OpenID` Connect Core §3.1.3.7) and gives who it is.
///
/// Take `begun` out of its store before, so that the same callback finds none the second time, and
/// read `provider` anew, so that one that was disabled meanwhile is not asked.
pub async fn finish(
    fetch: &dyn Fetch,
    provider: &Provider,
    metadata: &Metadata,
    keys: &Keys,
    begun: &Begun,
    callback: &Callback,
    now: UnixTime,
) -> Result<Identity, OidcRefusal> {
    if begun.issuer != provider.issuer || metadata.issuer != provider.issuer {
        return Err(OidcRefusal::OtherProvider);
    }
    let code = callback.code(begun, metadata, now)?;
    let request = token_request(provider, metadata, begun, code)?;
    let answer = Answer::read(fetch.fetch(request).await?, &metadata.token_endpoint)?;
    let token = Unverified::parse(&answer.id_token, Kind::Id, metadata)?;
    let set = keys.set_for(fetch, metadata, &token.header, now).await?;
    let (access_token, algorithm) = (&answer.access_token, token.header.algorithm());
    let expected = Expected { provider, begun, access_token, algorithm, now };
    let identity = id_token::identity(&token.verify(&set)?, &expected)?;
    userinfo::complete(fetch, metadata, &answer, identity).await
}

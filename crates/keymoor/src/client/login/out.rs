use keymoor_client::ClientKey;

use crate::client::{
    arguments::{Logout, Place},
    failure::Failure,
    session::{self, Session, block_on},
};

/// Forgets the credentials of a profile and its cached token; ends the token at the server if asked.
pub(crate) fn run(options: &Logout) -> Result<(), Failure> {
    let store = session::profiles()?;
    let known = store.read()?;
    let named = options.place.profile.as_deref().map(session::profile_name).transpose()?;
    let Some((name, profile)) = known.pick(named.as_ref()) else {
        return Err(Failure::other("there is no such profile").hint("keymoor profiles lists them"));
    };
    let (name, profile) = (name.clone(), profile.clone());
    let place = Place { profile: Some(name.to_string()), ..options.place.clone() };
    let ended = if options.revoke { revoked(&place) } else { Ok(()) };
    let forgotten = session::forget_tokens(&name, &profile);
    // Whatever the server says: who logs out wants the secret gone from here.
    let lock = store.lock()?;
    store.vault().remove(&name, profile.secret)?;
    let mut known = lock.read()?;
    known.named.remove(&name);
    if known.default.as_ref() == Some(&name) {
        known.default = None;
    }
    lock.write(&known)?;
    forgotten.and(ended)?;
    let stays = match (profile.refreshes, options.revoke) {
        (false, _) => "The API token itself stays: keymoor keys remove.",
        (true, true) => "The login ended at the server, too.",
        (true, false) => "What you allowed stays: Account Settings, Authorized applications.",
    };
    tell!("Logged out of profile {name}. {stays}");
    Ok(())
}

/// Every cached token of the profile, whatever its scopes, ends at the server. One that cannot be
/// ended leaves none of the others out. A login by device ends as a whole, by its refresh token.
fn revoked(place: &Place) -> Result<(), Failure> {
    let session = Session::open(place, None)?;
    let Some(source) = session.source()? else { return Ok(()) };
    if session.is_by_device() {
        return block_on(async { Ok(source.end_login().await?) });
    }
    let Some(cache) = session::cache() else { return Ok(()) };
    let key = ClientKey::parse(session.key()).map_err(Failure::other)?;
    let tokens = cache.tokens(session.endpoints.token_url(), &key);
    let living = tokens.into_iter().filter(|token| !token.expires_in().is_zero());
    block_on(async {
        let mut ended = Ok(());
        for token in living {
            ended = ended.and(source.revoke(&token).await);
        }
        Ok(ended?)
    })
}

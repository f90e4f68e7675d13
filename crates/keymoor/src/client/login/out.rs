use std::time::Duration;

use crate::client::{
    arguments::Logout,
    failure::Failure,
    session::{self, Session, block_on},
};

/// Forgets the credentials of a profile and its cached token; ends the token at the server if asked.
pub(crate) fn run(options: &Logout) -> Result<(), Failure> {
    let store = session::profiles()?;
    let mut known = store.read()?;
    let named = options.place.profile.as_deref().map(session::profile_name).transpose()?;
    let Some((name, profile)) = known.pick(named.as_ref()) else {
        return Err(Failure::other("there is no such profile").hint("keymoor profiles lists them"));
    };
    let (name, profile) = (name.clone(), profile.clone());
    let place = crate::client::arguments::Place {
        profile: Some(name.to_string()),
        ..options.place.clone()
    };
    let ended = tokens(&place, options.revoke);
    let forgotten = session::forget_tokens(&name, &profile);
    // Whatever the server says: who logs out wants the secret gone from here.
    store.vault().remove(&name)?;
    known.named.remove(&name);
    if known.default.as_ref() == Some(&name) {
        known.default = None;
    }
    store.write(&known)?;
    forgotten.and(ended)?;
    tell!("Logged out of profile {name}. The API token itself stays: keymoor keys remove.");
    Ok(())
}

fn tokens(place: &crate::client::arguments::Place, revoke: bool) -> Result<(), Failure> {
    let Ok(session) = Session::open(place, None) else { return Ok(()) };
    let Some(source) = session.source()? else { return Ok(()) };
    let cached = session.cached(Duration::ZERO)?;
    block_on(async {
        match cached.filter(|_| revoke) {
            Some(token) => source.revoke(&token).await?,
            None => source.forget(&session.scopes()).await?,
        }
        Ok(())
    })
}

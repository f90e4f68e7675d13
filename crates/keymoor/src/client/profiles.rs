use serde_json::{Value, json};

use keymoor_client::profile::{Organization, SecretPlace};

use super::{
    arguments::{Profiles, ProfilesAction},
    failure::Failure,
    output, session,
};

/// Lists the profiles, picks one, or removes one.
pub(crate) fn run(options: &Profiles) -> Result<(), Failure> {
    match &options.action {
        None => list(options),
        Some(ProfilesAction::Use { name }) => pick(name),
        Some(ProfilesAction::Remove { name }) => remove(name),
    }
}

fn list(options: &Profiles) -> Result<(), Failure> {
    let known = session::profiles()?.read()?;
    let rows: Vec<Value> = known
        .named
        .iter()
        .map(|(name, profile)| {
            let organization = match profile.organization {
                Organization::Auto => "auto".to_owned(),
                Organization::Fixed(id) => id.to_string(),
            };
            json!({
                "profile": name.as_str(),
                "default": known.default.as_ref() == Some(name),
                "api": profile.endpoints.api_base().as_str(),
                "key": profile.key.as_str(),
                "organization": organization,
                "by_device": profile.refreshes,
                "secret": match profile.secret {
                    SecretPlace::File => "file",
                    SecretPlace::System(_) => "system",
                },
            })
        })
        .collect();
    output::value(&Value::from(rows), options.output)
}

fn pick(name: &str) -> Result<(), Failure> {
    let (store, name) = (session::profiles()?, session::profile_name(name)?);
    let lock = store.lock()?;
    let mut known = lock.read()?;
    if !known.named.contains_key(&name) {
        return Err(none(&name));
    }
    known.default = Some(name);
    Ok(lock.write(&known)?)
}

fn remove(name: &str) -> Result<(), Failure> {
    let (store, name) = (session::profiles()?, session::profile_name(name)?);
    let lock = store.lock()?;
    let mut known = lock.read()?;
    let profile = known.named.remove(&name).ok_or_else(|| none(&name))?;
    if known.default.as_ref() == Some(&name) {
        known.default = None;
    }
    let forgotten = session::forget_tokens(&name, &profile);
    // The secret goes first: without it the rest is harmless.
    store.vault().remove(&name, profile.secret)?;
    lock.write(&known)?;
    forgotten
}

fn none(name: &keymoor_client::profile::ProfileName) -> Failure {
    Failure::other(format!("there is no profile {name}")).hint("keymoor profiles lists them")
}

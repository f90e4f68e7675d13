//! `keymoor login` and `keymoor logout`.

mod answers;
mod out;

use keymoor_client::{
    Client, ClientSecret, Credentials, Endpoints, Error,
    profile::{AcquiaKey, AcquiaStore, Profile, ProfileName, ProfileStore, Profiles},
};
use serde_json::Value;

use super::{
    arguments::Login,
    failure::{Failure, Reason},
    session::{self, Session, block_on, variable},
    terminal,
    waiting::Waiting,
};

pub(crate) use out::run as logout;

/// Tries key and secret, and stores them.
pub(crate) fn run(options: &Login) -> Result<(), Failure> {
    let name = match &options.place.profile {
        Some(name) => session::profile_name(name)?,
        None => ProfileName::standard(),
    };
    let organization = session::organization(&options.org)?;
    let (endpoints, credentials) = if options.import {
        imported(options)?
    } else {
        let endpoints = endpoints(options)?;
        let credentials = credentials(options, &endpoints)?;
        (endpoints, credentials)
    };
    let key = credentials.key.clone();
    let profile = Profile { endpoints, key, organization };
    let who = if options.no_check { None } else { Some(tried(&profile, &credentials, options)?) };
    store(&name, profile.clone(), &credentials.secret)?;
    let host = profile.endpoints.api_base().host_str().unwrap_or_default().to_owned();
    if let Some(mail) = who.flatten() {
        tell!("Logged in to {host} as {mail}, profile {name}.");
    } else {
        tell!("Stored the credentials for {host}, profile {name}.");
    }
    Ok(())
}

fn endpoints(options: &Login) -> Result<Endpoints, Failure> {
    let ends = if options.acquia {
        return Ok(Endpoints::acquia());
    } else if let (Some(token), Some(api)) = (&options.token_url, &options.api_url) {
        Endpoints::new(token, api)
    } else if let Some(origin) = &options.server {
        return server(origin);
    } else if let Some(origin) = text_of("KEYMOOR_SERVER") {
        return server(&origin);
    } else if !terminal::can_ask() {
        return Err(which_server());
    } else {
        return server(&answers::line("Server (a URL, or acquia): ")?);
    };
    Ok(ends.map_err(Error::from)?)
}

fn text_of(name: &str) -> Option<String> {
    variable(name)?.into_string().ok().filter(|text| !text.is_empty())
}

fn server(text: &str) -> Result<Endpoints, Failure> {
    if text == "acquia" {
        return Ok(Endpoints::acquia());
    }
    Ok(Endpoints::at(text.trim_end_matches('/')).map_err(Error::from)?)
}

fn which_server() -> Failure {
    Failure::usage("which server?").hint("--acquia, or --server https://keymoor.example.com")
}

/// From standard input, or from whoever sits at the terminal.
fn credentials(options: &Login, endpoints: &Endpoints) -> Result<Credentials, Failure> {
    let malformed = |error| Failure::from(Error::Credentials(error));
    if let (Some(key), true) = (&options.key, options.secret_stdin) {
        return Credentials::new(key, &answers::whole_input()?).map_err(malformed);
    }
    if !terminal::can_ask() {
        let hint = "keymoor login --key KEY --secret-stdin, with the secret on standard input";
        return Err(Failure::usage("there is no terminal to ask for the secret on").hint(hint));
    }
    if *endpoints == Endpoints::acquia()
        && options.key.is_none()
        && let Some(store) = AcquiaStore::find(variable)?
        && store.keys.iter().any(|key| key.endpoints == *endpoints)
        && answers::yes("acquia/cli is logged in here. Take its key and secret over? [Y/n] ")?
    {
        return Ok(taken_over(store, |key| key.endpoints == *endpoints)?.credentials);
    }
    let key = match &options.key {
        Some(key) => key.clone(),
        None => answers::line("API Key: ")?,
    };
    Credentials::new(&key, &answers::secret("API Secret (not shown): ")?).map_err(malformed)
}

/// A stored secret goes to the server that the store has it for, and to no other.
fn imported(options: &Login) -> Result<(Endpoints, Credentials), Failure> {
    let store = AcquiaStore::find(variable)?.ok_or_else(nothing_stored)?;
    let wanted = |one: &AcquiaKey| {
        options.key.as_deref().is_none_or(|key| one.credentials.key.as_str() == key)
    };
    let found = taken_over(store, wanted)?;
    if options.acquia && found.endpoints != Endpoints::acquia() {
        let host = found.endpoints.token_url().host_str().unwrap_or_default().to_owned();
        return Err(Failure::usage(format!("this key is for {host}, not for Acquia"))
            .hint("Leave --acquia out: --import takes the server over, too."));
    }
    Ok((found.endpoints, found.credentials))
}

fn taken_over(
    store: AcquiaStore,
    wanted: impl FnMut(&AcquiaKey) -> bool,
) -> Result<AcquiaKey, Failure> {
    let found = store.keys.into_iter().find(wanted).ok_or_else(nothing_stored)?;
    let label = found.label.as_deref().unwrap_or("no label");
    let label = super::render::cell::plain(label);
    tell!("Taking over {} ({label}) from {}.", found.credentials.key, store.path.display());
    Ok(found)
}

fn nothing_stored() -> Failure {
    Failure::new(Reason::Credentials, "acquia/cli has stored no credentials here")
}

/// Gets a token, and asks whose it is. An API without `/account` is no failure.
fn tried(
    profile: &Profile,
    credentials: &Credentials,
    options: &Login,
) -> Result<Option<String>, Failure> {
    if let Some(damage) = credentials.secret.damage() {
        tell!("keymoor: the secret looks damaged ({damage:?}); trying it all the same");
    }
    let session = Session::trial(profile, credentials.clone(), &options.place);
    let _waiting = Waiting::begin("trying key and secret");
    block_on(async {
        let client = session.client()?;
        client.token().await?;
        Ok(account(&client).await)
    })
}

/// The address of the account that a client acts for, if the API says.
pub(crate) async fn account(client: &Client) -> Option<String> {
    let account: Value = client.get("/account").await.ok()?.json().ok()?;
    Some(super::render::cell::plain(account["mail"].as_str()?))
}

/// Keeps a profile and its secret. Whenever it is cut off, what is there works, or says that the
/// secret is gone: key and secret are replaced by one file, and a secret never stands beside another
/// server. If it fails, what was there before is there still.
pub(crate) fn store(
    name: &ProfileName,
    profile: Profile,
    secret: &ClientSecret,
) -> Result<(), Failure> {
    let store = session::profiles()?;
    let mut known: Profiles = store.read()?;
    let vault = store.vault();
    let (pair, before) =
        (Credentials { key: profile.key.clone(), secret: secret.clone() }, known.clone());
    let old = match known.named.insert(name.clone(), profile) {
        Some(one) => vault.credentials(name, &one.key).ok().flatten(),
        None => None,
    };
    known.default.get_or_insert_with(|| name.clone());
    let replaced = replace(&store, name, (&before, &known), &pair);
    if replaced.is_err() {
        // As far as it goes: the failure that is told is the first.
        let _ = vault.remove(name);
        let _ = store.write(&before);
        let _ = old.map(|old| vault.write(name, &old));
    }
    replaced?;
    tell!("The secret is in {}, which only you can read.", vault.path(name).display());
    Ok(())
}

fn replace(
    store: &ProfileStore,
    name: &ProfileName,
    (before, after): (&Profiles, &Profiles),
    pair: &Credentials,
) -> Result<(), Failure> {
    let server = |known: &Profiles| known.named.get(name).map(|one| one.endpoints.clone());
    let vault = store.vault();
    if server(before).is_some() && server(before) != server(after) {
        vault.remove(name)?;
        store.write(after)?;
        return Ok(vault.write(name, pair)?);
    }
    vault.write(name, pair)?;
    Ok(store.write(after)?)
}

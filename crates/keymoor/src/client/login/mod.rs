//! `keymoor login` and `keymoor logout`.

mod answers;
mod device;
mod out;

use keymoor_client::{
    Client, Credentials, Endpoints, Error,
    profile::{
        AcquiaKey, AcquiaStore, Organization, Profile, ProfileName, Profiles, ProfilesLock,
        SecretPlace,
    },
    vault::{Stored, Vault, Wanted, is_open_to_others},
};
use serde_json::Value;

use super::{
    arguments::Login,
    failure::{Failure, Reason},
    output,
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
    if options.device {
        return device::run(options, &name);
    }
    let organization = organization(&options.org)?;
    let (endpoints, credentials) = if options.import {
        imported(options)?
    } else {
        let endpoints = endpoints(options)?;
        let credentials = credentials(options, &endpoints)?;
        (endpoints, credentials)
    };
    let key = credentials.key.clone();
    let profile =
        Profile { endpoints, key, organization, secret: SecretPlace::File, refreshes: false };
    let who = if options.no_check { None } else { Some(tried(&profile, &credentials, options)?) };
    store(&name, profile.clone(), &credentials)?;
    let host = profile.endpoints.api_base().host_str().unwrap_or_default().to_owned();
    if let Some(mail) = who.flatten() {
        tell!("Logged in to {host} as {mail}, profile {name}.");
    } else {
        tell!("Stored the credentials for {host}, profile {name}.");
    }
    Ok(())
}

/// The one that tokens of an API token are for.
fn organization(given: &[String]) -> Result<Organization, Failure> {
    match given {
        [one] => session::organization(one),
        _ => Err(Failure::usage("several organizations")
            .hint("A profile has one, or auto. --device asks for several.")),
    }
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
    if is_open_to_others(&store.path) {
        session::tell_of_open(&store.path);
    }
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
/// secret is gone: key and secret are replaced at once, and a secret never stands beside another
/// server. If it fails, what was there before is there still.
pub(crate) fn store(
    name: &ProfileName,
    profile: Profile,
    pair: &Credentials,
) -> Result<(), Failure> {
    let (wanted, store) = (session::wanted_store()?, session::profiles()?);
    let lock = store.lock()?;
    let before = lock.read()?;
    let keeping = Keeping { lock, vault: store.vault(), name, before, wanted };
    let stored = keeping.replace(profile, pair)?;
    if let Some(why) = stored.instead {
        tell!("keymoor: the system's secret store cannot be used: {}", output::cleaned(&why));
    }
    let place = keeping.vault.describe(name, stored.place);
    match stored.place {
        SecretPlace::File => tell!("The secret is in {place}, which only you can read."),
        SecretPlace::System(_) => tell!("The secret is in {place}."),
    }
    Ok(())
}

/// One profile that gets another key and secret.
struct Keeping<'k> {
    lock: ProfilesLock,
    vault: Vault,
    name: &'k ProfileName,
    before: Profiles,
    wanted: Wanted,
}

impl Keeping<'_> {
    fn old(&self) -> Option<&Profile> {
        self.before.named.get(self.name)
    }

    fn replace(&self, profile: Profile, pair: &Credentials) -> Result<Stored, Failure> {
        let old = self.old().map(|old| (old.secret, self.kept(old)));
        let stored = match self.written(profile, pair) {
            Ok(stored) => stored,
            Err(failure) => {
                self.put_back(old);
                return Err(failure);
            }
        };
        let before = self.old().map(|old| old.secret);
        if let Err(error) = self.vault.remove_old(self.name, before, stored.place) {
            tell!("keymoor: an old secret stays: {error}");
        }
        Ok(stored)
    }

    fn kept(&self, old: &Profile) -> Option<Credentials> {
        self.vault.credentials(self.name, old.secret, &old.key).ok().flatten()
    }

    /// To another server, the old secret goes first: it never stands beside that.
    fn written(&self, profile: Profile, pair: &Credentials) -> Result<Stored, Failure> {
        let moves = self.old().filter(|old| old.endpoints != profile.endpoints);
        if let Some(old) = moves {
            self.vault.remove(self.name, old.secret)?;
            self.lock.write(&self.with(profile.clone()))?;
        }
        let stored = self.vault.write(self.name, pair, self.wanted)?;
        self.lock.write(&self.with(Profile { secret: stored.place, ..profile }))?;
        Ok(stored)
    }

    fn with(&self, profile: Profile) -> Profiles {
        let mut known = self.before.clone();
        known.named.insert(self.name.clone(), profile);
        known.default.get_or_insert_with(|| self.name.clone());
        known
    }

    /// As far as it goes: the failure that is told is the first.
    fn put_back(&self, old: Option<(SecretPlace, Option<Credentials>)>) {
        let _ = self.vault.remove(self.name, SecretPlace::File);
        if self.wanted != Wanted::File {
            let _ = self.vault.remove(self.name, SecretPlace::System([0; 32]));
        }
        let _ = self.lock.write(&self.before);
        let Some((place, Some(pair))) = old else { return };
        let wanted = match place {
            SecretPlace::File => Wanted::File,
            SecretPlace::System(_) => Wanted::System,
        };
        let _ = self.vault.write(self.name, &pair, wanted);
    }
}

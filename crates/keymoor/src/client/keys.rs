use keymoor_client::{
    Call, Client, ClientKey, Credentials, Endpoints, Error,
    profile::{Profile, ProfileName, SecretPlace},
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    arguments::{Keys, KeysAction, Place},
    failure::{Failure, Reason},
    login, output,
    session::{self, Session, block_on},
};

const PATH: &str = "/account/tokens";

/// Lists, creates, removes and rotates API tokens.
pub(crate) fn run(options: &Keys) -> Result<(), Failure> {
    match &options.action {
        KeysAction::List { output, place } => {
            let session = Session::open(place, None)?;
            let list: Value = block_on(async { Ok(session.client()?.get(PATH).await?.json()?) })?;
            output::value(&list, *output)
        }
        KeysAction::Create { label, profile_for, force, place } => {
            create(label, profile_for.as_deref(), *force, place)
        }
        KeysAction::Remove { api_key, reason, force, place } => {
            remove(api_key, reason.as_deref(), *force, place)
        }
        KeysAction::Rotate { label, keep_old, place } => rotate(label.as_deref(), *keep_old, place),
    }
}

fn create(label: &str, profile: Option<&str>, force: bool, place: &Place) -> Result<(), Failure> {
    let session = Session::open(place, None)?;
    let name = profile.map(session::profile_name).transpose()?;
    if let Some(name) = &name
        && !force
        && session::profiles()?.read()?.named.contains_key(name)
    {
        return Err(Failure::usage(format!("there is a profile {name} already"))
            .hint("--force replaces it; the API token that it has stays"));
    }
    let made = block_on(async { Made::by(&session.client()?, label).await })?;
    if let Some(name) = name {
        keep(&session, &name, &made.0).map_err(|failure| given_up(&session, &made.0, failure))?;
        tell!("Created {} and stored it under the profile {name}.", made.0.key);
        return Ok(());
    }
    tell!("Record the secret now: it cannot be retrieved again.");
    let text = json!({ "api_key": made.0.key.as_str(), "api_secret": made.0.secret.expose() });
    let text = Zeroizing::new(format!("{text}\n"));
    output::once(&text).map_err(|failure| given_up(&session, &made.0, failure))
}

/// An API token whose secret went nowhere is no use to anybody: it is removed, or named at least.
fn given_up(session: &Session, made: &Credentials, failure: Failure) -> Failure {
    let (key, failure) = (made.key.as_str(), Failure { reason: Reason::Other, ..failure });
    match block_on(async { delete(&session.client()?, key, None).await }) {
        Ok(()) => failure.hint(format!("The new API token {key} is removed again.")),
        Err(_) => failure.hint(format!(
            "The new API token {key} was made, and its secret is lost: keymoor keys remove {key}"
        )),
    }
}

fn keep(session: &Session, name: &ProfileName, made: &Credentials) -> Result<(), Failure> {
    let (endpoints, key) = (session.endpoints.clone(), made.key.clone());
    login::store(name, profile_of(session, endpoints, key), made)
}

fn remove(key: &str, reason: Option<&str>, force: bool, place: &Place) -> Result<(), Failure> {
    let session = Session::open(place, None)?;
    if session.key() == key && !force {
        let hint = "keymoor keys rotate replaces it; --force removes it all the same";
        return Err(Failure::usage("this is the API token that you are using").hint(hint));
    }
    block_on(async { delete(&session.client()?, key, reason).await })?;
    tell!("Removed {key}: it stopped working.");
    Ok(())
}

async fn delete(client: &Client, key: &str, reason: Option<&str>) -> Result<(), Failure> {
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(Failure::usage("an API Key has letters, digits and hyphens"));
    }
    let call = Call::delete(format!("{PATH}/{key}"));
    let call = match reason {
        Some(reason) => call.query("tokenDeleteReason", reason),
        None => call,
    };
    client.call(call).await?;
    Ok(())
}

/// A new key and secret beside the old, tried, stored, and only then the old one removed.
fn rotate(label: Option<&str>, keep_old: bool, place: &Place) -> Result<(), Failure> {
    let session = Session::open(place, None)?;
    let Some(name) = session.profile.clone() else {
        return Err(Failure::usage("only a profile's API token can be rotated")
            .hint("Credentials that come from the environment are replaced where they are kept."));
    };
    if session.is_by_device() {
        return Err(Failure::usage(format!(
            "profile {name} is a login by device, and no API token"
        ))
        .hint("Its refresh token is replaced at each use. keymoor login --device begins anew."));
    }
    // As the vault has it, which is right about the key.
    let old = session.credentials()?.map_or_else(String::new, |pair| pair.key.to_string());
    let made = block_on(async {
        let client = session.client()?;
        let label = match label {
            Some(label) => label.to_owned(),
            None => label_of(&client, &old).await?,
        };
        Made::by(&client, &label).await
    })?;
    let (endpoints, key) = (session.endpoints.clone(), made.0.key.clone());
    // This command's organization is not written into the profile.
    let profile = profile_of(&session, endpoints, key);
    let tried = Profile { organization: session.organization, ..profile.clone() };
    let trial = Session::trial(&tried, made.0.clone(), place);
    let tried = block_on(async { Ok(trial.client()?.token().await?) });
    if let Err(failure) = tried {
        // The profile keeps what works; what was made and does not is taken away again.
        let _ = block_on(async { delete(&session.client()?, made.0.key.as_str(), None).await });
        return Err(failure);
    }
    login::store(&name, profile, &made.0)
        .map_err(|failure| given_up(&session, &made.0, failure))?;
    if keep_old {
        tell!("Profile {name} uses {} now; {old} still works.", made.0.key);
        return Ok(());
    }
    block_on(async { delete(&trial.client()?, &old, Some("rotated")).await }).map_err(
        |failure| {
            let hint = format!("The new one is in use. Remove the old: keymoor keys remove {old}");
            failure.hint(hint)
        },
    )?;
    tell!("Profile {name} uses {} now; {old} is removed.", made.0.key);
    Ok(())
}

/// The profile of an API token; its organization is the one of the profile that is used.
fn profile_of(session: &Session, endpoints: Endpoints, key: ClientKey) -> Profile {
    let (organization, secret) = (session.kept, SecretPlace::File);
    Profile { endpoints, key, organization, secret, refreshes: false }
}

async fn label_of(client: &Client, key: &str) -> Result<String, Failure> {
    let token: Value = client.get(format!("{PATH}/{key}")).await?.json()?;
    Ok(token["label"].as_str().unwrap_or("keymoor").to_owned())
}

/// A new API token.
struct Made(Credentials);

impl Made {
    async fn by(client: &Client, label: &str) -> Result<Self, Failure> {
        let call = Call::post(PATH).json(&json!({ "label": label }))?;
        let made: Value = client.call(call).await?.json()?;
        let text = |name: &str| made[name].as_str().unwrap_or_default();
        let pair = Credentials::new(text("api_key"), text("api_secret"));
        pair.map(Self).map_err(|error| Error::from(error).into())
    }
}

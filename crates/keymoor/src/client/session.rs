use std::{
    ffi::OsString,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keymoor_client::{
    AccessToken, Builder, Client, CredentialFile, Credentials, DiskCache, Endpoints, Error, Mark,
    OrganizationId, Scope, Scopes, TokenSource,
    cache::user_folder,
    environment::{Environment, HandedToken},
    profile::{
        Organization, Profile, ProfileCredentials, ProfileName, ProfileStore, configuration_folder,
    },
    vault::{Wanted, is_open_to_others},
};

use super::{
    arguments::Place,
    failure::{Failure, Reason},
    moment::now,
    token::formats::Printed,
};

/// The server, the credentials and the organization of one command, and where each comes from.
pub(crate) struct Session {
    pub(crate) endpoints: Endpoints,
    pub(crate) identity: Identity,
    pub(crate) organization: Organization,
    pub(crate) origins: Origins,
    /// The profile, if it is one's credentials.
    pub(crate) profile: Option<ProfileName>,
    /// The profile's own organization, whatever this command's is.
    pub(crate) kept: Organization,
    /// The file of the secret, if the environment names one.
    secret_file: Option<PathBuf>,
    place: Place,
}

/// Who calls.
pub(crate) enum Identity {
    Credentials(Credentials),
    /// A profile's, with the secret in the system's store: it is not opened before it is needed.
    Kept(Mark),
    /// Whoever got the token.
    Handed(HandedToken),
}

/// For each value, where it comes from, in words.
pub(crate) struct Origins {
    pub(crate) server: String,
    pub(crate) credentials: String,
    pub(crate) organization: String,
}

pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The user's profiles.
pub(crate) fn profiles() -> Result<ProfileStore, Failure> {
    let folder = configuration_folder(variable);
    folder.map(ProfileStore::in_folder).ok_or_else(|| {
        Failure::other("there is no place for configuration: set HOME or KEYMOOR_CONFIG_DIR")
    })
}

/// Where a secret is to be kept: `KEYMOOR_SECRET_STORE`.
pub(crate) fn wanted_store() -> Result<Wanted, Failure> {
    let text = variable("KEYMOOR_SECRET_STORE").unwrap_or_default();
    match text.to_str() {
        Some("" | "auto") => Ok(Wanted::Any),
        Some("file") => Ok(Wanted::File),
        Some("system") => Ok(Wanted::System),
        _ => Err(Failure::usage("KEYMOOR_SECRET_STORE is neither auto nor file nor system")),
    }
}

/// Warns of a file with a secret. It is used all the same: what wrote it may need its rights.
pub(crate) fn tell_of_open(path: &Path) {
    tell!("keymoor: others can read {}: chmod 600, and rotate what is in it", path.display());
}

/// The cache of tokens, if it can be used. Without one, each command gets a token of its own.
pub(crate) fn cache() -> Option<DiskCache> {
    let opened = user_folder(variable).map(DiskCache::open)?;
    opened.map_err(|error| tell!("keymoor: tokens are not cached: {error}")).ok()
}

/// Forgets every cached token of a profile. A cache that cannot be used holds none that anybody finds.
pub(crate) fn forget_tokens(name: &ProfileName, profile: &Profile) -> Result<(), Failure> {
    let Some(cache) = cache() else { return Ok(()) };
    let vault = profiles()?.vault();
    let kept = vault.credentials(name, profile.secret, &profile.key).ok().flatten();
    for key in kept.map(|pair| pair.key).iter().chain([&profile.key]) {
        cache.forget(profile.endpoints.token_url(), key).map_err(Failure::other)?;
    }
    cache.forget_organizations(profile.endpoints.api_base()).map_err(Failure::other)
}

impl Session {
    /// The profile that is named, else what the environment says, else the default profile.
    pub(crate) fn open(place: &Place, organization: Option<&str>) -> Result<Self, Failure> {
        let named = place.profile.as_deref().map(profile_name).transpose()?;
        let environment = if named.is_some() {
            Environment::organization_alone(&variable)
        } else {
            Environment::read(&variable)?
        };
        let mut session = match Self::of_environment(&environment, place) {
            Some(session) => session,
            None => Self::of_profile(named.as_ref(), place)?,
        };
        session.check_server(&environment)?;
        environment.secret_files().iter().filter(|path| is_open_to_others(path)).for_each(|path| {
            tell_of_open(path);
        });
        session.choose_organization(organization, &environment)?;
        Ok(session)
    }

    fn of_environment(environment: &Environment, place: &Place) -> Option<Self> {
        let endpoints = environment.endpoints.clone()?;
        let (identity, from) = match (&environment.token, &environment.credentials) {
            (Some(token), _) => (Identity::Handed(token.value.clone()), token.variable),
            (None, Some(pair)) => (Identity::Credentials(pair.value.clone()), pair.variable),
            (None, None) => return None,
        };
        Some(Self {
            endpoints: endpoints.value,
            identity,
            organization: Organization::Auto,
            origins: Origins {
                server: format!("environment, {}", endpoints.variable),
                credentials: format!("environment, {from}"),
                organization: "default".to_owned(),
            },
            profile: None,
            kept: Organization::Auto,
            secret_file: environment.secret_file.clone(),
            place: place.clone(),
        })
    }

    /// A server that the environment names without credentials is the profile's, or a mistake: what
    /// was meant for it must not go to another.
    fn check_server(&self, environment: &Environment) -> Result<(), Failure> {
        match &environment.endpoints {
            Some(named) if !named.value.is_same_server(&self.endpoints) => {
                let variable = named.variable;
                Err(Failure::usage(format!("{variable} is set without KEYMOOR_KEY"))
                    .hint("Set KEYMOOR_KEY and KEYMOOR_SECRET, too, or name a profile with -p."))
            }
            _ => Ok(()),
        }
    }

    fn of_profile(named: Option<&ProfileName>, place: &Place) -> Result<Self, Failure> {
        let store = profiles()?;
        let known = store.read()?;
        let (name, profile) = known.pick(named).ok_or_else(|| missing(named))?;
        let vault = store.vault();
        let identity = if let Some(mark) = profile.mark() {
            Identity::Kept(mark)
        } else {
            let found = vault.credentials(name, profile.secret, &profile.key)?;
            Identity::Credentials(found.ok_or_else(|| without_secret(name))?)
        };
        let origin = format!("profile {name}, {}", store.path().display());
        Ok(Self {
            endpoints: profile.endpoints.clone(),
            identity,
            organization: profile.organization,
            origins: Origins {
                server: origin.clone(),
                credentials: format!(
                    "profile {name}, secret in {}",
                    vault.describe(name, profile.secret)
                ),
                organization: origin,
            },
            profile: Some(name.clone()),
            kept: profile.organization,
            secret_file: None,
            place: place.clone(),
        })
    }

    /// The option, else the environment, else what there is. acquia/cli's variable is for Acquia.
    fn choose_organization(
        &mut self,
        option: Option<&str>,
        environment: &Environment,
    ) -> Result<(), Failure> {
        let fits = |name: &str| name.starts_with("KEYMOOR") || self.is_acquia();
        let found = environment.organization.as_ref().filter(|one| fits(one.variable));
        let (text, from) = match (option, found) {
            (Some(text), _) => (text.to_owned(), "option --org".to_owned()),
            (None, Some(one)) => (one.value.clone(), format!("environment, {}", one.variable)),
            (None, None) => return Ok(()),
        };
        self.organization = organization(&text)?;
        self.origins.organization = from;
        Ok(())
    }

    fn is_acquia(&self) -> bool {
        self.profile.is_none() || self.endpoints.api_base() == Endpoints::acquia().api_base()
    }

    /// The same server with other credentials, to try them.
    pub(crate) fn trial(profile: &Profile, credentials: Credentials, place: &Place) -> Self {
        let origin = || "login".to_owned();
        Self {
            endpoints: profile.endpoints.clone(),
            identity: Identity::Credentials(credentials),
            organization: profile.organization,
            origins: Origins { server: origin(), credentials: origin(), organization: origin() },
            profile: None,
            kept: profile.organization,
            secret_file: None,
            place: place.clone(),
        }
    }

    /// The scopes that tokens are asked for with.
    pub(crate) fn scopes(&self) -> Scopes {
        match self.organization {
            Organization::Auto => Scopes::default(),
            Organization::Fixed(id) => [Scope::Organization(id)].into_iter().collect(),
        }
    }

    /// The API Key; nothing if the token was handed on.
    pub(crate) fn key(&self) -> &str {
        match &self.identity {
            Identity::Credentials(credentials) => credentials.key.as_str(),
            Identity::Kept(mark) => mark.key().as_str(),
            Identity::Handed(_) => "",
        }
    }

    /// Whether a login by device brings the tokens, and not an API token.
    pub(crate) fn is_by_device(&self) -> bool {
        match &self.identity {
            Identity::Credentials(pair) => pair.login.is_some(),
            Identity::Kept(mark) => mark.refreshes(),
            Identity::Handed(_) => false,
        }
    }

    /// The profile's credentials, read anew at each exchange: a rotation replaces them while this runs.
    fn of_profile_anew(&self, name: &ProfileName) -> Result<ProfileCredentials, Failure> {
        Ok(ProfileCredentials::new(profiles()?, name.clone(), self.endpoints.clone()))
    }

    /// Key and secret, wherever they are; none if a token was handed on.
    pub(crate) fn credentials(&self) -> Result<Option<Credentials>, Failure> {
        match (&self.identity, &self.profile) {
            (Identity::Credentials(pair), _) => Ok(Some(pair.clone())),
            (Identity::Kept(_), Some(name)) => {
                Ok(Some(self.of_profile_anew(name)?.read().map_err(Error::from)?))
            }
            _ => Ok(None),
        }
    }

    fn builder(&self) -> Result<Builder, Failure> {
        let ends = self.endpoints.clone();
        let mut builder = match &self.identity {
            Identity::Credentials(pair) => match (&self.profile, &self.secret_file) {
                (Some(name), _) => Builder::new(ends, self.of_profile_anew(name)?),
                (None, Some(path)) => {
                    Builder::new(ends, CredentialFile::of_secret(pair.key.clone(), path))
                }
                (None, None) => Builder::new(ends, pair.clone()),
            },
            Identity::Kept(_) => {
                let name = self.profile.as_ref().ok_or_else(|| missing(None))?;
                Builder::new(ends, self.of_profile_anew(name)?)
            }
            Identity::Handed(token) => Builder::with_tokens(ends, Arc::new(token.tokens())),
        };
        builder = builder.scopes(self.scopes());
        if let Some(cache) = cache() {
            builder = builder.cache(cache);
        }
        reaching(builder, &self.place)
    }

    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Ok(self.builder()?.build()?)
    }

    /// What exchanges the credentials. A token that was handed on has no such source.
    pub(crate) fn source(&self) -> Result<Option<TokenSource>, Failure> {
        match self.identity {
            Identity::Credentials(_) | Identity::Kept(_) => {
                Ok(Some(self.builder()?.build_tokens()?))
            }
            Identity::Handed(_) => Ok(None),
        }
    }

    /// The token that the cache has, if it lives on for that long. Nothing is sent.
    pub(crate) fn cached(&self, at_least: Duration) -> Result<Option<AccessToken>, Failure> {
        let mark = match &self.identity {
            Identity::Credentials(credentials) => Mark::of(credentials),
            Identity::Kept(mark) => mark.clone(),
            Identity::Handed(_) => return Ok(None),
        };
        let Some(source) = self.source()? else { return Ok(None) };
        Ok(source.cached(&mark, &self.scopes(), at_least))
    }

    /// A token that lives on for that long: from the cache, before anything is set up that a request
    /// needs, else a new one.
    pub(crate) fn token(&self, at_least: Duration, fresh: bool) -> Result<AccessToken, Failure> {
        if !fresh && let Some(token) = self.cached(at_least)? {
            return Ok(token);
        }
        block_on(async {
            if fresh && let Some(source) = self.source()? {
                source.forget(&self.scopes()).await?;
            }
            let tokens = self.client()?.tokens().clone();
            Ok(tokens.token(&self.scopes(), at_least).await?)
        })
    }

    /// Puts a token into one of the formats in which it is printed.
    pub(crate) fn printed<T>(&self, token: &AccessToken, text: impl FnOnce(Printed<'_>) -> T) -> T {
        let scope = token.scopes().to_string();
        text(Printed {
            token: token.expose(),
            expires_at: token.expires_at().seconds(),
            now: now(),
            scope: Some(scope.as_str()).filter(|scope| !scope.is_empty()),
            api_key: self.key(),
            api: self.endpoints.api_base().as_str().trim_end_matches('/'),
            token_url: self.endpoints.token_url().as_str(),
        })
    }
}

/// How the servers are reached: the name that is told them, the time-out, certificates.
pub(crate) fn reaching(builder: Builder, place: &Place) -> Result<Builder, Failure> {
    let mut builder = builder.user_agent(concat!("keymoor/", env!("CARGO_PKG_VERSION")));
    if let Some(bound) = place.token_timeout {
        builder = builder.token_time_out(bound);
    }
    let Some(path) = &place.ca_file else { return Ok(builder) };
    let pem = std::fs::read(path)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    Ok(builder.root_certificates(pem))
}

/// Reads `auto` or an organization's UUID.
pub(crate) fn organization(text: &str) -> Result<Organization, Failure> {
    if text == "auto" {
        return Ok(Organization::Auto);
    }
    let id = text.strip_prefix("organization:").unwrap_or(text).to_ascii_lowercase();
    OrganizationId::parse(&id).map(Organization::Fixed).map_err(|_| {
        Failure::usage(format!("{text:?} is no organization: a UUID or auto is expected"))
    })
}

pub(crate) fn profile_name(text: &str) -> Result<ProfileName, Failure> {
    text.parse().map_err(|why| Failure::usage(format!("{text:?}: {why}")))
}

/// Runs a future to its end, on this thread. Ctrl-C ends it.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            outcome = work => outcome,
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Reason::Interrupted, "interrupted")),
        }
    })
}

fn missing(named: Option<&ProfileName>) -> Failure {
    match named {
        Some(name) => Failure::new(Reason::Credentials, format!("there is no profile {name}"))
            .hint(format!("keymoor login --profile {name}, or see keymoor profiles")),
        None => Failure::new(Reason::Credentials, "you are not logged in").hint(
            "keymoor login --acquia, keymoor login --server URL, or set KEYMOOR_SERVER, \
             KEYMOOR_KEY and KEYMOOR_SECRET",
        ),
    }
}

fn without_secret(name: &ProfileName) -> Failure {
    Failure::new(Reason::Credentials, format!("the secret of profile {name} is gone"))
        .hint(format!("keymoor login --profile {name}"))
}

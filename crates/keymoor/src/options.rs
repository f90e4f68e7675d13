#![expect(clippy::doc_markdown, reason = "these comments are the text of --help")]
//! The options of `serve`, from the command line, the environment and a file, in that order.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use keymoor_core::jwt::Algorithm;
use keymoor_server::{InvalidSmtp, SmtpSettings, Tls};
use serde::Deserialize;

use crate::{error::Error, secret_url::SecretUrl};

/// Every option also goes into the file given by --config, under its name without dashes in front.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ServeOptions {
    /// Where the database, the keys and the admin socket live [default: keymoor-data]
    #[arg(long, value_name = "DIR", env = "KEYMOOR_DATA")]
    pub(crate) data: Option<PathBuf>,

    /// Keeps everything but the master key in PostgreSQL, as in postgres://user@host/database; a
    /// password goes into KEYMOOR_DATABASE, the --config file, PGPASSWORD or a password file, never
    /// on the command line [default: SQLite in DIR]
    #[arg(long, value_name = "URL", env = "KEYMOOR_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<SecretUrl>,

    /// The most connections to PostgreSQL [default: 10]
    #[arg(long, value_name = "N", env = "KEYMOOR_DATABASE_CONNECTIONS",
        value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub(crate) database_connections: Option<u32>,

    /// Where to listen; port 0 picks a free one and prints it [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT", env = "KEYMOOR_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,

    /// The URL under which clients reach the server, the issuer of its tokens [default: the bound
    /// address]
    #[arg(long, value_name = "URL", env = "KEYMOOR_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,

    /// The identifier of the API that tokens are for, their audience [default: {public-url}/api]
    #[arg(long, value_name = "URI", env = "KEYMOOR_AUDIENCE")]
    pub(crate) audience: Option<String>,

    /// The certificate chain, PEM
    #[arg(long, value_name = "FILE", env = "KEYMOOR_TLS_CERT", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", env = "KEYMOOR_TLS_KEY", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Proxies that end TLS in front of this server: their X-Forwarded-For is believed, nobody
    /// else's
    #[arg(long, value_name = "ADDR/LEN", env = "KEYMOOR_BEHIND_PROXY", value_delimiter = ',')]
    pub(crate) behind_proxy: Vec<IpNet>,

    /// More hosts that this server answers for, as in auth.internal:8443; beside them the one of
    /// --public-url, the address that it listens on and, on loopback, localhost
    #[arg(long, value_name = "HOST[:PORT]", env = "KEYMOOR_AUTHORITY", value_delimiter = ',')]
    pub(crate) authority: Vec<String>,

    /// A gateway's file whose routes and `behind-proxy` count at /api/auth/verify, where other
    /// proxies ask whether a request may pass
    #[arg(long, value_name = "FILE", env = "KEYMOOR_FORWARD_AUTH")]
    pub(crate) forward_auth: Option<PathBuf>,

    /// A gateway's file: the gateway runs in this process and guards an API by what the server knows,
    /// without a removal feed
    #[arg(long, value_name = "FILE", env = "KEYMOOR_GATEWAY")]
    pub(crate) gateway: Option<PathBuf>,

    /// Serves /healthz, /readyz and /metrics over TCP too, not only on the admin socket
    #[arg(long, value_name = "ADDR:PORT", env = "KEYMOOR_ADMIN_LISTEN")]
    pub(crate) admin_listen: Option<SocketAddr>,

    /// What access tokens are signed with [default: ES256]
    #[arg(long, value_name = "ALG", env = "KEYMOOR_SIGNING_ALGORITHM")]
    pub(crate) signing_algorithm: Option<SigningAlgorithm>,

    /// How many days a signing key signs before the next one takes its turn [default: 90]
    #[arg(long, value_name = "DAYS", env = "KEYMOOR_SIGNING_KEY_DAYS",
        value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) signing_key_days: Option<u32>,

    /// Whether a bearer of an access token may create API tokens [default: true]
    #[arg(long, value_name = "BOOL", env = "KEYMOOR_TOKENS_CREATE_TOKENS")]
    pub(crate) tokens_create_tokens: Option<bool>,

    /// Whether an organization may invite people who have no account: one is made for them, and mail
    /// tells them so [default: true]
    #[arg(long, value_name = "BOOL", env = "KEYMOOR_ORGANIZATIONS_INVITE_STRANGERS")]
    pub(crate) organizations_invite_strangers: Option<bool>,

    /// The mail server, as in smtps://user@mail.example.com or smtp://host:587?tls=required; a
    /// password goes into KEYMOOR_SMTP or the --config file, never on the command line [default: no
    /// mail is sent]
    #[arg(long, value_name = "URL", env = "KEYMOOR_SMTP", hide_env_values = true)]
    pub(crate) smtp: Option<SecretUrl>,

    /// Whom mail comes from, as in "Keymoor <keymoor@example.com>"
    #[arg(long, value_name = "ADDRESS", env = "KEYMOOR_MAIL_FROM")]
    pub(crate) mail_from: Option<String>,

    /// How many access tokens one API token, or an application in one person's name, gets within a
    /// second before it is told to wait, by each server; 0 for any number [default: 1000]
    #[arg(long, value_name = "N", env = "KEYMOOR_TOKENS_PER_SECOND")]
    pub(crate) tokens_per_second: Option<u32>,

    /// How many wrong credentials one address is told of within a minute before it is told to wait,
    /// by each server; right ones always work; 0 for any number [default: 60]
    #[arg(long, value_name = "N", env = "KEYMOOR_REFUSALS_PER_MINUTE")]
    pub(crate) refusals_per_minute: Option<u32>,

    /// How many API Keys each server keeps in memory, so that their tokens need no read of the
    /// database: about 1.1 KiB each [default: 100000]
    #[arg(long, value_name = "N", env = "KEYMOOR_CACHED_KEYS",
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) cached_keys: Option<u32>,

    /// On how many threads passwords are hashed at once; more would slow tokens down while many
    /// sign in [default: 1]
    #[arg(long, value_name = "N", env = "KEYMOOR_PASSWORD_THREADS",
        value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) password_threads: Option<u32>,

    /// For how many seconds the server goes on answering after SIGTERM, while /readyz says that it is
    /// about to stop: as long as whoever spreads requests needs to hear of it [default: 0]
    #[arg(long, value_name = "N", env = "KEYMOOR_LEAVE_SECONDS",
        value_parser = clap::value_parser!(u32).range(0..=3600))]
    pub(crate) leave_seconds: Option<u32>,

    /// Hosts of identity providers that may be at private addresses and be asked without TLS; all
    /// others are asked over HTTPS at public addresses only
    #[arg(
        long,
        value_name = "HOST",
        env = "KEYMOOR_IDENTITY_PROVIDER_HOST",
        value_delimiter = ','
    )]
    pub(crate) identity_provider_host: Vec<String>,

    /// Certificates of authorities, PEM, that identity providers may have theirs from, beside the
    /// system's
    #[arg(long, value_name = "FILE", env = "KEYMOOR_IDENTITY_PROVIDER_CA")]
    pub(crate) identity_provider_ca: Option<PathBuf>,

    /// DNS servers to ask where an organization's domain is to be verified [default: the system's]
    #[arg(long, value_name = "ADDR:PORT", env = "KEYMOOR_DNS_SERVER", value_delimiter = ',')]
    pub(crate) dns_server: Vec<SocketAddr>,

    /// The file of the master key; KEYMOOR_MASTER_KEY in the environment comes first [default:
    /// DIR/master.key]
    #[arg(long, value_name = "FILE", env = "KEYMOOR_MASTER_KEY_FILE")]
    pub(crate) master_key_file: Option<PathBuf>,

    /// What to log, as in keymoor_server=debug [default: info]
    #[arg(long, value_name = "FILTER", env = "KEYMOOR_LOG")]
    pub(crate) log: Option<String>,

    /// A TOML file with these options
    #[arg(long, value_name = "FILE", env = "KEYMOOR_CONFIG")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
}

/// The names that RFC 7518 and RFC 8037 give.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
pub(crate) enum SigningAlgorithm {
    #[value(name = "ES256")]
    #[serde(rename = "ES256")]
    Es256,
    #[value(name = "EdDSA")]
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[value(name = "RS256")]
    #[serde(rename = "RS256")]
    Rs256,
}

impl From<SigningAlgorithm> for Algorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Es256 => Self::Es256,
            SigningAlgorithm::EdDsa => Self::EdDsa,
            SigningAlgorithm::Rs256 => Self::Rs256,
        }
    }
}

impl ServeOptions {
    /// Fills what was not given from the file, if one was named.
    pub(crate) fn with_file(self) -> Result<Self, Error> {
        match &self.config {
            Some(path) => {
                let file = read(path)?;
                Ok(self.or(file))
            }
            None => Ok(self),
        }
    }

    fn or(self, file: Self) -> Self {
        Self {
            data: self.data.or(file.data),
            database: self.database.or(file.database),
            database_connections: self.database_connections.or(file.database_connections),
            listen: self.listen.or(file.listen),
            public_url: self.public_url.or(file.public_url),
            audience: self.audience.or(file.audience),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            behind_proxy: first(self.behind_proxy, file.behind_proxy),
            authority: first(self.authority, file.authority),
            forward_auth: self.forward_auth.or(file.forward_auth),
            gateway: self.gateway.or(file.gateway),
            admin_listen: self.admin_listen.or(file.admin_listen),
            signing_algorithm: self.signing_algorithm.or(file.signing_algorithm),
            signing_key_days: self.signing_key_days.or(file.signing_key_days),
            tokens_create_tokens: self.tokens_create_tokens.or(file.tokens_create_tokens),
            organizations_invite_strangers: self
                .organizations_invite_strangers
                .or(file.organizations_invite_strangers),
            smtp: self.smtp.or(file.smtp),
            mail_from: self.mail_from.or(file.mail_from),
            tokens_per_second: self.tokens_per_second.or(file.tokens_per_second),
            refusals_per_minute: self.refusals_per_minute.or(file.refusals_per_minute),
            cached_keys: self.cached_keys.or(file.cached_keys),
            password_threads: self.password_threads.or(file.password_threads),
            leave_seconds: self.leave_seconds.or(file.leave_seconds),
            identity_provider_host: first(self.identity_provider_host, file.identity_provider_host),
            identity_provider_ca: self.identity_provider_ca.or(file.identity_provider_ca),
            dns_server: first(self.dns_server, file.dns_server),
            master_key_file: self.master_key_file.or(file.master_key_file),
            log: self.log.or(file.log),
            config: self.config,
        }
    }

    /// Certificate and key, which only go together.
    pub(crate) fn tls(&self) -> Result<Option<Tls>, Error> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                Ok(Some(Tls { certificate: certificate.clone(), key: key.clone() }))
            }
            (None, None) => Ok(None),
            _ => Err(Error::refused("tls-cert and tls-key are needed together")),
        }
    }

    /// How mail is sent, if at all.
    pub(crate) fn smtp(&self) -> Result<Option<SmtpSettings>, Error> {
        match (&self.smtp, &self.mail_from) {
            (Some(url), Some(from)) => {
                let settings = SmtpSettings::parse(url.expose(), from);
                settings.map(Some).map_err(|error| {
                    let option = match error {
                        InvalidSmtp::Url => "--smtp",
                        InvalidSmtp::From => "--mail-from",
                    };
                    Error::refused(format!("{option} is {error}"))
                })
            }
            (None, None) => Ok(None),
            _ => Err(Error::refused("--smtp and --mail-from are needed together")),
        }
    }

    /// Refuses to send secrets over a network in the clear.
    pub(crate) fn check_exposure(&self, address: IpAddr) -> Result<(), Error> {
        let protected = self.tls_cert.is_some() || !self.behind_proxy.is_empty();
        if !address.is_loopback() && !protected {
            return Err(Error::refused(format!(
                "{address} can be reached from other machines, and secrets would cross the network \
                 in the clear. Give --tls-cert and --tls-key, or --behind-proxy ADDR/LEN if a \
                 proxy in front ends TLS."
            )));
        }
        if address.is_unspecified() && self.public_url.is_none() {
            return Err(Error::refused(format!(
                "{address} is every address of this machine: say under which URL clients reach the \
                 server with --public-url."
            )));
        }
        Ok(())
    }
}

/// The first list, unless it is empty.
fn first<T>(list: Vec<T>, other: Vec<T>) -> Vec<T> {
    if list.is_empty() { other } else { list }
}

fn read(path: &Path) -> Result<ServeOptions, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::refused(format!("{}: {error}", path.display())))?;
    toml::from_str(&text).map_err(|error| {
        let place = error.span().map(|span| position(&text, span.start)).unwrap_or_default();
        let problem = without_values(error.message());
        Error::refused(format!("{}{place}: {problem}", path.display()))
    })
}

/// Line and column, in place of the line itself: it may hold a password.
fn position(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    format!(", line {}, column {column}", before.matches('\n').count() + 1)
}

/// Some messages repeat what the file holds.
fn without_values(message: &str) -> String {
    let kinds = ["invalid type", "invalid value", "unknown variant"];
    match kinds.into_iter().find(|kind| message.starts_with(kind)) {
        Some(kind) => {
            let expected = message.rfind(", expected").map_or("", |at| &message[at..]);
            format!("{kind}{expected}")
        }
        None => message.to_owned(),
    }
}

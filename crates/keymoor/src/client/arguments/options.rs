//! The options of each of the caller's commands.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::{Place, Scoped};
use crate::client::{proxy::Listen, render::Output, token::formats::Format};

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Login {
    /// Acquia's Cloud Platform
    #[arg(long, conflicts_with_all = ["server", "token_url"])]
    pub(crate) acquia: bool,
    /// The origin of a Keymoor [default: KEYMOOR_SERVER]
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The token URL of another server; with --api-url
    #[arg(long, value_name = "URL", conflicts_with = "server", requires = "api_url")]
    pub(crate) token_url: Option<String>,
    /// The base URL of its API
    #[arg(long, value_name = "URL", requires = "token_url")]
    pub(crate) api_url: Option<String>,
    /// The API Key
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Reads the API Secret from standard input
    #[arg(long, requires = "key")]
    pub(crate) secret_stdin: bool,
    /// Takes key and secret from acquia/cli's store, and the server that they are for
    #[arg(long, conflicts_with_all = ["secret_stdin", "server", "token_url"])]
    pub(crate) import: bool,
    /// Shows a code that somebody enters in a browser, and keeps a refresh token
    #[arg(long, requires = "client_id",
        conflicts_with_all = ["acquia", "token_url", "key", "secret_stdin", "import", "no_check"])]
    pub(crate) device: bool,
    /// The client ID of the application that --device asks for
    #[arg(long, value_name = "APPLICATION", requires = "device")]
    pub(crate) client_id: Option<String>,
    /// A further scope that --device asks for; may be given more than once
    #[arg(long, value_name = "SCOPE", requires = "device")]
    pub(crate) scope: Vec<String>,
    /// The organization whose scope tokens get; auto asks for it when the API wants it. With --device
    /// it may be given more than once
    #[arg(long, value_name = "UUID|auto", default_value = "auto")]
    pub(crate) org: Vec<String>,
    /// Stores without trying them
    #[arg(long)]
    pub(crate) no_check: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args)]
pub(crate) struct Logout {
    /// Ends the cached access tokens at the server, too (RFC 7009)
    #[arg(long)]
    pub(crate) revoke: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args)]
pub(crate) struct Status {
    /// Asks no server
    #[arg(long)]
    pub(crate) offline: bool,
    /// How to print it
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<Output>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args)]
pub(crate) struct TokenOptions {
    /// How to print it
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// How many seconds it must still live; four fifths of its life at most
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) min_ttl: u32,
    /// Gets a new one, whatever the cache has
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Writes it into a file that only you can read, instead of printing it
    #[arg(long, value_name = "FILE")]
    pub(crate) write: Option<PathBuf>,
    /// Goes on, and writes a new one before each expiry
    #[arg(long, requires = "write")]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) scoped: Scoped,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Api {
    /// [METHOD] PATH
    #[arg(value_name = "[METHOD] PATH", num_args = 1..=2, required = true)]
    pub(crate) call: Vec<String>,
    /// A field of the JSON body: a text, or true, false, null, a number, @FILE or @- for a text
    #[arg(short = 'F', long = "field", value_name = "NAME=VALUE")]
    pub(crate) fields: Vec<String>,
    /// The body, from a file or from standard input
    #[arg(long, value_name = "FILE|-", conflicts_with = "fields")]
    pub(crate) input: Option<PathBuf>,
    /// Prints status and headers first
    #[arg(short = 'i', long)]
    pub(crate) include: bool,
    /// Follows a list to its end
    #[arg(long)]
    pub(crate) all: bool,
    /// Keeps these items: FIELD=VALUE, also != > < >= <= =@ !@; a comma is or, a semicolon is and
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,
    /// Sorts by these fields, - before one turns it round
    #[arg(long, value_name = "FIELDS", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    /// At most so many items, with --all too
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
    /// Prints what this jq expression makes of the answer
    #[arg(long, value_name = "EXPRESSION", conflicts_with = "output")]
    pub(crate) jq: Option<String>,
    /// How to print the answer [default: table or JSON on a terminal, JSON in a pipe]
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<Output>,
    /// Prints the same call for curl, without the token in it
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) curl: bool,
    /// Prints what would be sent, and sends nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) scoped: Scoped,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args)]
pub(crate) struct Exec {
    /// How many seconds the token must still live
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) min_ttl: u32,
    #[command(flatten)]
    pub(crate) scoped: Scoped,
    #[command(flatten)]
    pub(crate) place: Place,
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, last = true)]
    pub(crate) command: Vec<OsString>,
}

#[derive(Args)]
pub(crate) struct Proxy {
    /// Where to listen: on loopback, where every user of this machine can call, or on a socket that
    /// only you can open; port 0 picks a free one and prints it
    #[arg(long, value_name = "ADDR:PORT|unix:PATH", default_value = "127.0.0.1:0")]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) scoped: Scoped,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) action: KeysAction,
}

#[derive(Subcommand)]
pub(crate) enum KeysAction {
    /// Lists your API tokens
    List {
        /// How to print them
        #[arg(short, long, value_enum)]
        output: Option<Output>,
        #[command(flatten)]
        place: Place,
    },
    /// Creates an API token; its secret is printed once, or stored under a profile
    Create {
        /// A name to know it by
        #[arg(long)]
        label: String,
        /// Stores it under this profile instead of printing its secret
        #[arg(long, value_name = "NAME")]
        profile_for: Option<String>,
        /// Replaces that profile if there is one
        #[arg(long, requires = "profile_for")]
        force: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Removes an API token: it stops working at once
    Remove {
        /// Its API Key
        #[arg(value_name = "API_KEY")]
        api_key: String,
        /// Why; it is kept with the removed token
        #[arg(long)]
        reason: Option<String>,
        /// Removes it although this profile uses it
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Replaces the profile's key and secret: makes new ones beside the old, tries them, stores
    /// them, then removes the old
    Rotate {
        /// The label of the new one [default: that of the old]
        #[arg(long)]
        label: Option<String>,
        /// Leaves the old one, for other places that use it still
        #[arg(long)]
        keep_old: bool,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Args)]
pub(crate) struct Orgs {
    /// How to print them
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<Output>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args)]
pub(crate) struct Profiles {
    /// How to print them
    #[arg(short, long, value_enum, global = true)]
    pub(crate) output: Option<Output>,
    #[command(subcommand)]
    pub(crate) action: Option<ProfilesAction>,
}

#[derive(Subcommand)]
pub(crate) enum ProfilesAction {
    /// Makes a profile the default one
    Use {
        /// Its name
        name: String,
    },
    /// Removes a profile with its secret; the API token itself stays
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Args)]
pub(crate) struct Inspect {
    /// - for standard input; a token on the command line can be read by every user of this machine
    #[arg(value_name = "TOKEN|-")]
    pub(crate) token: String,
    /// How to print it
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<Output>,
}

#[derive(Args)]
pub(crate) struct Doctor {
    /// A call to try, beside the rest
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// How to print what was found
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<Output>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Args)]
pub(crate) struct Credential {
    /// Whose protocol
    pub(crate) tool: Tool,
    /// What git and Docker ask for: get, store, erase, list
    #[arg(value_name = "OPERATION", default_value = "get")]
    pub(crate) operation: String,
    /// Another host that may have the token: the API's own is allowed without
    #[arg(long, value_name = "URL", env = "KEYMOOR_CREDENTIAL_FOR", value_delimiter = ',')]
    pub(crate) also_for: Vec<String>,
    #[command(flatten)]
    pub(crate) scoped: Scoped,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Who asks for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    Kubectl,
    Git,
    Aws,
    Docker,
}

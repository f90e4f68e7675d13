#![expect(clippy::doc_markdown, reason = "these comments are the text of --help")]
//! The caller's commands, as the command line has them.

mod options;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use clap_complete::Shell;

pub(crate) use options::*;

/// Which server and whose credentials. Each value comes from here, else from the environment, else
/// from the profile; `keymoor status` shows which.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Place {
    /// The profile to use [default: the one that `keymoor profiles use` picked]
    #[arg(short, long, value_name = "NAME", env = "KEYMOOR_PROFILE", help_heading = "Where")]
    pub(crate) profile: Option<String>,

    /// How long the token endpoint may take, in seconds; 20 to 25 where time-outs are frequent
    /// [default: 10]
    #[arg(long, value_name = "SECONDS", env = "KEYMOOR_TOKEN_TIMEOUT", help_heading = "Where",
        value_parser = seconds)]
    pub(crate) token_timeout: Option<Duration>,

    /// Certificates of authorities, PEM, trusted beside the system's
    #[arg(long, value_name = "FILE", env = "KEYMOOR_CA_FILE", help_heading = "Where")]
    pub(crate) ca_file: Option<PathBuf>,
}

/// The organization's scope.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Scoped {
    /// The organization whose scope the token shall have, or auto [default: KEYMOOR_ORGANIZATION,
    /// else the profile's]
    #[arg(long, value_name = "UUID|auto")]
    pub(crate) org: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum ClientCommand {
    /// Stores an API Key and API Secret under a profile, after trying them
    ///
    /// Asks for both on a terminal. The secret never goes on the command line, where every user of
    /// the machine can read it.
    ///
    /// With --device it asks for neither: it shows a code, which you enter in a browser, on another
    /// machine perhaps, and keeps what you allow the application that --client-id names.
    #[command(after_help = "\
Examples:
  keymoor login --acquia                                    Acquia's Cloud Platform
  keymoor login --server https://keymoor.example.com --profile work
  keymoor login --acquia --import                           takes over what acquia/cli stored
  keymoor login --device --server https://keymoor.example.com --client-id APPLICATION
  pass show key | keymoor login --server https://keymoor.example.com --key KEY --secret-stdin")]
    Login(Login),

    /// Forgets the credentials of a profile, and its cached access tokens
    #[command(after_help = "\
Examples:
  keymoor logout                    of the default profile
  keymoor logout -p work --revoke   ends the cached access tokens at the server, too, and a login
                                    by --device")]
    Logout(Logout),

    /// Shows who you are, where each value comes from, and how long the access token lives
    #[command(after_help = "\
Examples:
  keymoor status
  keymoor status -o json --offline")]
    Status(Status),

    /// Prints an access token; from the cache while it is good, else a new one
    #[command(after_help = "\
Examples:
  keymoor token                                             the token alone
  curl -K <(keymoor token -f curl) https://keymoor.example.com/api/account
  eval \"$(keymoor token -f acli)\"                           for acquia/cli
  keymoor token --min-ttl 120 --org 1b1f3f1c-6c2f-4a35-9a0e-0d0f6a1c2b3d
  keymoor token --write /run/my/token --watch               keeps a file fresh")]
    Token(TokenOptions),

    /// Calls the API
    ///
    /// The path is below the API's base URL. With fields the method is POST, unless one is given.
    #[command(after_help = "\
Examples:
  keymoor api /account
  keymoor api /organizations --all --sort -name -o table
  keymoor api /account/tokens --filter 'label=@deploy' --jq '._embedded.items[].uuid'
  keymoor api POST /account/tokens -F label=deploy
  keymoor api PUT /teams/UUID --input - <team.json
  keymoor api /account --curl                               the same call for curl")]
    Api(Api),

    /// Runs a command with an access token in its environment
    ///
    /// It finds KEYMOOR_ACCESS_TOKEN and its expiry, and the same under acquia/cli's names. That token
    /// cannot be renewed: a command that runs for longer than it lives (300 seconds, mostly) goes
    /// through `keymoor proxy`, reads the file that `keymoor token --write FILE --watch` keeps fresh,
    /// or calls `keymoor token` itself.
    ///
    /// An acquia/cli that is logged in uses its own key, and no token; its variables are left out if
    /// that key is for another server, so that its secret does not go to this one.
    #[command(after_help = "\
Examples:
  keymoor exec -- ./deploy.sh
  keymoor exec --min-ttl 240 -- acli api:account:find")]
    Exec(Exec),

    /// Listens on this machine and passes calls on to the API with an access token added
    ///
    /// For clients that cannot get tokens. Whoever can connect can call the API as you. On loopback
    /// that is every user of this machine; a socket (unix:PATH) is yours alone, 0600. Calls that a web
    /// page makes, and those for another Host than the one that it listens on, are refused.
    #[command(after_help = "\
Examples:
  keymoor proxy --listen unix:$XDG_RUNTIME_DIR/keymoor.sock
  curl --unix-socket $XDG_RUNTIME_DIR/keymoor.sock http://localhost/account
  keymoor proxy --listen 127.0.0.1:9000
  curl http://127.0.0.1:9000/account")]
    Proxy(Proxy),

    /// Lists, creates, removes and rotates API tokens
    #[command(after_help = "\
Examples:
  keymoor keys list
  keymoor keys create --label deploy --profile-for deploy    stores the new one, prints no secret
  keymoor keys rotate                                        a new key and secret for this profile
  keymoor keys remove API_KEY --reason \"laptop lost\"")]
    Keys(Keys),

    /// Lists your organizations, and which of them need their scope
    #[command(after_help = "\
Examples:
  keymoor orgs
  keymoor orgs -o json")]
    Orgs(Orgs),

    /// Lists, picks and removes profiles
    #[command(after_help = "\
Examples:
  keymoor profiles
  keymoor profiles use work
  keymoor profiles remove old")]
    Profiles(Profiles),

    /// Decodes an access token, offline and without verifying it
    #[command(after_help = "\
Examples:
  keymoor token | keymoor inspect -
  keymoor inspect - -o json <token.txt")]
    Inspect(Inspect),

    /// Finds out why it does not work: a sentence for each thing that it looks at
    #[command(after_help = "\
Examples:
  keymoor doctor
  keymoor doctor -p work /organizations/UUID                 with the call that fails")]
    Doctor(Doctor),

    /// Speaks the credential protocols of other tools
    #[command(after_help = "\
Examples:
  keymoor credential kubectl                                 as `exec.command` in a kubeconfig
  keymoor credential aws                                     as `credential_process`
  git config credential.https://git.example.com.helper '!keymoor credential git'
  echo https://registry.example.com | keymoor credential docker get")]
    Credential(Credential),

    /// Prints completions for a shell
    #[command(after_help = "\
Examples:
  keymoor completion bash >~/.local/share/bash-completion/completions/keymoor
  keymoor completion zsh >\"${fpath[1]}/_keymoor\"")]
    Completion {
        /// For which shell
        shell: Shell,
    },

    /// Prints the manual page, or writes one for each command
    #[command(after_help = "\
Examples:
  keymoor man | man -l -
  keymoor man --dir ~/.local/share/man/man1")]
    Man {
        /// Writes all of them into this folder
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(count @ 1..=300) => Ok(Duration::from_secs(count.into())),
        _ => Err("a number of seconds from 1 to 300 is expected".to_owned()),
    }
}

//! The first page of help: callers' commands first, operators' under a heading of their own.

#[cfg(feature = "client")]
macro_rules! client_list {
    () => {
        "\
Call an API:
  login       Stores an API Key and API Secret under a profile
  logout      Forgets them, and what was cached
  status      Shows who you are, where each value comes from, and the time left
  token       Prints an access token, from the cache while it is good
  api         Calls the API
  exec        Runs a command with an access token in its environment
  proxy       Listens locally and adds the access token, for clients that cannot
  keys        Lists, creates, removes and rotates API tokens
  orgs        Lists your organizations
  profiles    Lists, picks and removes profiles
  inspect     Decodes an access token, offline
  doctor      Finds out why it does not work
  credential  Speaks the protocols of kubectl, git, AWS and Docker
  completion  Prints completions for a shell
  man         Prints or writes the manual pages
"
    };
}

#[cfg(feature = "server")]
macro_rules! server_list {
    () => {
        "\
Run a server:
  serve       Runs the server
  gateway     Guards an API in any language, as a proxy in front of it
  demo        Shows the whole story on this machine, nothing is kept
  admin       The operator's commands
"
    };
}

macro_rules! template {
    ($($list:tt)*) => {
        concat!("{about}\n\nUsage: {usage}\n\n", $($list)*, "\nOptions:\n{options}{after-help}")
    };
}

#[cfg(feature = "client")]
macro_rules! client_examples {
    () => {
        "  keymoor login --acquia            asks for key and secret; --server URL for any Keymoor
  keymoor login --device --server URL --client-id ID   a code for your browser instead
  keymoor api /account              a call, with a token that is renewed when it must be
  curl -K <(keymoor token -f curl) URL
"
    };
}

#[cfg(feature = "server")]
macro_rules! server_examples {
    () => {
        "  keymoor demo                      try everything on this machine, nothing is kept
  keymoor serve --data ./data       run a server; its database and keys live in ./data
  keymoor admin token create --data ./data --email you@example.com --label \"my script\"
"
    };
}

#[cfg(feature = "client")]
macro_rules! client_codes {
    () => {
        "
Exit codes:
  0 done; 1 other; 2 usage; 4 credentials; 5 forbidden; 6 organization scope needed;
  7 unreachable, TLS, time-out; 8 rate-limited or unavailable; 22 other HTTP status of 400 or more;
  130 interrupted. Of serve, gateway, demo and admin: 0 done; 1 refused; 2 usage; 3 something is missing or
  broken: the data, the server, the network"
    };
}

#[cfg(not(feature = "client"))]
macro_rules! server_codes {
    () => {
        "
Exit codes:
  0  done
  1  refused: the input is wrong, or stands against what is there
  2  wrong usage of the command line
  3  something that is needed is missing or broken: the data, the server, the network"
    };
}

#[cfg(all(feature = "client", feature = "server"))]
mod text {
    #[cfg(test)]
    pub(crate) const LIST: &str = concat!(client_list!(), "\n", server_list!());
    pub(crate) const TEMPLATE: &str = template!(concat!(client_list!(), "\n", server_list!()));
    pub(crate) const EXAMPLES: &str =
        concat!("Examples:\n", client_examples!(), server_examples!(), client_codes!());
}

#[cfg(all(feature = "client", not(feature = "server")))]
mod text {
    #[cfg(test)]
    pub(crate) const LIST: &str = client_list!();
    pub(crate) const TEMPLATE: &str = template!(client_list!());
    pub(crate) const EXAMPLES: &str = concat!("Examples:\n", client_examples!(), client_codes!());
}

#[cfg(not(feature = "client"))]
mod text {
    #[cfg(test)]
    pub(crate) const LIST: &str = server_list!();
    pub(crate) const TEMPLATE: &str = template!(server_list!());
    pub(crate) const EXAMPLES: &str = concat!("Examples:\n", server_examples!(), server_codes!());
}

pub(crate) use text::*;

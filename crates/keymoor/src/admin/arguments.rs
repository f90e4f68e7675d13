use std::{io::Read, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use ipnet::IpNet;
use keymoor_core::{ApiKey, OrganizationId, facts::Limits};
use keymoor_server::admin::Command;
use zeroize::Zeroizing;

use super::text::Told;
use crate::error::Error;

#[derive(Args)]
pub(crate) struct AdminOptions {
    /// The data directory of the server [default: keymoor-data]
    #[arg(long, value_name = "DIR", env = "KEYMOOR_DATA", global = true)]
    pub(super) data: Option<PathBuf>,

    /// The file of the master key, if it is not DIR/master.key
    #[arg(long, value_name = "FILE", env = "KEYMOOR_MASTER_KEY_FILE", global = true)]
    pub(super) master_key_file: Option<PathBuf>,

    /// The server's TOML file, to read the two above from
    #[arg(long, value_name = "FILE", env = "KEYMOOR_CONFIG", global = true)]
    pub(super) config: Option<PathBuf>,

    /// How to print the answer; json is for scripts
    #[arg(short, long, value_enum, default_value_t, global = true)]
    pub(super) output: Output,

    #[command(subcommand)]
    pub(super) subject: Subject,
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub(super) enum Output {
    #[default]
    Text,
    Json,
}

#[derive(Subcommand)]
pub(super) enum Subject {
    /// Accounts: people, and service accounts for automation
    #[command(subcommand)]
    Account(Account),
    /// Organizations and their members
    #[command(subcommand)]
    Organization(Organization),
    /// API tokens
    #[command(subcommand)]
    Token(Token),
}

#[derive(Subcommand)]
pub(super) enum Account {
    /// Makes an account
    Create {
        /// The e-mail address it is known by
        #[arg(long)]
        email: String,
        /// Reads the password from standard input, up to the end of the first line
        #[arg(long)]
        password_stdin: bool,
        /// Makes a service account, which holds API tokens and never signs in
        #[arg(long, conflicts_with = "password_stdin")]
        service: bool,
    },
}

#[derive(Subcommand)]
pub(super) enum Organization {
    /// Makes an organization
    Create {
        /// Its name
        #[arg(long)]
        name: String,
        /// The e-mail address of the account that owns it
        #[arg(long, value_name = "EMAIL")]
        owner: String,
        /// Enforces single sign-on: its resources open only to tokens with its scope
        #[arg(long)]
        federated: bool,
    },
    /// Makes an account a member
    AddMember {
        /// The organization's UUID
        #[arg(long, value_name = "UUID")]
        organization: OrganizationId,
        /// The account's e-mail address
        #[arg(long)]
        email: String,
    },
    /// Vouches that a member signed in through the organization, for some hours
    AttestSignIn {
        /// The organization's UUID
        #[arg(long, value_name = "UUID")]
        organization: OrganizationId,
        /// The member's e-mail address
        #[arg(long)]
        email: String,
        /// Why; it is kept in the audit
        #[arg(long)]
        reason: String,
        /// For how many hours it counts, at most 24
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=24))]
        hours: u32,
    },
}

#[derive(Subcommand)]
pub(super) enum Token {
    /// Makes an API token and prints its key and secret; the secret is never shown again
    Create(NewToken),
    /// Lists the API tokens of an account
    List {
        /// The account's e-mail address
        #[arg(long)]
        email: String,
    },
    /// Removes an API token: it stops working at once
    Remove {
        /// Its API Key
        #[arg(value_name = "API_KEY")]
        api_key: ApiKey,
        /// Why; it is kept with the removed token
        #[arg(long)]
        reason: Option<String>,
    },
}

#[derive(Args)]
pub(super) struct NewToken {
    /// The e-mail address of the account that will own it
    #[arg(long)]
    email: String,
    /// A name to know it by
    #[arg(long)]
    label: String,
    /// Limits it to these organizations
    #[arg(long = "organization", value_name = "UUID")]
    organizations: Vec<OrganizationId>,
    /// Limits it to requests from these addresses
    #[arg(long = "address-range", value_name = "ADDR/LEN")]
    address_ranges: Vec<IpNet>,
    /// How long its access tokens live
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=300))]
    token_life: Option<u32>,
}

impl Subject {
    /// The command to send, and what to say of it afterwards.
    pub(super) fn into_command(self) -> Result<(Command, Told), Error> {
        match self {
            Self::Account(account) => account.into_command(),
            Self::Organization(organization) => Ok(organization.into_command()),
            Self::Token(token) => Ok(token.into_command()),
        }
    }
}

impl Account {
    fn into_command(self) -> Result<(Command, Told), Error> {
        let Self::Create { email, password_stdin, service } = self;
        let password = if password_stdin { Some(read_password()?) } else { None };
        let told = Told::Account { email: email.clone() };
        Ok((Command::AccountCreate { email, password, service }, told))
    }
}

impl Organization {
    fn into_command(self) -> (Command, Told) {
        match self {
            Self::Create { name, owner, federated } => {
                let told = Told::Organization { name: name.clone() };
                (Command::OrganizationCreate { name, owner, federated }, told)
            }
            Self::AddMember { organization, email } => {
                let told = Told::Member { email: email.clone() };
                (Command::OrganizationAddMember { organization, email }, told)
            }
            Self::AttestSignIn { organization, email, reason, hours } => {
                let told = Told::Attestation { email: email.clone() };
                (Command::OrganizationAttestSignIn { organization, email, reason, hours }, told)
            }
        }
    }
}

impl Token {
    fn into_command(self) -> (Command, Told) {
        match self {
            Self::Create(new) => {
                let (email, label, limits) = (new.email.clone(), new.label.clone(), new.limits());
                (Command::TokenCreate { email, label, limits }, Told::NewToken)
            }
            Self::List { email } => (Command::TokenList { email }, Told::Tokens),
            Self::Remove { api_key, reason } => {
                (Command::TokenRemove { api_key, reason }, Told::Removal { api_key })
            }
        }
    }
}

impl NewToken {
    fn limits(self) -> Limits {
        Limits {
            expires_at: None,
            organizations: Some(self.organizations).filter(|only| !only.is_empty()),
            address_ranges: Some(self.address_ranges).filter(|only| !only.is_empty()),
            token_life: self.token_life,
        }
    }
}

/// The first line of standard input, without its end.
fn read_password() -> Result<Zeroizing<String>, Error> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().read_to_string(&mut text).map_err(Error::refused)?;
    let line = text.split('\n').next().unwrap_or_default();
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

use std::{io::Read, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use ipnet::IpNet;
use keymoor_core::{ApiKey, OrganizationId, SecretId, facts::Limits};
use keymoor_server::admin::{AccountCommand, Command, OrganizationCommand, TokenCommand};
use zeroize::Zeroizing;

use super::{
    rarer::{ResourceServer, SigningKey},
    text::Told,
};
use crate::{database::DatabaseUrl, error::Error};

#[derive(Args)]
pub(crate) struct AdminOptions {
    /// The data directory of the server [default: keymoor-data]
    #[arg(long, value_name = "DIR", env = "KEYMOOR_DATA", global = true)]
    pub(super) data: Option<PathBuf>,

    /// The server's PostgreSQL database, if it is not SQLite in DIR; needed when no server runs
    #[arg(
        long,
        value_name = "URL",
        env = "KEYMOOR_DATABASE",
        hide_env_values = true,
        global = true
    )]
    pub(super) database: Option<DatabaseUrl>,

    /// The file of the master key, if it is not DIR/master.key
    #[arg(long, value_name = "FILE", env = "KEYMOOR_MASTER_KEY_FILE", global = true)]
    pub(super) master_key_file: Option<PathBuf>,

    /// The server's TOML file, to read the three above from
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
    /// Resource servers: the APIs that tokens are for, with credentials of their own
    #[command(subcommand)]
    ResourceServer(ResourceServer),
    /// The keys that access tokens are signed with
    #[command(subcommand)]
    SigningKey(SigningKey),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    On,
    Off,
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
    /// Disables an account: its API tokens and access tokens stop working at once
    Disable {
        /// Its e-mail address
        #[arg(long)]
        email: String,
    },
    /// Enables an account again: its API tokens work, access tokens from before do not
    Enable {
        /// Its e-mail address
        #[arg(long)]
        email: String,
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
    /// Ends a membership: access tokens of the member with the organization's scope die at once
    RemoveMember {
        /// The organization's UUID
        #[arg(long, value_name = "UUID")]
        organization: OrganizationId,
        /// The member's e-mail address
        #[arg(long)]
        email: String,
    },
    /// Disables an organization: its resources open to nobody, and tokens with its scope die
    Disable {
        /// The organization's UUID
        #[arg(value_name = "UUID")]
        organization: OrganizationId,
    },
    /// Enables an organization again
    Enable {
        /// The organization's UUID
        #[arg(value_name = "UUID")]
        organization: OrganizationId,
    },
    /// Says whether an organization enforces single sign-on, for the tokens that live too
    SetFederated {
        /// The organization's UUID
        #[arg(value_name = "UUID")]
        organization: OrganizationId,
        /// on or off
        #[arg(value_name = "on|off")]
        switch: Switch,
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
    /// Lists the API Secrets of an API token, without what is secret
    Secrets {
        /// The API token's API Key
        #[arg(value_name = "API_KEY")]
        api_key: ApiKey,
    },
    /// Adds an API Secret beside the one there is, to replace it without a gap, and prints it
    AddSecret {
        /// The API token's API Key
        #[arg(value_name = "API_KEY")]
        api_key: ApiKey,
    },
    /// Closes an API Secret: it and the access tokens that it brought stop working at once
    CloseSecret {
        /// The API token's API Key
        #[arg(value_name = "API_KEY")]
        api_key: ApiKey,
        /// The secret's id, as `token secrets` lists it
        #[arg(value_name = "SECRET_ID")]
        secret: SecretId,
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
            Self::ResourceServer(server) => Ok(server.into_command()),
            Self::SigningKey(key) => Ok(key.into_command()),
        }
    }
}

impl Account {
    fn into_command(self) -> Result<(Command, Told), Error> {
        let set = |email: String, disabled| {
            let what = if disabled { "disabled" } else { "enabled" };
            let told = Told::Done(format!("{email} is {what}."));
            Ok((Command::Account(AccountCommand::SetDisabled { email, disabled }), told))
        };
        match self {
            Self::Create { email, password_stdin, service } => {
                let password = if password_stdin { Some(read_password()?) } else { None };
                let told = Told::Account { email: email.clone() };
                Ok((Command::Account(AccountCommand::Create { email, password, service }), told))
            }
            Self::Disable { email } => set(email, true),
            Self::Enable { email } => set(email, false),
        }
    }
}

impl Organization {
    fn into_command(self) -> (Command, Told) {
        match self {
            Self::Create { name, owner, federated } => {
                let told = Told::Organization { name: name.clone() };
                (
                    Command::Organization(OrganizationCommand::Create { name, owner, federated }),
                    told,
                )
            }
            Self::AddMember { organization, email } => {
                let told = Told::Member { email: email.clone() };
                (
                    Command::Organization(OrganizationCommand::AddMember { organization, email }),
                    told,
                )
            }
            Self::RemoveMember { organization, email } => {
                let told = Told::Done(format!("{email} is a member no more."));
                (
                    Command::Organization(OrganizationCommand::RemoveMember {
                        organization,
                        email,
                    }),
                    told,
                )
            }
            Self::Disable { organization } => {
                let told = Told::Done(format!("Organization {organization} is disabled."));
                (
                    Command::Organization(OrganizationCommand::SetDisabled {
                        organization,
                        disabled: true,
                    }),
                    told,
                )
            }
            Self::Enable { organization } => {
                let told = Told::Done(format!("Organization {organization} is enabled."));
                (
                    Command::Organization(OrganizationCommand::SetDisabled {
                        organization,
                        disabled: false,
                    }),
                    told,
                )
            }
            Self::SetFederated { organization, switch } => {
                let federated = switch == Switch::On;
                let does = if federated { "enforces" } else { "does not enforce" };
                let told = format!("Organization {organization} {does} single sign-on.");
                (
                    Command::Organization(OrganizationCommand::SetFederated {
                        organization,
                        federated,
                    }),
                    Told::Done(told),
                )
            }
            Self::AttestSignIn { organization, email, reason, hours } => {
                let told = Told::Attestation { email: email.clone() };
                (
                    Command::Organization(OrganizationCommand::AttestSignIn {
                        organization,
                        email,
                        reason,
                        hours,
                    }),
                    told,
                )
            }
        }
    }
}

impl Token {
    fn into_command(self) -> (Command, Told) {
        match self {
            Self::Create(new) => {
                let (email, label, limits) = (new.email.clone(), new.label.clone(), new.limits());
                (Command::Token(TokenCommand::Create { email, label, limits }), Told::NewToken)
            }
            Self::List { email } => (Command::Token(TokenCommand::List { email }), Told::Tokens),
            Self::Remove { api_key, reason } => (
                Command::Token(TokenCommand::Remove { api_key, reason }),
                Told::Removal { api_key },
            ),
            Self::Secrets { api_key } => {
                (Command::Token(TokenCommand::Secrets { api_key }), Told::Secrets)
            }
            Self::AddSecret { api_key } => {
                (Command::Token(TokenCommand::AddSecret { api_key }), Told::NewSecret)
            }
            Self::CloseSecret { api_key, secret } => {
                let told = Told::Done(format!("Closed API Secret {secret}."));
                (Command::Token(TokenCommand::CloseSecret { api_key, secret }), told)
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

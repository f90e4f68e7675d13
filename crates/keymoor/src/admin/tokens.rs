use clap::{Args, Subcommand};
use ipnet::IpNet;
use keymoor_core::{ApiKey, Clock, OrganizationId, SecretId, UnixTime, facts::Limits};
use keymoor_guard::SystemClock;
use keymoor_server::admin::{Command, TokenCommand};

use super::text::Told;

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
    /// Ends it after so many days: no access token is issued from then on
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    expires_in_days: Option<u32>,
    /// How long its access tokens live
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=300))]
    token_life: Option<u32>,
}

impl Token {
    pub(super) fn into_command(self) -> (Command, Told) {
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
            expires_at: self.expires_in_days.map(in_days),
            organizations: Some(self.organizations).filter(|only| !only.is_empty()),
            address_ranges: Some(self.address_ranges).filter(|only| !only.is_empty()),
            token_life: self.token_life,
            through_provider_alone: false,
        }
    }
}

fn in_days(days: u32) -> UnixTime {
    SystemClock.now().plus(i64::from(days) * 86_400)
}

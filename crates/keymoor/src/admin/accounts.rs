use std::io::Read;

use clap::Subcommand;
use keymoor_server::admin::{AccountCommand, Command};
use zeroize::Zeroizing;

use super::text::Told;
use crate::error::Error;

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
    /// Makes an account and prints a link by which its owner chooses a password, within 7 days
    Invite {
        /// The e-mail address it is known by
        #[arg(long)]
        email: String,
    },
    /// Prints a link by which the owner of an account chooses a new password, within an hour
    PasswordLink {
        /// Its e-mail address
        #[arg(long)]
        email: String,
    },
    /// Lets an account use the portal's operator pages
    AppointOperator {
        /// Its e-mail address
        #[arg(long)]
        email: String,
    },
    /// Takes that from an account
    DismissOperator {
        /// Its e-mail address
        #[arg(long)]
        email: String,
    },
    /// Removes every second factor of an account whose owner lost them, and signs it out
    ResetSecondFactor {
        /// Its e-mail address
        #[arg(long)]
        email: String,
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

impl Account {
    pub(super) fn into_command(self) -> Result<(Command, Told), Error> {
        let set = |email: String, disabled| {
            let what = if disabled { "disabled" } else { "enabled" };
            let told = Told::Done(format!("{email} is {what}."));
            Ok((Command::Account(AccountCommand::SetDisabled { email, disabled }), told))
        };
        let appoint = |email: String, operator| {
            let what = if operator { "an operator's" } else { "no operator's" };
            let told = Told::Done(format!("{email} is {what} account now."));
            Ok((Command::Account(AccountCommand::SetOperator { email, operator }), told))
        };
        match self {
            Self::Create { email, password_stdin, service } => {
                let password = if password_stdin { Some(read_password()?) } else { None };
                let told = Told::Account { email: email.clone() };
                Ok((Command::Account(AccountCommand::Create { email, password, service }), told))
            }
            Self::Invite { email } => {
                let told = Told::Invitation { email: email.clone() };
                Ok((Command::Account(AccountCommand::Invite { email }), told))
            }
            Self::PasswordLink { email } => {
                let told = Told::PasswordLink { email: email.clone() };
                Ok((Command::Account(AccountCommand::PasswordLink { email }), told))
            }
            Self::AppointOperator { email } => appoint(email, true),
            Self::DismissOperator { email } => appoint(email, false),
            Self::ResetSecondFactor { email } => {
                let told = Told::Done(format!("{email} signs in by password alone now."));
                Ok((Command::Account(AccountCommand::ResetSecondFactor { email }), told))
            }
            Self::Disable { email } => set(email, true),
            Self::Enable { email } => set(email, false),
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

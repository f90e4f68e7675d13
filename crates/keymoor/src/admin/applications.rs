use clap::{ArgGroup, Args, Subcommand};
use keymoor_core::{ApplicationId, GrantId};
use keymoor_server::admin::{ApplicationCommand, Command, GrantCommand, GrantsOf};

use super::text::Told;

#[derive(Subcommand)]
pub(super) enum Application {
    /// Lists the applications that people registered
    List {
        /// Only those of this account
        #[arg(long)]
        email: Option<String>,
    },
    /// Removes an application: it stops working at once, for everybody who let it in
    Remove {
        /// Its client ID, as `application list` prints it
        #[arg(value_name = "CLIENT_ID")]
        id: ApplicationId,
        /// Why; it is kept with the removed application
        #[arg(long)]
        reason: Option<String>,
    },
}

#[derive(Subcommand)]
pub(super) enum Grant {
    /// Lists what people allowed applications, as far as it still counts
    #[command(group = ArgGroup::new("which").required(true).multiple(true))]
    List(Which),
    /// Ends what was allowed: its access tokens and refresh tokens stop working at once
    #[command(group = ArgGroup::new("which").required(true).multiple(true))]
    End {
        /// One, as `grant list` prints it
        #[arg(value_name = "GRANT_ID", group = "which", conflicts_with_all = ["email", "application"])]
        id: Option<GrantId>,
        #[command(flatten)]
        which: Which,
    },
}

/// All that somebody allowed, all that an application was allowed, or what the one allowed the other.
#[derive(Args)]
pub(super) struct Which {
    /// Of the account with this e-mail address
    #[arg(long, group = "which")]
    email: Option<String>,
    /// Of the application with this client ID
    #[arg(long, value_name = "CLIENT_ID", group = "which")]
    application: Option<ApplicationId>,
}

impl Application {
    pub(super) fn into_command(self) -> (Command, Told) {
        match self {
            Self::List { email } => {
                (Command::Application(ApplicationCommand::List { email }), Told::Applications)
            }
            Self::Remove { id, reason } => {
                let told = Told::Done(format!("Removed application {id}."));
                (Command::Application(ApplicationCommand::Remove { id, reason }), told)
            }
        }
    }
}

impl Grant {
    pub(super) fn into_command(self) -> (Command, Told) {
        match self {
            Self::List(which) => (Command::Grant(GrantCommand::List(which.into())), Told::Grants),
            Self::End { id: Some(id), .. } => {
                let told = Told::Done(format!("Ended grant {id}."));
                (Command::Grant(GrantCommand::End { id }), told)
            }
            Self::End { which, .. } => {
                (Command::Grant(GrantCommand::EndAll(which.into())), Told::EndedGrants)
            }
        }
    }
}

impl From<Which> for GrantsOf {
    fn from(which: Which) -> Self {
        Self { email: which.email, application: which.application }
    }
}

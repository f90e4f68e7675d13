use clap::{Subcommand, ValueEnum};
use keymoor_core::OrganizationId;
use keymoor_server::admin::{Command, OrganizationCommand};

use super::text::Told;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    On,
    Off,
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
    /// Says that a domain is the organization's, as a record in the DNS would, and takes it from any
    /// other organization
    VerifyDomain {
        /// The organization's UUID
        #[arg(value_name = "UUID")]
        organization: OrganizationId,
        /// The domain, as in example.com
        domain: String,
    },
    /// Takes a domain from an organization: another one can verify it then
    RemoveDomain {
        /// The organization's UUID
        #[arg(value_name = "UUID")]
        organization: OrganizationId,
        /// The domain, as in example.com
        domain: String,
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

impl Organization {
    pub(super) fn into_command(self) -> (Command, Told) {
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
            Self::VerifyDomain { organization, domain } => {
                let told = Told::Done(format!("{domain} is verified for {organization}."));
                let command = OrganizationCommand::VerifyDomain { organization, domain };
                (Command::Organization(command), told)
            }
            Self::RemoveDomain { organization, domain } => {
                let told = Told::Done(format!("{domain} is {organization}'s no more."));
                let command = OrganizationCommand::RemoveDomain { organization, domain };
                (Command::Organization(command), told)
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

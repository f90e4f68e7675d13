#![expect(clippy::doc_markdown, reason = "these comments are the text of --help")]
use clap::Subcommand;
use keymoor_core::ResourceServerId;
use keymoor_server::admin::{Command, ResourceServerCommand, SigningKeyCommand};

use super::text::Told;

#[derive(Subcommand)]
pub(super) enum ResourceServer {
    /// Makes a resource server and prints its credentials; the secret is never shown again
    Create {
        /// The identifier of its API, the audience of its tokens, such as https://api.example.com
        #[arg(long, value_name = "URI")]
        audience: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// A scope that it knows, such as reports:read; may stand several times
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
    },
    /// Lists the resource servers
    List,
    /// Removes a resource server: its credentials are refused, and tokens are for it no more
    Remove {
        /// Its client_id
        #[arg(value_name = "CLIENT_ID")]
        id: ResourceServerId,
    },
}

#[derive(Subcommand)]
pub(super) enum SigningKey {
    /// Lists the signing keys and what each does now
    List,
    /// Makes the next signing key: published at once, it signs when every guard can know it
    Rotate,
    /// Withdraws a signing key at once, because somebody else may have it: tokens signed with it
    /// die, and a new key takes its place
    Withdraw {
        /// Its kid, as `signing-key list` prints it
        #[arg(value_name = "KID", allow_hyphen_values = true)]
        kid: String,
    },
}

impl ResourceServer {
    pub(super) fn into_command(self) -> (Command, Told) {
        match self {
            Self::Create { audience, name, scopes } => {
                let create = ResourceServerCommand::Create { audience, name, scopes };
                (Command::ResourceServer(create), Told::NewResourceServer)
            }
            Self::List => {
                (Command::ResourceServer(ResourceServerCommand::List), Told::ResourceServers)
            }
            Self::Remove { id } => {
                let told = Told::Done(format!("Removed resource server {id}."));
                (Command::ResourceServer(ResourceServerCommand::Remove { id }), told)
            }
        }
    }
}

impl SigningKey {
    pub(super) fn into_command(self) -> (Command, Told) {
        match self {
            Self::List => (Command::SigningKey(SigningKeyCommand::List), Told::SigningKeys),
            Self::Rotate => (Command::SigningKey(SigningKeyCommand::Rotate), Told::NewSigningKey),
            Self::Withdraw { kid } => {
                let told = Told::Done(format!("Withdrew signing key {kid}."));
                (Command::SigningKey(SigningKeyCommand::Withdraw { kid }), told)
            }
        }
    }
}

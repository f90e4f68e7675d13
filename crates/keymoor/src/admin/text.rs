//! What a command's answer reads like to a person.

use keymoor_core::ApiKey;
use serde_json::Value;

use super::table::Table;

/// What was done, as far as the answer does not say it.
pub(super) enum Told {
    Account {
        email: String,
    },
    Organization {
        name: String,
    },
    Member {
        email: String,
    },
    Attestation {
        email: String,
    },
    Invitation {
        email: String,
    },
    PasswordLink {
        email: String,
    },
    NewToken,
    Tokens,
    Removal {
        api_key: ApiKey,
    },
    Secrets,
    NewSecret,
    Applications,
    Grants,
    EndedGrants,
    NewResourceServer,
    ResourceServers,
    NewSigningKey,
    SigningKeys,
    Explanation,
    /// The answer has nothing to add.
    Done(String),
}

/// The text, whole lines.
pub(super) fn tell(told: &Told, answer: &Value) -> String {
    let field = |name: &str| answer[name].as_str().unwrap_or_default();
    match told {
        Told::Account { email } => format!("Made account {} for {email}.\n", field("uuid")),
        Told::Organization { name } => format!("Made organization {} {name}.\n", field("uuid")),
        Told::Member { email } => format!("{email} is a member now.\n"),
        Told::Attestation { email } => {
            format!("The sign-in of {email} counts until {}.\n", field("until"))
        }
        Told::Invitation { email } => format!(
            "Made account {} for {email}.\n\nHand this link on: whoever has it chooses the \
             password. It works once, for 7 days.\n  {}\n",
            field("uuid"),
            field("url")
        ),
        Told::PasswordLink { email } => format!(
            "Hand this link on to {email}: whoever has it chooses the password. It works once, for \
             an hour.\n  {}\n",
            field("url")
        ),
        Told::NewToken => format!(
            "API Key     {}\nAPI Secret  {}\n\nRecord the secret now: it cannot be shown again.\n",
            field("api_key"),
            field("api_secret")
        ),
        Told::NewSecret => format!(
            "Secret id   {}\nAPI Secret  {}\n\nRecord the secret now: it cannot be shown again. \
             Close the other one when nobody uses it any more.\n",
            field("secret_id"),
            field("api_secret")
        ),
        Told::NewResourceServer => format!(
            "client_id      {}\nclient_secret  {}\n\nRecord the secret now: it cannot be shown \
             again.\n",
            field("client_id"),
            field("client_secret")
        ),
        Told::NewSigningKey => format!(
            "Made signing key {}. It is published now and signs from {} on.\n",
            field("kid"),
            field("signs_from")
        ),
        Told::Tokens => TOKENS.text(answer),
        Told::Applications => APPLICATIONS.text(answer),
        Told::Grants => GRANTS.text(answer),
        Told::EndedGrants => match answer["ended"].as_u64() {
            Some(1) => "Ended 1 grant.\n".to_owned(),
            count => format!("Ended {} grants.\n", count.unwrap_or_default()),
        },
        Told::Secrets => SECRETS.text(answer),
        Told::ResourceServers => RESOURCE_SERVERS.text(answer),
        Told::SigningKeys => SIGNING_KEYS.text(answer),
        Told::Explanation => explanations(answer),
        Told::Done(text) => format!("{text}\n"),
        Told::Removal { api_key } => {
            format!("Removed API token {api_key} at {}.\n", field("removed_at"))
        }
    }
}

/// Each refused call of that id: one, unless a guard elsewhere claims it too.
fn explanations(answer: &Value) -> String {
    let calls = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    calls.iter().map(explanation).collect::<Vec<_>>().join("\n")
}

fn explanation(call: &Value) -> String {
    let line = |name: &str, label: &str| match &call[name] {
        Value::Null => String::new(),
        Value::String(text) => format!("{label:<12}{text}\n"),
        other => format!("{label:<12}{other}\n"),
    };
    let named = if call["proved"] == true { "API Key" } else { "API Key?" };
    let facts = [
        ("at", "At"),
        ("call", "Call"),
        ("status", "Status"),
        ("refused_by", "Refused by"),
        ("address", "From"),
        ("api_key", named),
        ("label", "Label"),
        ("account", "Account"),
        ("token_id", "jti"),
    ];
    let facts: String = facts.iter().map(|(name, label)| line(name, label)).collect();
    let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
    format!("{}\n{}\n\n{facts}", text("why"), text("remedy"))
}

const TOKENS: Table = Table {
    columns: &[
        ("API KEY", 36, "api_key"),
        ("CREATED", 25, "created_at"),
        ("LAST USED", 25, "last_used_at"),
        ("STATE", 7, "state"),
        ("LABEL", 0, "label"),
    ],
    none: "No API tokens yet. Make one with: keymoor admin token create",
};

const SECRETS: Table = Table {
    columns: &[
        ("SECRET ID", 36, "secret_id"),
        ("CREATED", 25, "created_at"),
        ("LAST USED", 25, "last_used_at"),
        ("CLOSED", 0, "closed_at"),
    ],
    none: "There is no API token with this API Key.",
};

const APPLICATIONS: Table = Table {
    columns: &[
        ("CLIENT ID", 36, "client_id"),
        ("OWNER", 32, "owner"),
        ("MAY ASK BY", 29, "rights"),
        ("CREATED", 25, "created_at"),
        ("NAME", 0, "name"),
    ],
    none: "No applications. People register them in the portal, under Account Settings.",
};

const GRANTS: Table = Table {
    columns: &[
        ("GRANT ID", 36, "grant_id"),
        ("ACCOUNT", 32, "account"),
        ("LAST USED", 25, "last_used_at"),
        ("EXPIRES", 25, "expires_at"),
        ("APPLICATION", 24, "application"),
        ("SCOPE", 0, "scope"),
    ],
    none: "Nothing that counts.",
};

const RESOURCE_SERVERS: Table = Table {
    columns: &[
        ("CLIENT ID", 36, "client_id"),
        ("AUDIENCE", 40, "audience"),
        ("SCOPES", 24, "scopes"),
        ("NAME", 0, "name"),
    ],
    none: "No resource servers yet. Make one with: keymoor admin resource-server create",
};

const SIGNING_KEYS: Table = Table {
    columns: &[
        ("KID", 43, "kid"),
        ("ALGORITHM", 9, "algorithm"),
        ("STATE", 9, "state"),
        ("SIGNS FROM", 0, "signs_from"),
    ],
    none: "No signing keys yet. The server makes one when it starts.",
};

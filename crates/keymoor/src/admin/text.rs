//! What a command's answer reads like to a person.

use keymoor_core::ApiKey;
use serde_json::Value;

/// What was done, as far as the answer does not say it.
pub(super) enum Told {
    Account { email: String },
    Organization { name: String },
    Member { email: String },
    Attestation { email: String },
    NewToken,
    Tokens,
    Removal { api_key: ApiKey },
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
        Told::NewToken => format!(
            "API Key     {}\nAPI Secret  {}\n\nRecord the secret now: it cannot be shown again.\n",
            field("api_key"),
            field("api_secret")
        ),
        Told::Tokens => table(answer),
        Told::Removal { api_key } => {
            format!("Removed API token {api_key} at {}.\n", field("removed_at"))
        }
    }
}

fn table(tokens: &Value) -> String {
    let rows = tokens.as_array().map(Vec::as_slice).unwrap_or_default();
    if rows.is_empty() {
        return "No API tokens yet. Make one with: keymoor admin token create\n".to_owned();
    }
    let head = line("API KEY", "CREATED", "LAST USED", "STATE", "LABEL");
    std::iter::once(head).chain(rows.iter().map(row)).collect()
}

fn row(token: &Value) -> String {
    let field = |name: &str| token[name].as_str().unwrap_or("-");
    let state = if token["removed_at"].is_null() { "active" } else { "removed" };
    let (created, used) = (field("created_at"), field("last_used_at"));
    line(field("api_key"), created, used, state, field("label"))
}

fn line(key: &str, created: &str, used: &str, state: &str, label: &str) -> String {
    format!("{key:<36}  {created:<25}  {used:<25}  {state:<7}  {label}\n")
}

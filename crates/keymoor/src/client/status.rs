use std::time::Duration;

use keymoor_client::profile::Organization;
use serde_json::{Value, json};

use super::{
    arguments::Status,
    failure::Failure,
    login, moment, output,
    render::{Output, cell},
    session::{Identity, Session, block_on},
    terminal::Look,
    waiting::Waiting,
};

/// Shows who calls what, where each value comes from, and the time left.
pub(crate) fn run(options: &Status) -> Result<(), Failure> {
    let session = Session::open(&options.place, None)?;
    let account = if options.offline { None } else { account(&session)? };
    let status = status(&session, account.as_deref())?;
    let text = Look::of_stdout().terminal || options.output == Some(Output::Table);
    if text && matches!(options.output, None | Some(Output::Table)) {
        return output::print(&lines(&status));
    }
    output::value(&status, options.output)
}

fn account(session: &Session) -> Result<Option<String>, Failure> {
    let _waiting = Waiting::begin("asking the server");
    block_on(async {
        let client = session.client()?;
        client.token().await?;
        Ok(login::account(&client).await)
    })
}

fn status(session: &Session, account: Option<&str>) -> Result<Value, Failure> {
    let organization = match session.organization {
        Organization::Auto => "auto".to_owned(),
        Organization::Fixed(id) => id.to_string(),
    };
    let key = match &session.identity {
        Identity::Credentials(_) | Identity::Kept(_) if session.is_by_device() => {
            format!("application {} by device", session.key())
        }
        Identity::Credentials(_) | Identity::Kept(_) => session.key().to_owned(),
        Identity::Handed(_) => "none: an access token was handed on".to_owned(),
    };
    let (ends, from) = (&session.endpoints, &session.origins);
    let token = session.cached(Duration::ZERO)?.map(|token| {
        json!({
            "expires_in": token.expires_in().as_secs(),
            "expires_at": moment::rfc3339(token.expires_at().seconds()),
            "server_clock_ahead": token.server_clock_ahead(),
        })
    });
    Ok(json!({
        "account": account,
        "profile": session.profile.as_ref().map(ToString::to_string),
        "api": { "value": ends.api_base().as_str(), "from": from.server },
        "token_url": { "value": ends.token_url().as_str(), "from": from.server },
        "key": { "value": key, "from": from.credentials },
        "organization": { "value": organization, "from": from.organization },
        "cached_token": token,
    }))
}

fn lines(status: &Value) -> String {
    let mut lines = Vec::new();
    for (name, value) in status.as_object().into_iter().flatten() {
        let shown = match value {
            Value::Null => "-".to_owned(),
            Value::String(value) => value.clone(),
            value if name == "cached_token" => {
                moment::left(value["expires_in"].as_i64().unwrap_or_default())
            }
            value => format!("{}  ({})", cell::text(&value["value"]), cell::text(&value["from"])),
        };
        lines.push(format!("{:<14}{}\n", name.replace('_', " "), cell::plain(&shown)));
    }
    lines.concat()
}

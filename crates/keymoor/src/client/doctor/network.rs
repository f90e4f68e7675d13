//! What only the network tells.

use keymoor_client::{AccessToken, Call, Cause, Client, Error, profile::Organization};
use serde_json::Value;

use super::{Finding, Session};
use crate::client::{
    failure::{Failure, Reason},
    session::Identity,
};

pub(super) async fn all(session: &Session, path: Option<&str>) -> Result<Vec<Finding>, Failure> {
    let mut findings = vec![names(session).await];
    let client = session.client()?;
    // The cache would hide that the server cannot be reached.
    if let Some(source) = session.source()? {
        source.forget(&session.scopes()).await?;
    }
    match client.token().await {
        Ok(token) => {
            if let Identity::Handed(_) = session.identity {
                let what = "An access token was handed on: the token endpoint was not asked.";
                findings.push(Finding::note("token", what));
            } else {
                findings.push(Finding::good("tls", tls(session)));
                findings.push(Finding::good("token", "The token endpoint issues access tokens."));
                findings.push(clock(&token));
            }
            findings.push(reached(&client).await);
            findings.push(scope(&client, session).await);
            if let Some(path) = path {
                findings.push(call(&client, path).await);
            }
        }
        Err(error) => findings.push(failed("token", error)),
    }
    Ok(findings)
}

async fn names(session: &Session) -> Finding {
    for url in [session.endpoints.token_url(), session.endpoints.api_base()] {
        let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default());
        let host = host.trim_matches(['[', ']']);
        if let Err(error) = tokio::net::lookup_host((host, port.unwrap_or(443))).await {
            return Finding::bad("dns", Reason::Unreachable, format!("{host}: {error}."));
        }
    }
    Finding::good("dns", "The names of the servers have addresses.")
}

/// Any answer will do: it is about the way there.
async fn reached(client: &Client) -> Finding {
    match client.get("/").await {
        Err(error @ Error::Unreachable(_)) => failed("api", error),
        _ => Finding::good("api", "The API answers."),
    }
}

fn tls(session: &Session) -> &'static str {
    match session.endpoints.token_url().scheme() {
        "https" => "The server proves who it is.",
        _ => "No TLS: the server is on this machine.",
    }
}

fn clock(token: &AccessToken) -> Finding {
    match token.server_clock_ahead() {
        Some(ahead) if ahead.abs() > 5 => Finding::note(
            "clock",
            format!(
                "This machine's clock differs from the server's by {} s: tokens work, since their \
                 life is counted here, but set the clock.",
                ahead.abs()
            ),
        ),
        Some(_) => Finding::good("clock", "The clocks of this machine and of the server agree."),
        None => Finding::note("clock", "The server does not tell its time."),
    }
}

async fn scope(client: &Client, session: &Session) -> Finding {
    if let Organization::Fixed(id) = session.organization {
        return Finding::good("scope", format!("Tokens have the scope organization:{id}."));
    }
    let answer = client.get("/organizations").await;
    let Ok(list) = answer.and_then(|answer| answer.json::<Value>()) else {
        return Finding::note("scope", "The organizations cannot be listed: none is looked at.");
    };
    let federated = |item: &&Value| item["flags"]["federated_authentication"] == true;
    let items = list["_embedded"]["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    match items.iter().filter(federated).count() {
        0 => Finding::good("scope", "None of your organizations wants its scope."),
        count => Finding::good(
            "scope",
            format!(
                "{count} of your organizations want their scope: it is asked for when they do."
            ),
        ),
    }
}

async fn call(client: &Client, path: &str) -> Finding {
    match client.call(Call::get(path)).await {
        Ok(answer) => Finding::good("call", format!("GET {path} answers {}.", answer.status())),
        Err(error) => failed("call", error),
    }
}

/// Names what failed by its place: DNS, TLS or the connection, else the call itself.
fn failed(check: &'static str, error: Error) -> Finding {
    let check = match &error {
        Error::Unreachable(unreachable) => match unreachable.cause {
            Cause::Dns(_) => "dns",
            Cause::Tls(_) => "tls",
            _ => "network",
        },
        _ => check,
    };
    let failure = Failure::from(error);
    let hint = failure.hint.unwrap_or_default();
    Finding::bad(check, failure.reason, format!("{}. {hint}", failure.message))
}

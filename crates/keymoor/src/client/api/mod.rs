//! `keymoor api`.

mod request;

use futures_util::TryStreamExt;
use keymoor_client::{Call, Client, Response};
use request::Planned;
use serde_json::Value;

use super::{
    arguments::Api,
    failure::{Failure, Reason},
    jq, output,
    render::Output,
    session::{Session, block_on},
    terminal::Look,
    waiting::Waiting,
};

/// Makes a call and prints its answer.
pub(crate) fn run(options: &Api) -> Result<(), Failure> {
    if let Some(expression) = &options.jq {
        jq::check(expression)?;
    }
    let session = Session::open(&options.place, options.scoped.org.as_deref())?;
    let planned = Planned::read(options)?;
    if options.curl || options.dry_run {
        return show(options, &session, &planned);
    }
    let waiting = Waiting::begin("waiting for the API");
    let outcome = block_on(async {
        let (client, call) = (session.client()?, planned.call());
        if options.all {
            all(&client, call, &waiting).await
        } else {
            one(&client, call, options).await
        }
    });
    drop(waiting);
    outcome.map_err(|failure| with_command(failure, options)).and_then(|body| print(options, &body))
}

/// What came: JSON or bytes.
enum Body {
    Json(Value, Vec<u8>),
    Bytes(Vec<u8>),
}

async fn one(client: &Client, call: Call, options: &Api) -> Result<Body, Failure> {
    let response = client.call(call).await?;
    if options.include {
        output::foreign(&head(&response))?;
    }
    let bytes = response.body().to_vec();
    Ok(match serde_json::from_slice(&bytes) {
        Ok(json) => Body::Json(json, bytes),
        Err(_) => Body::Bytes(bytes),
    })
}

async fn all(client: &Client, call: Call, waiting: &Waiting) -> Result<Body, Failure> {
    let mut pages = client.pages(call);
    let mut items = Vec::new();
    while let Some(page) = pages.try_next().await? {
        items.extend(page.items);
        match page.total {
            Some(total) => waiting.say(format!("{} of {total} items", items.len())),
            None => waiting.say(format!("{} items", items.len())),
        }
    }
    let json = Value::from(items);
    let bytes = json.to_string().into_bytes();
    Ok(Body::Json(json, bytes))
}

fn head(response: &Response) -> String {
    let fields = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    format!("HTTP {}\n{}\n", response.status(), fields.collect::<String>())
}

fn print(options: &Api, body: &Body) -> Result<(), Failure> {
    match (body, &options.jq) {
        (Body::Json(_, bytes), Some(expression)) => output::foreign(&jq::run(expression, bytes)?),
        // In a pipe, JSON goes through as it came.
        (Body::Json(_, bytes), None) if untouched(options) => {
            output::bytes(bytes)?;
            output::print(if bytes.ends_with(b"\n") { "" } else { "\n" })
        }
        (Body::Json(json, _), None) => output::value(json, options.output),
        (Body::Bytes(_), Some(_)) => Err(Failure::other("the answer is not JSON")),
        (Body::Bytes(bytes), None) => output::bytes(bytes),
    }
}

fn untouched(options: &Api) -> bool {
    matches!(options.output, None | Some(Output::Json)) && !Look::of_stdout().terminal
}

/// Prints what would be sent; nothing is.
fn show(options: &Api, session: &Session, planned: &Planned) -> Result<(), Failure> {
    let url = planned.url(&session.endpoints)?;
    if options.curl {
        return output::print(&request::curl(options, planned, &url));
    }
    let body = planned.body.as_ref().map(|body| format!("\n{}\n", String::from_utf8_lossy(body)));
    output::foreign(&format!("{} {url}\n{}", planned.method, body.unwrap_or_default()))
}

/// Names the very command that has the scope which is missing.
fn with_command(failure: Failure, options: &Api) -> Failure {
    if failure.reason != Reason::OrganizationScope || options.scoped.org.is_some() {
        return failure;
    }
    let known = failure.hint.as_deref().unwrap_or_default();
    let named = known.split_once("organization:").map(|(_, rest)| rest);
    let id: String = named
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_hexdigit() || *c == '-').collect())
        .unwrap_or_default();
    let id = if id.len() == 36 { id } else { "UUID".to_owned() };
    let command = format!("keymoor api --org {id} {}", options.call.join(" "));
    let hint = format!("{known}\n  {command}");
    failure.hint(hint)
}

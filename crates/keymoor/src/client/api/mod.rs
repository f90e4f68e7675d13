//! `keymoor api`.

mod request;

use std::ffi::OsString;

use futures_util::TryStreamExt;
use keymoor_client::{Call, Client, Response};
use request::Planned;
use serde_json::Value;

use super::{
    arguments::Api,
    failure::{Failure, Reason},
    interrupt, jq, memory, output,
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
    if options.all || options.jq.is_some() {
        memory::bound();
    }
    let waiting = Waiting::begin("waiting for the API");
    let outcome = block_on(async {
        let (client, call) = (session.client()?, planned.call());
        if options.all {
            all(&client, call, options.limit, &waiting).await
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

/// The items of all pages, up to a limit: pages after that are not asked for.
async fn all(
    client: &Client,
    call: Call,
    limit: Option<u32>,
    waiting: &Waiting,
) -> Result<Body, Failure> {
    let most = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut pages = client.pages(call);
    let mut items = Vec::new();
    while items.len() < most
        && let Some(page) = pages.try_next().await?
    {
        items.extend(page.items);
        match page.total {
            Some(total) => waiting.say(format!("{} of {total} items", items.len())),
            None => waiting.say(format!("{} items", items.len())),
        }
    }
    items.truncate(most);
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
        (Body::Json(_, bytes), Some(expression)) => {
            interrupt::ends_the_process()?;
            jq::run(expression, bytes, output::as_it_comes)
        }
        // In a pipe, JSON goes through as it came.
        (Body::Json(_, bytes), None) if untouched(options) => {
            output::bytes(bytes)?;
            output::print(if bytes.ends_with(b"\n") { "" } else { "\n" })
        }
        (Body::Json(json, _), None) => output::value(json, options.output),
        (Body::Bytes(_), Some(_)) => Err(Failure::other("the answer is not JSON")),
        (Body::Bytes(bytes), None) if Look::of_stdout().terminal => {
            output::foreign(&String::from_utf8_lossy(bytes))
        }
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
    let mut ids: Vec<&str> = known
        .split("organization:")
        .skip(1)
        .filter_map(|rest| rest.get(..36))
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'))
        .collect();
    if ids.is_empty() {
        ids.push("UUID");
    }
    let line = |id: &&str| format!("\n  {}", scoped(std::env::args_os(), id));
    let lines: String = ids.iter().map(line).collect();
    let hint = format!("{known}{lines}");
    failure.hint(hint)
}

/// The command line as it was, with the organization in it, to be pasted into a shell.
fn scoped(arguments: impl Iterator<Item = OsString>, id: &str) -> String {
    let words = arguments.skip(1).map(|word| quoted(&word.to_string_lossy()));
    let mut words: Vec<_> = words.collect();
    let at = words.iter().position(|word| word == "api").map_or(0, |at| at + 1);
    words.insert(at, format!("--org {id}"));
    format!("keymoor {}", words.join(" "))
}

fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::scoped;

    #[test]
    fn the_very_command_is_repeated_as_a_shell_takes_it() {
        let words = ["/usr/bin/keymoor", "api", "-p", "work", "/x?a=b&c", "--jq", ".[] | 'it' x"];
        assert_eq!(
            scoped(words.iter().map(Into::into), "ID"),
            r"keymoor api --org ID -p work '/x?a=b&c' --jq '.[] | '\''it'\'' x'"
        );
    }
}

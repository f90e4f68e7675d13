//! `keymoor credential`: tokens for other tools, by their own protocols.

use std::{io::read_to_string, process::ExitCode, time::Duration};

use keymoor_client::Endpoints;

use super::{
    arguments::{Credential, Tool},
    credential::{DOCKER_NONE, GitRequest, docker, origin},
    failure::{Failure, Reason},
    output,
    session::Session,
    token::formats::Format,
};

/// A tool asks again at each use, and starts work with what it gets.
const AT_LEAST: Duration = Duration::from_mins(1);

pub(crate) fn run(options: &Credential) -> Result<ExitCode, Failure> {
    match options.tool {
        Tool::Kubectl => printed(options, Format::Kubectl),
        Tool::Aws => printed(options, Format::Aws),
        Tool::Git => git(options),
        Tool::Docker => for_docker(options),
    }
}

fn open(options: &Credential) -> Result<Session, Failure> {
    Session::open(&options.place, options.scoped.org.as_deref())
}

fn printed(options: &Credential, format: Format) -> Result<ExitCode, Failure> {
    let session = open(options)?;
    let token = session.token(AT_LEAST, false)?;
    output::print(&session.printed(&token, |printed| printed.text(format)))?;
    Ok(ExitCode::SUCCESS)
}

/// Git asks for any host; one that the token is not for gets no answer, and git goes on.
fn git(options: &Credential) -> Result<ExitCode, Failure> {
    let request = GitRequest::parse(&read_to_string(std::io::stdin().lock())?);
    if options.operation != "get" {
        return Ok(ExitCode::SUCCESS);
    }
    let session = open(options)?;
    let asked = request.origin().and_then(|text| origin(&text));
    if !may_have(&session.endpoints, options, asked.as_deref()) {
        return Ok(ExitCode::SUCCESS);
    }
    let token = session.token(AT_LEAST, false)?;
    output::print(&request.answer(token.expose(), token.expires_at().seconds()))?;
    Ok(ExitCode::SUCCESS)
}

fn for_docker(options: &Credential) -> Result<ExitCode, Failure> {
    match options.operation.as_str() {
        "get" => {}
        "list" => return output::print("{}\n").map(|()| ExitCode::SUCCESS),
        "store" | "erase" => {
            read_to_string(std::io::stdin().lock())?;
            return Ok(ExitCode::SUCCESS);
        }
        other => return Err(Failure::usage(format!("Docker has no operation {other:?}"))),
    }
    let input = read_to_string(std::io::stdin().lock())?;
    let (server, session) = (input.trim(), open(options)?);
    if !may_have(&session.endpoints, options, origin(server).as_deref()) {
        // Docker reads these words on standard output, and takes them for "there is none".
        output::print(&format!("{DOCKER_NONE}\n"))?;
        return Ok(ExitCode::from(Reason::Other as u8));
    }
    let token = session.token(AT_LEAST, false)?;
    output::print(&docker(server, token.expose()))?;
    Ok(ExitCode::SUCCESS)
}

/// The API's own origin, and those that the user listed.
fn may_have(endpoints: &Endpoints, options: &Credential, asked: Option<&str>) -> bool {
    let own = origin(&endpoints.api_base().origin().ascii_serialization());
    let listed = options.also_for.iter().filter_map(|text| origin(text));
    asked.is_some_and(|asked| own.into_iter().chain(listed).any(|fine| fine == asked))
}

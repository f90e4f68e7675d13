//! `keymoor doctor`: a sentence for each thing that can be wrong.

mod local;
mod network;

use serde_json::{Value, json};

use super::{
    arguments::Doctor,
    failure::{Failure, Reason},
    output,
    render::{Output, cell},
    session::{Session, block_on},
    terminal::Look,
    waiting::Waiting,
};

/// What was found of one thing.
pub(super) struct Finding {
    check: &'static str,
    state: State,
    sentence: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Good,
    /// Nothing to worry about, and worth knowing.
    Note,
    Bad(Reason),
}

impl Finding {
    pub(super) fn good(check: &'static str, sentence: impl Into<String>) -> Self {
        Self { check, state: State::Good, sentence: sentence.into() }
    }

    pub(super) fn note(check: &'static str, sentence: impl Into<String>) -> Self {
        Self { check, state: State::Note, sentence: sentence.into() }
    }

    pub(super) fn bad(check: &'static str, reason: Reason, sentence: impl Into<String>) -> Self {
        Self { check, state: State::Bad(reason), sentence: sentence.into() }
    }

    fn word(&self) -> &'static str {
        match self.state {
            State::Good => "ok",
            State::Note => "note",
            State::Bad(_) => "bad",
        }
    }
}

/// Looks at everything, and ends with the code of the first thing that is wrong.
pub(crate) fn run(options: &Doctor) -> Result<(), Failure> {
    let session = Session::open(&options.place, None)?;
    let mut findings = local::all(&session);
    let waiting = Waiting::begin("looking at the network");
    findings.extend(block_on(async { network::all(&session, options.path.as_deref()).await })?);
    drop(waiting);
    print(options, &findings)?;
    let wrong = findings.iter().find_map(|finding| match finding.state {
        State::Bad(reason) => Some((reason, finding.check)),
        _ => None,
    });
    match wrong {
        Some((reason, check)) => {
            Err(Failure::new(reason, format!("{check} is not as it should be")))
        }
        None => Ok(()),
    }
}

fn print(options: &Doctor, findings: &[Finding]) -> Result<(), Failure> {
    if Look::of_stdout().terminal && options.output.is_none()
        || options.output == Some(Output::Table)
    {
        let line = |one: &Finding| {
            format!("{:<5}{:<10}{}\n", one.word(), one.check, cell::plain(&one.sentence))
        };
        return output::print(&findings.iter().map(line).collect::<String>());
    }
    let rows = findings
        .iter()
        .map(|one| json!({ "check": one.check, "state": one.word(), "sentence": one.sentence }));
    output::value(&rows.collect::<Value>(), options.output)
}

//! What came of running a client.

use std::{
    collections::{BTreeSet, HashMap},
    process::Command,
    sync::{LazyLock, OnceLock},
};

use serde_json::Value;

use super::{CLIENT_CREDENTIALS, CLIENTS, Client, Program, World, examples, peers, wrong};
use crate::process::{run, text};

/// What a client was seen doing, with and without an organization's scope.
pub(super) struct Outcome {
    pub(super) did: BTreeSet<String>,
    /// What it said, if it did not work.
    pub(super) failure: Option<String>,
}

/// Runs the client of that name with that grant, once for all tests that ask.
pub(super) fn outcome(name: &str, grant: &str) -> &'static Outcome {
    type Outcomes = HashMap<(&'static str, &'static str), OnceLock<Outcome>>;
    static OUTCOMES: LazyLock<Outcomes> = LazyLock::new(|| {
        let row = |client: &Client| ((client.name, client.grant), OnceLock::new());
        CLIENTS.iter().map(row).collect()
    });
    let client = CLIENTS.iter().find(|client| client.name == name && client.grant == grant);
    let client = client.unwrap();
    OUTCOMES[&(client.name, client.grant)].get_or_init(|| match try_out(client) {
        Ok(did) => Outcome { did, failure: None },
        Err(failure) => Outcome { did: BTreeSet::new(), failure: Some(failure) },
    })
}

/// The client works: it got tokens, and whatever else it noted held.
pub(super) fn works(name: &str) {
    works_by(name, CLIENT_CREDENTIALS);
}

/// The same with another grant.
pub(super) fn works_by(name: &str, grant: &str) {
    let outcome = outcome(name, grant);
    assert!(outcome.failure.is_none(), "{name}: {}", outcome.failure.as_deref().unwrap());
    assert!(outcome.did.contains("token"), "{name} got no token");
}

fn try_out(client: &Client) -> Result<BTreeSet<String>, String> {
    match client.program {
        Program::Script(file) => noted(client.grant, || peers::program(file)),
        Program::Built(path) => noted(client.grant, || Command::new(peers::place().join(path))),
        Program::Example(interpreter, file) => example(interpreter, file),
        Program::Syntax(file) => {
            let mut command = Command::new("php");
            command.arg("-l").arg(examples::folder().join(file));
            finished(command).map(|_| BTreeSet::new())
        }
    }
}

/// What the program notes of itself both times, without and with an organization's scope.
fn noted(grant: &str, program: impl Fn() -> Command) -> Result<BTreeSet<String>, String> {
    let world = World::start();
    let application = if grant == CLIENT_CREDENTIALS { Vec::new() } else { world.register()? };
    let scope = format!("organization:{}", world.organization);
    let ask = |scope: Option<&str>| {
        let mut command = world.tell(program());
        command.envs(application.iter().map(|(name, value)| (name, value)));
        command.envs(scope.map(|scope| ("KEYMOOR_SCOPE", scope)));
        let told = finished(command)?;
        let said: Value =
            serde_json::from_str(&told).map_err(|error| format!("{error}: {told}"))?;
        let did = said["did"].as_array().ok_or_else(|| told.clone())?;
        Ok::<_, String>(did.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let (without, with): (BTreeSet<_>, BTreeSet<_>) = (ask(None)?, ask(Some(&scope))?);
    Ok(without.intersection(&with).cloned().collect())
}

/// What an example does: it calls with a token, and repeats the two refusals.
fn example(interpreter: &str, file: &str) -> Result<BTreeSet<String>, String> {
    let world = World::start();
    let command = || {
        let mut command = Command::new(interpreter);
        command.arg(examples::folder().join(file));
        examples::tell(&world, command)
    };
    let mut did: BTreeSet<_> = ["token", "call"].map(str::to_owned).into();
    let mut scoped = command();
    scoped.env("KEYMOOR_ORGANIZATION", &world.organization);
    for command in [command(), scoped] {
        let told = finished(command)?;
        if !told.contains("Account ada@example.com\n") {
            return Err(told);
        }
    }
    let refused = [
        ("invalid_client", "KEYMOOR_SECRET", wrong(&world.api_token.secret)),
        ("invalid_scope", "KEYMOOR_ORGANIZATION", "00000000-0000-4000-8000-000000000000".into()),
    ];
    for (code, name, value) in refused {
        let mut command = command();
        command.env(name, value);
        let told = finished(command).err().ok_or("it was let in")?;
        if !told.contains(code) {
            return Err(told);
        }
        did.insert(code.to_owned());
    }
    Ok(did)
}

/// What the command printed, or all that it said if it failed.
pub(super) fn finished(command: Command) -> Result<String, String> {
    let output = run(command, "");
    let told = text(&output.stdout);
    if output.status.success() { Ok(told) } else { Err(format!("{told}{}", text(&output.stderr))) }
}

//! The example authentication scripts under `examples/`, each run as it stands.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::{World, peers, wrong};
use crate::process::{admin_json, curl, run, text};

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// `command` with what every example reads, and nothing of this environment's settings.
pub(super) fn tell(world: &World, mut command: Command) -> Command {
    for name in ["KEYMOOR_ORGANIZATION", "OAUTHLIB_INSECURE_TRANSPORT"] {
        command.env_remove(name);
    }
    command.env("KEYMOOR_SERVER", &world.server.url);
    command.env("KEYMOOR_KEY", &world.api_token.key);
    command.env("KEYMOOR_SECRET", &world.api_token.secret);
    command
}

/// The six, each as its comment says to run it.
fn examples() -> Vec<(&'static str, Command)> {
    // Node looks for libraries beside the program.
    let node = peers::place().join("auth.mjs");
    fs::copy(folder().join("auth.mjs"), &node).unwrap();
    let with = |program: PathBuf, file: PathBuf| {
        let mut command = Command::new(program);
        command.arg(file);
        command
    };
    vec![
        ("shell", with("sh".into(), folder().join("auth.sh"))),
        ("PHP", with("php".into(), folder().join("auth.php"))),
        ("Python", with(peers::python(), folder().join("auth.py"))),
        ("Node", with(peers::place().join("node"), node)),
        ("Go", Command::new(peers::place().join("go/auth"))),
        ("Rust", Command::new(peers::place().join("rust/debug/example"))),
    ]
}

/// Runs every example with these settings besides.
fn each(world: &World, settings: &[(&str, &str)], look: impl Fn(&str, &Output)) {
    for (name, command) in examples() {
        let mut command = tell(world, command);
        command.envs(settings.iter().copied());
        look(name, &run(command, ""));
    }
}

#[test]
fn each_example_shows_the_account_its_tokens_and_the_organization() {
    let world = World::start();
    let token = format!("API token {} script", world.api_token.key);
    each(&world, &[("KEYMOOR_ORGANIZATION", &world.organization)], |name, output| {
        let told = text(&output.stdout);
        let lines: Vec<_> = told.lines().collect();
        let expected = ["Account ada@example.com", token.as_str(), "Organization Works"];
        assert_eq!(lines, expected, "{name}: {}", text(&output.stderr));
    });
}

#[test]
fn each_example_says_in_a_line_what_is_wrong_without_the_secret() {
    let world = World::start();
    let wrong = wrong(&world.api_token.secret);
    let foreign = "00000000-0000-4000-8000-000000000000";
    for (setting, expected) in [
        (("KEYMOOR_SECRET", wrong.as_str()), "invalid_client: "),
        (("KEYMOOR_ORGANIZATION", foreign), "invalid_scope: "),
        (("KEYMOOR_KEY", ""), "Set KEYMOOR_KEY"),
    ] {
        each(&world, &[setting], |name, output| {
            let told = text(&output.stderr);
            assert_eq!(output.status.code().map(|code| code != 0), Some(true), "{name}");
            assert!(told.contains(expected) && told.lines().count() == 1, "{name}: {told}");
            let secret = told.contains(&world.api_token.secret) || told.contains(&wrong);
            assert!(!secret && output.stdout.is_empty(), "{name}: {told}");
        });
    }
}

#[test]
fn each_example_asks_for_one_token_while_it_lasts_and_for_a_new_one_when_it_does_not() {
    let world = World::start();
    let count = |settings: &[(&str, &str)]| {
        let mut counts = Vec::new();
        for (name, command) in examples() {
            let before = issued(&world);
            let mut command = tell(&world, command);
            command.envs(settings.iter().copied());
            let output = run(command, "");
            assert!(output.status.success(), "{name}: {}", text(&output.stderr));
            counts.push((name, issued(&world) - before));
        }
        counts
    };
    assert!(count(&[]).iter().all(|(_, times)| *times == 1), "{:?}", count(&[]));
    // Shorter than any margin: each of the two calls needs one of its own.
    let create = ["token", "create", "--email", "ada@example.com", "--label", "brief"];
    let create = [&create[..], &["--token-life", "5"]].concat();
    let brief = admin_json(world.server.path(), &create, "");
    let field = |name: &str| brief[name].as_str().unwrap();
    let settings = [("KEYMOOR_KEY", field("api_key")), ("KEYMOOR_SECRET", field("api_secret"))];
    let counts = count(&settings);
    assert!(counts.iter().all(|(_, times)| *times == 2), "{counts:?}");
}

/// How many tokens the server has issued.
fn issued(world: &World) -> u64 {
    let socket = world.server.path().join("admin.sock");
    let socket = socket.to_str().unwrap();
    let metrics = curl(&["--unix-socket", socket, "http://localhost/metrics"]);
    let metrics = text(&metrics.stdout);
    let line = metrics.lines().find_map(|line| line.strip_prefix("keymoor_tokens_issued_total "));
    line.unwrap().parse().unwrap()
}

#[test]
fn no_example_has_the_secret_on_a_command_line_of_its_own() {
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        let source = fs::read_to_string(&path).unwrap();
        for forbidden in ["--data \"client_secret", "-u \"$", "argv", "os.Args", "env::args"] {
            assert!(!source.contains(forbidden), "{}: {forbidden}", path.display());
        }
    }
}

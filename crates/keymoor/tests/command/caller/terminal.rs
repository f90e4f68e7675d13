//! On a terminal, which `script` of util-linux plays.

use std::process::Command;

use super::{
    super::process::{run, text},
    world::{Caller, world},
};

/// What a person sees.
fn seen(caller: &Caller, line: &str, no_colour: bool) -> String {
    let mut command = Command::new("script");
    let line = line.replace("keymoor", env!("CARGO_BIN_EXE_keymoor"));
    command.args(["-qec", &line, "/dev/null"]).env("HOME", caller.home.path()).env("TERM", "xterm");
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME").env_remove("NO_COLOR");
    if no_colour {
        command.env("NO_COLOR", "1");
    }
    text(&run(command, "").stdout)
}

#[test]
fn a_person_sees_a_table_and_a_pipe_gets_json() {
    let (_server, _, caller) = world();
    let table = seen(&caller, "keymoor api /account/tokens", false);
    assert!(table.contains("\u{1b}[1muuid"), "{table}");
    let plain = seen(&caller, "keymoor api /account/tokens", true);
    assert!(plain.contains("uuid") && !plain.contains('\u{1b}'), "{plain}");
    let piped = caller.json(&["api", "/account/tokens"]);
    assert_eq!(piped["total"], 1);
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let (code, told) = Caller::new().fails(&["login", "--acquia"]);
    assert_eq!(code, 2);
    assert!(told.contains("--secret-stdin"), "{told}");
}

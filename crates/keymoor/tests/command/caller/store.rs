//! Where the secret is kept: the system's store if there is one, else a file.

#[cfg(feature = "os-store")]
use std::process::Command;
use std::process::Output;

use super::{
    super::process::{run, text},
    scripted::{Scripted, client},
    world::Caller,
};

/// A login whose secret may go to `store`, without a Secret Service.
fn login(caller: &Caller, server: &Scripted, store: &str) -> Output {
    let known = client();
    let login = ["login", "--no-check", "--server", &server.url, "--key", &known.key];
    let mut command = caller.command(&[&login[..], &["--secret-stdin"]].concat());
    command.env("KEYMOOR_SECRET_STORE", store);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    run(command, &known.secret)
}

#[test]
fn without_a_secret_service_the_secret_goes_into_a_file_and_that_is_told() {
    let (server, caller) = (Scripted::with(Scripted::behaviour(300)), Caller::new());
    let output = login(&caller, &server, "auto");
    let told = text(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert_eq!(told.contains("cannot be used"), cfg!(feature = "os-store"), "{told}");
    assert!(told.contains("secrets/default, which only you can read"), "{told}");
    assert_eq!(caller.said(&["token"]), "token-number-0\n");
}

#[test]
fn s95_who_wants_the_systems_store_and_no_other_gets_no_file() {
    let (server, caller) = (Scripted::with(Scripted::behaviour(300)), Caller::new());
    let output = login(&caller, &server, "system");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    assert!(!caller.home.path().join(".config/keymoor/secrets/default").exists());
    assert_eq!(login(&caller, &server, "elsewhere").status.code(), Some(2));
}

/// What is done with a Secret Service that was unlocked, as a script. KEYMOOR is the command. The
/// service takes its name on the bus after it has gone into the background: who asks before that
/// has the bus start a second one, which is locked.
#[cfg(feature = "os-store")]
fn with_a_secret_service(caller: &Caller, server: &Scripted, script: &str) -> String {
    let begin = "set -e\nprintf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null\n\
                 there() { dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
                 org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets \
                 | grep -q 'boolean true'; }\n\
                 for _ in $(seq 600); do ! there || break; sleep 0.1; done; there\n\
                 unset XDG_RUNTIME_DIR\n\
                 login() { printf %s \"$SECRET\" | \"$KEYMOOR\" login --no-check \
                 --server \"$SERVER\" --key \"$KEY\" --secret-stdin; }\n";
    let known = client();
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "bash", "-c", &format!("{begin}{script}")]);
    for name in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "DISPLAY"] {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars() {
        if ["KEYMOOR_", "ACLI_", "AH_"].iter().any(|beginning| name.starts_with(beginning)) {
            command.env_remove(name);
        }
    }
    command.env("HOME", caller.home.path()).env("KEYMOOR", env!("CARGO_BIN_EXE_keymoor"));
    command.env("SERVER", &server.url).env("KEY", &known.key).env("SECRET", &known.secret);
    let output = run(command, "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[cfg(feature = "os-store")]
#[test]
fn s95_with_a_secret_service_the_secret_is_in_no_file() {
    let (server, caller) = (Scripted::with(Scripted::behaviour(300)), Caller::new());
    let script = "login; \"$KEYMOOR\" token; \"$KEYMOOR\" status --offline | grep -o 'secret in.*'\n\
                  grep -rl \"$SECRET\" \"$HOME\" || echo in no file";
    let said = with_a_secret_service(&caller, &server, script);
    let expected = "token-number-0\nsecret in the system's secret store\"\nin no file\n";
    assert_eq!(said, expected);
}

#[cfg(feature = "os-store")]
#[test]
fn a_cached_token_is_found_without_the_store() {
    let (server, caller) = (Scripted::with(Scripted::behaviour(300)), Caller::new());
    let script = "login; \"$KEYMOOR\" token\n\
                  export DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere\n\
                  \"$KEYMOOR\" token; \"$KEYMOOR\" token --fresh || echo $?";
    let said = with_a_secret_service(&caller, &server, script);
    assert_eq!(said, "token-number-0\ntoken-number-0\n4\n");
}

#[cfg(feature = "os-store")]
#[test]
fn a_secret_moves_between_the_store_and_a_file_and_logout_removes_it_from_either() {
    let (server, caller) = (Scripted::with(Scripted::behaviour(300)), Caller::new());
    let script = "file=$HOME/.config/keymoor/secrets/default\n\
                  where() { if [ -e \"$file\" ]; then echo file; else echo no file; fi; }\n\
                  login; where; KEYMOOR_SECRET_STORE=file login; where; login; where\n\
                  \"$KEYMOOR\" token --fresh; \"$KEYMOOR\" logout; login; \"$KEYMOOR\" logout; where\n\
                  \"$KEYMOOR\" token || echo $?";
    let said = with_a_secret_service(&caller, &server, script);
    assert_eq!(said, "no file\nfile\nno file\ntoken-number-0\nno file\n4\n");
}

#[cfg(feature = "os-store")]
#[test]
fn a_profile_that_a_crash_left_behind_its_store_is_mended() {
    let (server, caller) = (Scripted::with(Scripted::behaviour(300)), Caller::new());
    let script = "profiles=$HOME/.config/keymoor/profiles.json\n\
                  login; cp \"$profiles\" \"$HOME/right\"\n\
                  sed -i -e \"s/$KEY/an-older-key/\" -e 's/sha256\": \"..../sha256\": \"AAAA/' \"$profiles\"\n\
                  cmp -s \"$profiles\" \"$HOME/right\" && echo unchanged\n\
                  \"$KEYMOOR\" token; \"$KEYMOOR\" token; cmp \"$profiles\" \"$HOME/right\" && echo mended\n\
                  rm \"$HOME/right\"";
    let said = with_a_secret_service(&caller, &server, script);
    assert_eq!(said, "token-number-0\ntoken-number-0\nmended\n");
}

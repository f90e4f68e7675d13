//! What a wrong secret costs, in instructions: the same, whatever is wrong with it.

use std::{env, path::PathBuf, process::Command};

/// The example beside this test binary, built with it.
fn example() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.parent().and_then(|deps| deps.parent()).unwrap().join("examples/authenticate_once")
}

fn instructions(case: &str) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=keymoor_core::authenticate::authenticate")
        .arg(example())
        .arg(case)
        .output()
        .expect("valgrind is installed");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let count = log.lines().find_map(|line| line.split("Collected :").nth(1));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or_else(|| panic!("{log}"))
}

#[test]
fn s16_wrong_unknown_short_and_nearly_right_secrets_cost_the_same() {
    let wrong = instructions("wrong");
    assert!(wrong > 1000, "nothing was counted: {wrong}");
    for case in ["unknown", "short", "long", "nearly"] {
        assert_eq!(instructions(case), wrong, "{case}");
    }
}

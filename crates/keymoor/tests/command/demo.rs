use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::process::{keymoor, run, text};

#[test]
fn the_demo_checks_itself_and_reads_well() {
    let mut command = keymoor();
    command.args(["demo", "--check"]);
    let output = run(command, "");
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}{}", text(&output.stderr));
    assert!(told.ends_with("steps hold.\n"), "{told}");
    assert!(!told.contains('✗') && told.matches('✓').count() >= 12, "{told}");
}

#[test]
fn the_demo_prints_lines_that_work_when_they_are_pasted() {
    let mut child = keymoor().arg("demo").stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let told: Vec<String> = lines.take_while(|line| !line.starts_with("`keymoor demo")).collect();
    let pasted: Vec<&str> = told.iter().map(|line| line.trim()).collect();
    let commands: Vec<&str> = pasted
        .into_iter()
        .filter(|line| line.starts_with("curl ") || line.starts_with("TOKEN="))
        .collect();
    let script = commands.join(
        "; echo
",
    );
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &script]);
    let output = text(&run(shell, "").stdout);
    child.kill().unwrap();
    child.wait().unwrap();
    let expected = [
        "\"token_type\":\"Bearer\"",
        "\"hello\"",
        "reports",
        "additional_authentication_required",
        "invalid_scope",
        "has been revoked",
        "invalid_token",
    ];
    let mut rest = output.as_str();
    for part in expected {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} does not follow in:\n{output}"));
        rest = &rest[at..];
    }
}

#[test]
fn the_demo_stays_on_this_machine() {
    let mut command = keymoor();
    command.args(["demo", "--listen", "0.0.0.0:0"]);
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("loopback only"));
}

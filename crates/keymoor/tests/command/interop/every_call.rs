//! schemathesis calls everything that openapi.json describes.

use super::{World, peers};
use crate::process::{run, text};

/// So many cases for an operation, besides those that its schema's edges give.
const EXAMPLES: &str = "3";

#[test]
fn schemathesis_finds_no_fault_in_any_call() {
    let world = World::start();
    let mut command = world.tell(peers::program("every_call.py"));
    command.args([EXAMPLES, "1"]);
    let output = run(command, "");
    let told = text(&output.stdout);
    let faults = told.split("= FAILURES =").nth(1).unwrap_or(&told);
    assert!(output.status.success(), "{faults}{}", text(&output.stderr));
    let all = told.lines().find_map(|line| line.trim().strip_prefix("Tested: "));
    let selected = told.lines().find_map(|line| line.trim().strip_prefix("Selected: "));
    let all = all.unwrap();
    assert_eq!(selected, Some(&*format!("{all}/{all}")), "{told}");
}

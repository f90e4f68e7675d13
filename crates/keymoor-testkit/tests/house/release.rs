use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

use super::graph::root;

fn said(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn s105_the_list_of_parts_names_every_crate_of_the_program() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sbom.json");
    said(Command::new(root().join("release/sbom")).arg(&file));
    let list: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((&list["bomFormat"], &list["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    let field = |part: &Value, name: &str| part[name].as_str().unwrap().to_owned();
    let parts = list["components"].as_array().unwrap();
    let listed: BTreeSet<_> =
        parts.iter().map(|part| (field(part, "name"), field(part, "version"))).collect();
    let shape = ["--prefix", "none", "--format", "{p}", "--edges", "normal", "--all-features"];
    let tree = said(Command::new("cargo").args(["tree", "--locked", "-p", "keymoor"]).args(shape));
    // The first is the program itself, which the list is about.
    for line in tree.lines().skip(1) {
        let mut words = line.split(' ');
        let (name, version) = (words.next().unwrap(), words.next().unwrap());
        let part = (name.to_owned(), version.trim_start_matches('v').to_owned());
        assert!(name == "keymoor" || listed.contains(&part), "{line} is not listed");
    }
    assert!(tree.lines().count() > 100, "the crates were asked for");
}

#[test]
fn s105_the_program_is_built_alike_in_two_places() {
    said(Command::new(root().join("release/reproducible")).arg("--quick"));
}

use std::{fs, path::Path};

use super::graph::{members, root};

/// Calls `look` with each Rust file of the workspace and of the fuzz targets.
fn each_source(folder: &Path, look: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let skipped = path.ends_with("target") || path.ends_with("node_modules");
        if path.is_dir() && !skipped {
            each_source(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn no_lint_is_switched_off_without_a_reason_and_nothing_is_left_to_do() {
    // Put together here, so that this file does not hold what it looks for.
    let unwanted =
        [["#[al", "low("], ["#![al", "low("], ["TO", "DO"], ["FIX", "ME"], ["todo", "!("]];
    let unwanted = unwanted.map(|parts| parts.concat());
    let mut files = 0;
    each_source(&root().join("crates"), &mut |path, text| {
        files += 1;
        for words in &unwanted {
            assert!(!text.contains(words.as_str()), "{words} in {}", path.display());
        }
    });
    assert!(files > 50, "the sources were looked at");
}

#[test]
fn s105_own_code_has_no_unsafe() {
    for member in members() {
        let manifest = fs::read_to_string(&member.manifest_path).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}", member.name);
    }
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""));
}

#[test]
fn every_crate_repeats_the_bans_of_the_root() {
    let bans = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.contains("path = ")).map(str::to_owned).collect()
    };
    let shared = bans(&fs::read_to_string(root().join("clippy.toml")).unwrap());
    assert!(!shared.is_empty());
    for member in members() {
        let own = member.manifest_path.with_file_name("clippy.toml");
        let own = bans(&fs::read_to_string(&own).unwrap());
        for ban in &shared {
            assert!(own.contains(ban), "{} lacks {ban}", member.name);
        }
    }
}

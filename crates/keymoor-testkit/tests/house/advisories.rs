use std::{env, path::PathBuf};

use rustsec::{
    Database, Lockfile,
    report::{Report, Settings},
};

use super::graph::root;

/// Advisories that do not concern Keymoor, each with the reason.
const IGNORED: [(&str, &str); 1] = [(
    "RUSTSEC-2023-0071",
    "rsa leaks private keys by timing; webauthn-rs only verifies signatures of passkeys with it",
)];

fn database() -> Option<Database> {
    let place = env::var_os("KEYMOOR_ADVISORY_DB").map(PathBuf::from);
    let place = place.unwrap_or_else(|| root().join("../shared/advisory-db"));
    place.exists().then(|| Database::open(&place).unwrap())
}

/// What is known against the packages of a lock file, one text each.
fn findings(database: &Database, lock: &Lockfile) -> Vec<String> {
    let report = Report::generate(database, lock, &Settings::default());
    let known = report.vulnerabilities.list.iter().map(|found| (&found.advisory, &found.package));
    let ignored = |id: &str| IGNORED.iter().any(|(known, _)| *known == id);
    known
        .filter(|(advisory, _)| !ignored(advisory.id.as_str()))
        .map(|(advisory, package)| {
            format!("{} in {}: {}", advisory.id, package.name, advisory.title)
        })
        .chain(unsound(&report))
        .collect()
}

fn unsound(report: &Report) -> Vec<String> {
    let kinds = report.warnings.iter();
    let unsound = kinds.filter(|(kind, _)| kind.as_str() == "unsound").flat_map(|(_, list)| list);
    unsound
        .map(|warning| format!("unsound: {} {}", warning.package.name, warning.package.version))
        .collect()
}

#[test]
fn s104_no_dependency_has_a_known_advisory() {
    let Some(database) = database() else {
        assert!(env::var_os("CI").is_none(), "CI is set, and there is no advisory database");
        println!("NOT CHECKED: there is no advisory database; name one by KEYMOOR_ADVISORY_DB");
        return;
    };
    let lock = Lockfile::load(root().join("Cargo.lock")).unwrap();
    assert!(lock.packages.len() > 100, "the lock file was looked at");
    let found = findings(&database, &lock);
    assert!(found.is_empty(), "update or replace:\n{}", found.join("\n"));
}

#[test]
fn s104_a_known_advisory_is_seen() {
    let Some(database) = database() else {
        assert!(env::var_os("CI").is_none(), "CI is set, and there is no advisory database");
        return;
    };
    let source = "registry+https://github.com/rust-lang/crates.io-index";
    let lock = format!(
        "version = 4\n\n[[package]]\nname = \"time\"\nversion = \"0.1.40\"\nsource = \"{source}\"\n"
    );
    let found = findings(&database, &lock.parse().unwrap());
    assert!(found.iter().any(|text| text.starts_with("RUSTSEC-2020-0071")), "{found:?}");
}

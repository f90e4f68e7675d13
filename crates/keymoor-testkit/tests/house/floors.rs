use super::graph::{direct, members, metadata};

/// A crate, the siblings it may import, and what it may never import (DESIGN.md §8).
type Floor = (&'static str, &'static [&'static str], &'static [&'static str]);

const IO: &[&str] = &[
    "tokio",
    "tokio-util",
    "async-trait",
    "futures",
    "axum",
    "axum-server",
    "hyper",
    "hyper-util",
    "tower",
    "sqlx",
    "reqwest",
    "moka",
    "tracing",
    "jiff",
    "chrono",
    "time",
    "rand",
    "getrandom",
];
const HTTP: &[&str] = &["http", "axum", "axum-server", "hyper", "hyper-util", "reqwest", "tower"];
const DRIVERS: &[&str] = &["sqlx", "sqlx-core", "sqlx-sqlite", "sqlx-postgres", "libsqlite3-sys"];
const DRIVERS_AND_CLIENT: &[&str] =
    &["sqlx", "sqlx-core", "sqlx-sqlite", "sqlx-postgres", "libsqlite3-sys", "reqwest"];

/// For a program that only calls APIs.
const DRIVERS_AND_SERVERS: &[&str] = &[
    "sqlx",
    "sqlx-core",
    "sqlx-sqlite",
    "sqlx-postgres",
    "libsqlite3-sys",
    "axum",
    "axum-server",
    "hyper",
];

const FLOORS: [Floor; 8] = [
    ("keymoor-core", &[], IO),
    ("keymoor-sso", &["keymoor-core"], DRIVERS),
    ("keymoor-store", &["keymoor-core"], HTTP),
    ("keymoor-guard", &["keymoor-core"], DRIVERS),
    ("keymoor-client", &["keymoor-core"], DRIVERS_AND_SERVERS),
    (
        "keymoor-server",
        &["keymoor-core", "keymoor-store", "keymoor-sso", "keymoor-guard"],
        DRIVERS_AND_CLIENT,
    ),
    (
        "keymoor",
        &[
            "keymoor-core",
            "keymoor-sso",
            "keymoor-store",
            "keymoor-guard",
            "keymoor-server",
            "keymoor-client",
        ],
        DRIVERS,
    ),
    ("keymoor-testkit", &["keymoor-core"], DRIVERS_AND_CLIENT),
];

#[test]
fn every_crate_has_its_floor() {
    for member in members() {
        let known = FLOORS.iter().any(|(name, ..)| *name == member.name.as_str());
        assert!(known, "{} is not in the table of floors: say what it may import", member.name);
    }
}

#[test]
fn no_crate_imports_what_its_floor_forbids() {
    for member in members() {
        let name = member.name.as_str();
        let (_, siblings, forbidden) = FLOORS.iter().find(|(floor, ..)| *floor == name).unwrap();
        for dependency in direct(&member.id) {
            let imported = dependency.name.as_str();
            let sibling = metadata().workspace_members.contains(&dependency.id);
            assert!(!sibling || siblings.contains(&imported), "{name} may not import {imported}");
            assert!(!forbidden.contains(&imported), "{name} may never import {imported}");
        }
    }
}

#[test]
fn the_server_does_without_the_guards_http_client() {
    let server = members().into_iter().find(|member| member.name.as_str() == "keymoor-server");
    let guard = server.unwrap().dependencies.iter().find(|dep| dep.name == "keymoor-guard");
    assert!(!guard.unwrap().features.contains(&"remote".to_owned()));
}

//! docs/interop.md says what was just seen.

use std::{fmt::Write, fs, path::PathBuf};

use serde_json::Value;

use super::{CLIENTS, Client, From, Program, outcome, peers};

const BEGIN: &str = "<!-- what the tests saw -->\n";
const END: &str = "<!-- until here -->\n";

/// What a client can do, in the words of its notes, and the heading.
const COLUMNS: [(&str, &str); 7] = [
    ("token", "token"),
    ("call", "call"),
    ("refreshed", "refreshes"),
    ("invalid_client", "told `invalid_client`"),
    ("invalid_scope", "told `invalid_scope`"),
    ("verified", "verifies the signature"),
    ("other_iss", "refuses another `iss`"),
];

/// The version that the tests pin; a dash where the machine's release decides.
fn version(client: &Client) -> String {
    let read = |file: &str| fs::read_to_string(peers::folder().join(file)).unwrap();
    match client.from {
        From::Pypi => {
            let pins = read("requirements.txt");
            let pin = pins.lines().find_map(|line| {
                line.strip_prefix(client.name).and_then(|rest| rest.strip_prefix("=="))
            });
            pin.unwrap().to_owned()
        }
        From::Npm => {
            let lock: Value = serde_json::from_str(&read("package-lock.json")).unwrap();
            let package = &lock["packages"][format!("node_modules/{}", client.name)];
            package["version"].as_str().unwrap().to_owned()
        }
        From::Crates => {
            let lock = read("rust/Cargo.lock");
            let (_, rest) = lock.split_once(&format!("name = \"{}\"\n", client.name)).unwrap();
            rest.split('"').nth(1).unwrap().to_owned()
        }
        From::Debian(_) | From::Packagist => "–".to_owned(),
    }
}

fn origin(client: &Client) -> String {
    match client.from {
        From::Pypi => "PyPI".to_owned(),
        From::Npm => "npm".to_owned(),
        From::Crates => "crates.io".to_owned(),
        From::Debian(package) => format!("Debian: {package}"),
        From::Packagist => "Packagist".to_owned(),
    }
}

fn row(client: &Client) -> String {
    let outcome = outcome(client.name, client.grant);
    let result = match (client.program, &outcome.failure) {
        (_, Some(_)) => "fails",
        (Program::Syntax(_), None) => "syntax checked, not run",
        _ => "works",
    };
    let cells = COLUMNS.map(|(did, _)| if outcome.did.contains(did) { "yes" } else { "–" });
    let (version, origin) = (version(client), origin(client));
    let line = format!("| {} | {version} | {origin} | {} |", client.name, client.grant);
    format!("{line} {} | {result} |\n", cells.join(" | "))
}

fn table() -> String {
    let titles = COLUMNS.map(|(_, title)| title);
    let mut table =
        format!("| client | version | from | grant | {} | result |\n", titles.join(" | "));
    writeln!(table, "|{}", "---|".repeat(titles.len() + 5)).unwrap();
    table.extend(CLIENTS.iter().map(row));
    table
}

/// Set `KEYMOOR_WRITE_DOCS` to have it written.
#[test]
fn docs_interop_says_what_was_just_seen() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/interop.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    let seen = table();
    let rows = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("interop.md");
    fs::write(&rows, &seen).unwrap();
    if std::env::var_os("KEYMOOR_WRITE_DOCS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{seen}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(shown, seen, "docs/interop.md is not what was seen, which is in {}", rows.display());
}

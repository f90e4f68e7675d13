use std::process::Command;

use semver::Version;

use super::graph::{root, shipped};

/// The oldest versions without a known fault that matters here.
const FLOORS: [(&str, &str); 5] = [
    ("h2", "0.4.16"),
    ("rustls-webpki", "0.103.13"),
    ("aws-lc-sys", "0.39.0"),
    ("jsonwebtoken", "10.3.0"),
    ("axum-server", "0.9.0"),
];

/// A second crypto or TLS stack, or a tool that a fresh machine does not have.
const UNWANTED: [&str; 8] = [
    "ring",
    "openssl",
    "openssl-sys",
    "native-tls",
    "cmake-rs",
    "bindgen",
    "prost-build",
    "nasm-rs",
];

#[test]
fn no_crate_is_older_than_its_floor() {
    for package in shipped() {
        let floor = FLOORS.iter().find(|(name, _)| *name == package.name.as_str());
        if let Some((name, oldest)) = floor {
            let oldest: Version = oldest.parse().unwrap();
            assert!(package.version >= oldest, "{name} {} is older than {oldest}", package.version);
        }
    }
}

#[test]
fn the_floors_are_of_crates_that_are_there() {
    let names: Vec<_> = shipped().iter().map(|package| package.name.as_str()).collect();
    for name in ["h2", "rustls-webpki", "aws-lc-sys"] {
        assert!(names.contains(&name), "{name}");
    }
}

/// The names that `cargo tree` prints. Unlike the metadata, it leaves out optional dependencies
/// that a feature only mentions.
fn built() -> Vec<String> {
    let tree = ["tree", "--workspace", "--all-features", "--locked", "--prefix", "none"];
    let output = Command::new(env!("CARGO"))
        .args(tree)
        .args(["--edges", "normal,build", "--format", "{p}"])
        .current_dir(root())
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn there_is_one_crypto_stack() {
    let built = built();
    assert!(built.iter().any(|name| name == "aws-lc-rs"), "the tree was looked at");
    for name in built {
        assert!(!UNWANTED.contains(&name.as_str()), "{name} is built");
    }
}

use std::collections::HashSet;

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand};

use super::graph::root;

/// What `cargo build -p keymoor --no-default-features --features client` links, by name.
fn light() -> HashSet<String> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("crates/keymoor/Cargo.toml"))
        .features(CargoOpt::NoDefaultFeatures)
        .features(CargoOpt::SomeFeatures(vec!["client".to_owned()]))
        .other_options(
            ["--filter-platform", "x86_64-unknown-linux-gnu", "--locked"].map(str::to_owned),
        )
        .exec()
        .unwrap();
    reached(&metadata)
}

fn reached(metadata: &Metadata) -> HashSet<String> {
    let nodes = &metadata.resolve.as_ref().unwrap().nodes;
    let binary = metadata.packages.iter().find(|package| package.name.as_str() == "keymoor");
    let mut open = vec![binary.unwrap().id.clone()];
    let mut seen = HashSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let node = nodes.iter().find(|node| node.id == id).unwrap();
        let linked = node
            .deps
            .iter()
            .filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
        open.extend(linked.map(|dep| dep.pkg.clone()));
    }
    seen.iter().map(|id| metadata[id].name.to_string()).collect()
}

#[test]
fn a_build_for_callers_has_no_server_and_no_database_in_it() {
    let linked = light();
    for expected in ["keymoor-client", "reqwest", "clap"] {
        assert!(linked.contains(expected), "the graph was looked at: {expected}");
    }
    for unwanted in
        ["axum", "sqlx", "sqlx-core", "libsqlite3-sys", "keymoor-server", "keymoor-store"]
    {
        assert!(!linked.contains(unwanted), "{unwanted} is linked into the build for callers");
    }
}

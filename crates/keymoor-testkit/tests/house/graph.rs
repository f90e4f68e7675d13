//! The resolved dependencies of the workspace, as cargo tells them.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The metadata with every feature on, for the platform that is served.
pub(crate) fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        let platform = ["--filter-platform", "x86_64-unknown-linux-gnu", "--locked"];
        MetadataCommand::new()
            .manifest_path(root().join("Cargo.toml"))
            .features(cargo_metadata::CargoOpt::AllFeatures)
            .other_options(platform.map(str::to_owned))
            .exec()
            .unwrap()
    })
}

pub(crate) fn members() -> Vec<&'static Package> {
    metadata().workspace_packages()
}

/// The packages that `package` depends on directly, tests left out.
pub(crate) fn direct(package: &PackageId) -> Vec<&'static Package> {
    let node = metadata().resolve.as_ref().unwrap().nodes.iter().find(|node| node.id == *package);
    let shipped = |kind: &cargo_metadata::DepKindInfo| kind.kind != DependencyKind::Development;
    let deps = node.unwrap().deps.iter().filter(|dep| dep.dep_kinds.iter().any(shipped));
    deps.map(|dep| &metadata()[&dep.pkg]).collect()
}

/// Everything that is shipped: the members and what they need, directly or not, tests left out.
pub(crate) fn shipped() -> Vec<&'static Package> {
    let mut seen: HashSet<&PackageId> = HashSet::new();
    let mut open: Vec<&'static Package> = members();
    let mut found = Vec::new();
    while let Some(package) = open.pop() {
        if seen.insert(&package.id) {
            open.extend(direct(&package.id));
            found.push(package);
        }
    }
    found
}

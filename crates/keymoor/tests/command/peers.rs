//! Where other people's OAuth clients are installed: Python and Node from their registries, Go and Rust
//! built from Debian's package and from crates.io.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::process::{run, text};

/// The clients' programs and what they pin.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers")
}

/// Where the clients are installed, once for all tests.
fn installed() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
        let mut install = Command::new(folder().join("install"));
        install.arg(&place);
        let output = run(install, "");
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "the peers cannot be installed: {told}");
        place
    })
}

/// The library that finds what stands in people's way on a page.
pub(crate) fn axe() -> &'static Path {
    static AXE: OnceLock<PathBuf> = OnceLock::new();
    AXE.get_or_init(|| installed().join("node_modules/axe-core/axe.min.js"))
}

/// Where they are: `node` and its libraries among them.
pub(crate) fn place() -> &'static Path {
    installed()
}

/// The Python that the peers' libraries are installed for.
pub(crate) fn python() -> PathBuf {
    installed().join("venv/bin/python")
}

/// The command that runs one of the peers' programs.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(folder().join("run"));
    command.arg(name).env("KEYMOOR_PEERS", installed());
    command
}

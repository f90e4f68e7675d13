//! Other people's OAuth clients against the server: Python and Node, from their registries.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::process::{Server, admin_json, run, text};

fn folder() -> PathBuf {
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

/// Lets `program` get a token and verify it, without and with an organization's scope.
fn gets_and_verifies_a_token(program: &str) {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    let made = admin_json(server.path(), &create, "");
    let scope = format!("organization:{}", made["uuid"].as_str().unwrap());
    let audience = format!("{}/api", server.url);
    let create = ["resource-server", "create", "--audience", &audience, "--name", "Api"];
    let resource = admin_json(server.path(), &create, "");
    for scope in [None, Some(scope)] {
        let mut command = self::program(program);
        command
            .env("KEYMOOR_ISSUER", &server.url)
            .env("KEYMOOR_CLIENT_ID", &client.key)
            .env("KEYMOOR_CLIENT_SECRET", &client.secret)
            .env("KEYMOOR_AUDIENCE", &audience)
            .env("KEYMOOR_RESOURCE_ID", resource["client_id"].as_str().unwrap())
            .env("KEYMOOR_RESOURCE_SECRET", resource["client_secret"].as_str().unwrap())
            .envs(scope.map(|scope| ("KEYMOOR_SCOPE", scope)));
        let output = run(command, "");
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && told.contains("\"ok\""), "{program}: {told}");
    }
}

#[test]
fn s23_requests_oauthlib_gets_a_token_that_verifies() {
    gets_and_verifies_a_token("requests_oauthlib_client.py");
}

#[test]
fn s23_authlib_gets_and_verifies_a_token() {
    gets_and_verifies_a_token("authlib_client.py");
}

#[test]
fn s23_jwcrypto_verifies_a_token() {
    gets_and_verifies_a_token("jwcrypto_verify.py");
}

#[test]
fn s4_s14_s23_s79_s81_oauth4webapi_gets_introspects_and_revokes_a_token_with_its_encoded_basic() {
    gets_and_verifies_a_token("oauth4webapi.mjs");
}

#[test]
fn s23_openid_client_gets_a_token_that_verifies() {
    gets_and_verifies_a_token("openid_client.mjs");
}

#[test]
fn s23_simple_oauth2_gets_a_token_that_verifies() {
    gets_and_verifies_a_token("simple_oauth2.mjs");
}

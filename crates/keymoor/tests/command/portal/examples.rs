//! The examples and downloads of the page that shows a secret, as they stand there.

use std::{collections::BTreeMap, path::Path, process::Command};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use thirtyfour::By;

use super::{
    super::{
        browser::Browser,
        peers,
        process::{Server, run, text},
    },
    world::{EMAIL, server, set_up},
};

/// What the page of a new API token gives away.
struct Created {
    key: String,
    secret: String,
    /// The downloads by the name of their file.
    files: BTreeMap<String, String>,
}

impl Created {
    async fn on(server: &mut Server) -> Self {
        let browser = Browser::start(false).await;
        set_up(&browser, server).await;
        browser.goto(format!("{}/account/tokens/new?label=x", server.url)).await.unwrap();
        browser.press("Create Token").await;
        let (key, secret) = (browser.value("api-key").await, browser.value("api-secret").await);
        let mut files = BTreeMap::new();
        for link in browser.find_all(By::Css("a[download]")).await.unwrap() {
            let name = link.attr("download").await.unwrap().unwrap();
            let url = link.attr("href").await.unwrap().unwrap();
            let (_, data) = url.split_once("base64,").unwrap();
            files.insert(name, text(&STANDARD.decode(data).unwrap()));
        }
        for shown in browser.find_all(By::Css(".example pre code")).await.unwrap() {
            let shown = shown.prop("textContent").await.unwrap().unwrap();
            assert!(files.values().any(|file| *file == shown), "no download of {shown}");
        }
        Self { key, secret, files }
    }

    /// Writes a download into `folder` and runs it by `program`; what it prints.
    fn run(&self, file: &str, folder: &Path, program: &Path) -> String {
        let path = folder.join(file);
        std::fs::write(&path, &self.files[file]).unwrap();
        let mut command = Command::new(program);
        command.arg(&path).env_remove("OAUTHLIB_INSECURE_TRANSPORT");
        let output = run(command, "");
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{file}: {told}");
        text(&output.stdout)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_for_shell_python_and_node_run_as_they_stand() {
    let mut server = server(&[]);
    let created = Created::on(&mut server).await;
    // Node looks for libraries beside the program.
    let folder = tempfile::tempdir_in(peers::place()).unwrap();
    for (file, program) in [
        ("keymoor-example.sh", Path::new("sh")),
        ("keymoor_example.py", &peers::python()),
        ("keymoor-example.mjs", &peers::place().join("node")),
    ] {
        assert!(created.run(file, folder.path(), program).contains(EMAIL), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_downloads_hold_the_key_and_the_secret_where_acquia_cli_reads_them() {
    let mut server = server(&[]);
    let created = Created::on(&mut server).await;
    let (key, secret) = (&*created.key, &*created.secret);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("env"), &created.files["keymoor.env"]).unwrap();
    let print = r#". "$1"; printf '%s\n' "$ACLI_KEY" "$ACLI_SECRET" \
        "$ACLI_CLOUD_API_BASE_URI" "$ACLI_CLOUD_API_ACCOUNTS_URI""#;
    let mut command = Command::new("sh");
    command.args(["-c", print, "sh"]).arg(folder.path().join("env"));
    let (api, token) = (format!("{}/api", server.url), server.token_url());
    let printed = text(&run(command, "").stdout);
    assert_eq!(printed.lines().collect::<Vec<_>>(), [key, secret, &api, &token]);
    let store: Value = serde_json::from_str(&created.files["cloud_api.conf"]).unwrap();
    assert_eq!((&store["acli_key"], &store["keys"][key]["secret"]), (&key.into(), &secret.into()));
    for (name, file) in &created.files {
        let whole = file.contains(key) && file.contains(secret) && !file.contains("{{");
        assert!(whole, "{name}: {file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_for_keymoors_own_command_runs_as_it_stands() {
    let mut server = server(&[]);
    let created = Created::on(&mut server).await;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("keymoor-login.sh");
    std::fs::write(&path, &created.files["keymoor-login.sh"]).unwrap();
    let folder = Path::new(env!("CARGO_BIN_EXE_keymoor")).parent().unwrap();
    let mut command = Command::new("sh");
    command.arg(&path).env("HOME", home.path());
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
    command.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()));
    let output = run(command, "");
    assert!(text(&output.stdout).contains(EMAIL), "{}", text(&output.stderr));
}

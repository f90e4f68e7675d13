//! The server on PostgreSQL.

use keymoor_testkit::postgres;
use tempfile::TempDir;

use super::process::{Server, curl_json, keymoor, run, text};

fn serve(data: TempDir, database: &str) -> Server {
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", database);
    Server::spawn(command, data, &[])
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_server_keeps_everything_but_the_master_key_in_postgresql() {
    let database = postgres().database();
    let server = serve(folder(), &database);
    let client = server.client("ada@example.com");
    let bearer = server.bearer(&client);
    assert!(!server.path().join("keymoor.sqlite").exists());
    let mut key = std::fs::read_to_string(server.path().join("master.key")).unwrap();
    drop(server);
    let other = folder();
    key.truncate(key.trim_end().len());
    std::fs::write(other.path().join("master.key"), key).unwrap();
    std::fs::set_permissions(
        other.path().join("master.key"),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    let server = serve(other, &database);
    assert_eq!(server.ask(&client, "--data")["token_type"], "Bearer");
    let issuer_of_before = curl_json(&[&format!("{}/api/account", server.url), "-H", &bearer]);
    assert_eq!(issuer_of_before["error"], "invalid_token", "it listens elsewhere now");
}

#[test]
fn s31_a_database_that_others_made_wants_its_master_key() {
    let database = postgres().database();
    drop(serve(folder(), &database));
    let empty = folder();
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", &database).args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(empty.path());
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("master key"), "{}", text(&output.stderr));
    assert!(!empty.path().join("master.key").exists(), "and makes no other");
}

#[test]
fn commands_work_without_a_server() {
    let (database, data) = (postgres().database(), folder());
    let mut command = keymoor();
    command.args(["admin", "account", "create", "--email", "ada@example.com"]);
    command.env("KEYMOOR_DATABASE", &database).arg("--data").arg(data.path());
    let output = run(command, "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("Made account "));
}

#[test]
fn s101_a_password_on_the_command_line_is_refused_and_not_repeated() {
    for url in [
        "postgres://keymoor:hunter2@db.example.com/keymoor",
        "postgres://db.example.com/keymoor?password=hunter2",
    ] {
        for arguments in [vec![format!("--database={url}")], vec!["--database".into(), url.into()]]
        {
            let data = folder();
            let mut command = keymoor();
            command.arg("serve").args(&arguments).arg("--data").arg(data.path());
            let output = run(command, "");
            let told = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{told}");
            assert!(told.contains("KEYMOOR_DATABASE") && !told.contains("hunter2"), "{told}");
        }
    }
}

#[test]
fn s101_a_url_that_cannot_be_read_is_not_repeated() {
    let data = folder();
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", "mysql://keymoor:hunter2@db/keymoor");
    let output = run(
        {
            command.args(["serve", "--data"]).arg(data.path());
            command
        },
        "",
    );
    let told = text(&output.stderr);
    assert!(!output.status.success() && told.contains("postgres://"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn s86_a_database_that_is_not_there_is_told() {
    let data = folder();
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", "postgres://keymoor@localhost/keymoor?host=/nowhere");
    let output = run(
        {
            command.args(["serve", "--data"]).arg(data.path());
            command
        },
        "",
    );
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("the database is unavailable"));
}

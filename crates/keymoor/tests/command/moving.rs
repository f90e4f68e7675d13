//! Everything taken away and brought back: backups, and the way to another database.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use keymoor_testkit::postgres;
use tempfile::TempDir;

use super::process::{Client, PASSWORD, Server, admin_json, keymoor, run, text};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// An operator's command as people run it: exit code, what it said, and what it complained about.
fn admin(data: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = keymoor();
    command.arg("admin").args(arguments).arg("--data").arg(data);
    let output = run(command, "");
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn refused(data: &Path, arguments: &[&str], why: &str) {
    let (code, told, complaint) = admin(data, arguments);
    assert_ne!(code, 0, "{told}");
    assert!(complaint.contains(why), "{complaint}");
}

/// A new data directory with the master key of `of`.
fn with_key_of(of: &Path) -> TempDir {
    let data = folder();
    fs::copy(of.join("master.key"), data.path().join("master.key")).unwrap();
    data
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn token(server: &Server, email: &str) -> Client {
    let create = ["token", "create", "--email", email, "--label", "another"];
    let made = admin_json(server.path(), &create, "");
    let field = |name: &str| made[name].as_str().unwrap().to_owned();
    Client { key: field("api_key"), secret: field("api_secret") }
}

fn remove(server: &Server, client: &Client) {
    admin_json(server.path(), &["token", "remove", &client.key], "");
}

/// A server with two API tokens, a backup made while it ran, and one of them removed since.
struct Past {
    old: TempDir,
    kept: Client,
    removed: Client,
    shelf: TempDir,
}

impl Past {
    fn new() -> Self {
        let (server, shelf) = (Server::start(), folder());
        let kept = server.client("ada@example.com");
        let removed = token(&server, "ada@example.com");
        let file = shelf.path().join("backup");
        let (code, told, _) = admin(server.path(), &["backup", path(&file)]);
        assert!(code == 0 && told.contains("Only the master key opens it"), "{told}");
        remove(&server, &removed);
        Self { old: server.stop(), kept, removed, shelf }
    }

    fn file(&self) -> String {
        path(&self.shelf.path().join("backup")).to_owned()
    }

    fn restore(&self, options: &[&str]) -> (TempDir, String) {
        let data = with_key_of(self.old.path());
        let file = self.file();
        let arguments = [&["restore", &file], options].concat();
        let (code, told, complaint) = admin(data.path(), &arguments);
        assert_eq!(code, 0, "{complaint}");
        (data, told)
    }
}

fn serve(data: TempDir) -> Server {
    Server::spawn(keymoor(), data, &[])
}

#[test]
fn s88_a_restore_brings_everything_back_but_what_was_removed_since() {
    let past = Past::new();
    let (data, told) = past.restore(&["--old-data", path(past.old.path())]);
    assert!(told.contains("1 thing that was removed since then stays removed."), "{told}");
    let server = serve(data);
    assert_eq!(server.ask(&past.kept, "--data")["token_type"], "Bearer");
    assert_eq!(server.ask(&past.removed, "--data")["error"], "invalid_client");
}

#[test]
fn s88_removed_keys_come_back_only_by_the_operators_word() {
    let past = Past::new();
    let data = with_key_of(past.old.path());
    refused(data.path(), &["restore", &past.file()], "--old-data");
    assert!(!data.path().join("keymoor.sqlite").exists());
    let (data, told) = past.restore(&["--revive-removed"]);
    assert!(told.contains("What was removed since then works again."), "{told}");
    assert_eq!(serve(data).ask(&past.removed, "--data")["token_type"], "Bearer");
}

#[test]
fn s88_a_tampered_backup_is_refused_and_leaves_nothing() {
    let past = Past::new();
    let mut file = fs::read(past.file()).unwrap();
    // The tables are told first; their rows are at the end.
    let middle = file.len() * 9 / 10;
    file[middle] ^= 1;
    let changed = past.shelf.path().join("changed");
    fs::write(&changed, &file).unwrap();
    let data = with_key_of(past.old.path());
    refused(
        data.path(),
        &["restore", path(&changed), "--revive-removed"],
        "damaged or was changed",
    );
    let cut = past.shelf.path().join("cut");
    fs::write(&cut, &file[..middle]).unwrap();
    refused(data.path(), &["restore", path(&cut), "--revive-removed"], "nothing of it is used");
    // The place is as empty as before.
    let (code, _, complaint) = admin(data.path(), &["restore", &past.file(), "--revive-removed"]);
    assert_eq!(code, 0, "{complaint}");
}

#[test]
fn s88_a_backup_wants_the_master_key_of_then() {
    let past = Past::new();
    let data = folder();
    let arguments = ["restore", &past.file(), "--revive-removed"];
    refused(data.path(), &arguments, "master key");
    assert!(!data.path().join("master.key").exists(), "and makes no other");
    let key = data.path().join("master.key");
    fs::write(&key, "ab".repeat(32)).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    refused(data.path(), &arguments, "another master key");
}

#[test]
fn a_backup_is_private_whole_and_written_over_nothing() {
    let past = Past::new();
    let file = past.file();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&file).unwrap();
    refused(past.old.path(), &["backup", &file], "exists already");
    assert_eq!(fs::read(&file).unwrap(), before);
    refused(past.old.path(), &["backup", "/nowhere/backup"], "No such file");
    refused(folder().path(), &["backup", path(&past.shelf.path().join("x"))], "no database");
    let names = fs::read_dir(past.shelf.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["backup"], "no part is left");
    let without = past.shelf.path().join("without");
    let (code, _, complaint) = admin(past.old.path(), &["backup", path(&without)]);
    assert_eq!(code, 0, "without a server, too: {complaint}");
}

#[test]
fn an_installation_is_not_restored_over() {
    let past = Past::new();
    let arguments = ["restore", &past.file(), "--revive-removed"];
    refused(past.old.path(), &arguments, "an installation in the database already");
    let server = serve(with_key_of(past.old.path()));
    refused(server.path(), &arguments, "a server runs on");
}

#[test]
fn nobody_is_signed_in_after_a_restore() {
    let past = Past::new();
    let (data, told) = past.restore(&["--revive-removed"]);
    assert!(told.contains("Everybody has to sign in again."), "{told}");
    drop(data);
}

#[test]
fn an_installation_moves_to_postgresql_and_back() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let database = postgres().database();
    refused(server.path(), &["migrate", "--to", &database], "stop it first");
    let data = server.stop();
    let (code, told, complaint) = admin(data.path(), &["migrate", "--to", &database]);
    assert_eq!(code, 0, "{complaint}");
    assert!(told.contains("found every one of them again"), "{told}");
    refused(
        data.path(),
        &["migrate", "--to", &database],
        "an installation in the database already",
    );
    let elsewhere = with_key_of(data.path());
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", &database);
    let server = Server::spawn(command, elsewhere, &[]);
    assert_eq!(server.ask(&client, "--data")["token_type"], "Bearer");
    let other = token(&server, "ada@example.com");
    let key = server.stop();
    let back = with_key_of(key.path());
    let arguments = ["migrate", "--database", &database, "--to", path(back.path())];
    let (code, told, complaint) = admin(key.path(), &arguments);
    assert_eq!(code, 0, "{complaint}{told}");
    let server = serve(back);
    assert_eq!(server.ask(&client, "--data")["token_type"], "Bearer");
    assert_eq!(server.ask(&other, "--data")["token_type"], "Bearer");
}

#[test]
fn s31_no_secret_is_in_a_backup() {
    let past = Past::new();
    let file = fs::read(past.file()).unwrap();
    for text in ["ada@example.com", PASSWORD, &past.kept.key, &past.kept.secret] {
        assert!(!file.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
}

//! Everything taken away and brought back: backups, and the way to another database.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

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

/// An empty PostgreSQL schema: its name, and its URL.
fn schema() -> (String, String) {
    let name = postgres().schema();
    let url = format!("{}&options[search_path]={name}", postgres().url());
    (name, url)
}

/// The same command with that database.
fn admin_on(url: &str, data: &Path, arguments: &[&str]) -> Command {
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", url).arg("admin").args(arguments).arg("--data").arg(data);
    command
}

/// The same, ended after a minute: a server that should have refused would run for ever.
fn within_a_minute(command: &Command) -> Command {
    let mut limited = Command::new("timeout");
    limited.arg("60").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

fn refuses(command: &Command, why: &str) {
    let output = run(within_a_minute(command), "");
    let complaint = text(&output.stderr);
    assert!(!output.status.success() && complaint.contains(why), "{complaint}");
}

fn serve_on(url: &str, data: &Path) -> Command {
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", url).args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(data);
    command
}

fn psql(statement: &str) -> String {
    let output = postgres().psql(statement);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

/// Lets every removal of an API token in `schema` stand still.
fn hold_removals(schema: &str) {
    psql(&format!(
        "CREATE FUNCTION {schema}.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM pg_sleep(100); RETURN NEW; END $$; \
         CREATE TRIGGER hold BEFORE UPDATE ON {schema}.api_tokens \
         FOR EACH ROW EXECUTE FUNCTION {schema}.hold()"
    ));
}

const SLEEPERS: &str = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'";

#[test]
fn s88_a_restore_that_is_killed_revives_nothing() {
    let past = Past::new();
    let (name, url) = schema();
    let data = with_key_of(past.old.path());
    let no_backup = past.shelf.path().join("none");
    fs::write(&no_backup, "none").unwrap();
    let none = ["restore", path(&no_backup), "--revive-removed"];
    refuses(&admin_on(&url, data.path(), &none), "not a backup");
    hold_removals(&name);

    let file = past.file();
    let arguments = ["restore", &file, "--old-data", path(past.old.path())];
    let mut restoring = admin_on(&url, data.path(), &arguments).spawn().unwrap();
    while psql(&format!("SELECT COUNT(*) {SLEEPERS}")) == "0" {
        assert!(restoring.try_wait().unwrap().is_none(), "it reaches the removal");
    }
    restoring.kill().unwrap();
    restoring.wait().unwrap();
    psql(&format!("SELECT pg_terminate_backend(pid) {SLEEPERS}"));
    psql(&format!("DROP TRIGGER hold ON {name}.api_tokens"));

    let why = "a restore into this database is not finished";
    refuses(&serve_on(&url, data.path()), why);
    let create = ["account", "create", "--email", "b@example.com"];
    refuses(&admin_on(&url, data.path(), &create), why);
    let output = run(admin_on(&url, data.path(), &arguments), "");
    let told = text(&output.stdout);
    assert!(told.contains("Finished the restore"), "{told}{}", text(&output.stderr));
    assert!(told.contains("1 thing that was removed since then stays removed."), "{told}");
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", &url);
    let server = Server::spawn(command, data, &[]);
    assert_eq!(server.ask(&past.kept, "--data")["token_type"], "Bearer");
    assert_eq!(server.ask(&past.removed, "--data")["error"], "invalid_client");
}

#[test]
fn s88_another_installation_is_not_taken_for_the_one_that_the_backup_replaces() {
    let (past, stranger) = (Past::new(), Server::start());
    stranger.client("ada@example.com");
    let stranger = stranger.stop();
    let data = with_key_of(past.old.path());
    let arguments = ["restore", &past.file(), "--old-data", path(stranger.path())];
    refused(data.path(), &arguments, "is not what became of this backup");
    let (_, url) = schema();
    let arguments = ["restore", &past.file()];
    let mut command = admin_on(&url, data.path(), &arguments);
    command.env_remove("KEYMOOR_DATABASE").env("KEYMOOR_OLD_DATABASE", &url);
    refuses(&command, "there is no installation in it");
    // The place is as empty as before.
    let arguments = ["restore", &past.file(), "--old-data", path(past.old.path())];
    let (code, told, complaint) = admin(data.path(), &arguments);
    assert!(code == 0 && told.contains("1 thing"), "{told}{complaint}");
}

#[test]
fn s88_an_old_installation_of_a_newer_schema_says_what_was_removed_and_stays_as_it_is() {
    let past = Past::new();
    let (name, url) = schema();
    let key = with_key_of(past.old.path());
    let old = ["migrate", "--from", path(past.old.path()), "--to", &url];
    let (code, _, complaint) = admin(key.path(), &old);
    assert_eq!(code, 0, "{complaint}");
    psql(&format!(
        "ALTER TABLE {name}.api_tokens ADD COLUMN colour TEXT; \
         INSERT INTO {name}._sqlx_migrations SELECT 9999, 'later', installed_on, success, checksum, \
         execution_time FROM {name}._sqlx_migrations LIMIT 1"
    ));
    let before = postgres().rows(&name);
    let data = with_key_of(past.old.path());
    let mut command = keymoor();
    command.args(["admin", "restore", &past.file(), "--data"]).arg(data.path());
    command.env("KEYMOOR_OLD_DATABASE", &url);
    let output = run(command, "");
    let told = text(&output.stdout);
    assert!(told.contains("1 thing that was removed"), "{told}{}", text(&output.stderr));
    assert_eq!(postgres().rows(&name), before);
    assert_eq!(serve(data).ask(&past.removed, "--data")["error"], "invalid_client");
}

#[test]
fn s87_commands_leave_an_older_database_as_it_is() {
    let (name, url) = schema();
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", &url);
    let data = Server::spawn(command, folder(), &[]).stop();
    let last = format!("(SELECT MAX(version) FROM {name}._sqlx_migrations)");
    psql(&format!("DELETE FROM {name}._sqlx_migrations WHERE version = {last}"));
    let before = postgres().rows(&name);
    let file = data.path().join("backup");
    let elsewhere = data.path().join("elsewhere");
    for arguments in [
        &["backup", path(&file)][..],
        &["account", "create", "--email", "ada@example.com"],
        &["migrate", "--to", path(&elsewhere)],
    ] {
        refuses(&admin_on(&url, data.path(), arguments), "an earlier Keymoor");
        assert_eq!(postgres().rows(&name), before, "{arguments:?}");
    }
    assert!(!file.exists());
}

#[test]
fn a_backup_leaves_the_parts_of_others_alone() {
    let past = Past::new();
    let file = past.shelf.path().join("another");
    let others = past.shelf.path().join("another.part");
    fs::write(&others, "another one's").unwrap();
    let (code, _, complaint) = admin(past.old.path(), &["backup", path(&file)]);
    assert_eq!(code, 0, "{complaint}");
    assert_eq!(fs::read_to_string(&others).unwrap(), "another one's");
    assert_eq!(fs::read_dir(past.shelf.path()).unwrap().count(), 3, "and its own is gone");
}

#[test]
fn what_was_moved_away_serves_nobody_until_it_is_taken_back() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let data = server.stop();
    let (_, url) = schema();
    let target = url.replace("postgres@", "postgres:hunter2@");
    let (to, from) = (format!("--to={target}"), format!("--from={target}"));
    for given in [&["migrate", &to][..], &["migrate", &from, "--take-back"]] {
        let (code, _, complaint) = admin(data.path(), given);
        assert!(code == 1 && complaint.contains("every user of this machine"), "{complaint}");
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
    let (code, told, complaint) = admin(data.path(), &["migrate", "--to", &url]);
    assert!(code == 0 && told.contains("marked as moved"), "{complaint}");

    let mut command = keymoor();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path());
    refuses(&command, "was moved to the PostgreSQL database postgres at ");
    let file = data.path().join("backup");
    for arguments in [
        &["account", "create", "--email", "b@example.com"][..],
        &["backup", path(&file)],
        &["migrate", "--to", &url],
    ] {
        refused(data.path(), arguments, "was moved to");
    }
    let (code, told, complaint) = admin(data.path(), &["migrate", "--take-back"]);
    assert!(code == 0 && told.contains("Servers start on the data directory"), "{complaint}");
    refused(data.path(), &["migrate", "--take-back"], "not moved away");
    assert_eq!(serve(data).ask(&client, "--data")["token_type"], "Bearer");
}

#[test]
fn a_server_elsewhere_changes_nothing_any_more_in_what_was_moved_away() {
    let (_, url) = schema();
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", &url);
    let server = Server::spawn(command, folder(), &[]);
    server.client("ada@example.com");
    let (key, to) = (with_key_of(server.path()), folder());
    let mut command = keymoor();
    command.args(["admin", "migrate", "--from", &url, "--to"]).arg(to.path());
    command.current_dir(key.path());
    let output = run(command, "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let create = ["account", "create", "--email", "late@example.com"];
    let (code, _, complaint) = admin(server.path(), &create);
    assert!(code != 0 && complaint.contains("the database"), "{complaint}");
}

#[test]
fn a_source_that_cannot_be_read_is_what_is_told() {
    let (name, url) = schema();
    let mut command = keymoor();
    command.env("KEYMOOR_DATABASE", &url);
    let data = Server::spawn(command, folder(), &[]).stop();
    psql(&format!("ALTER TABLE {name}.counters ADD COLUMN odd UUID"));
    let to = folder();
    let command = admin_on(&url, data.path(), &["migrate", "--to", path(to.path())]);
    refuses(&command, "type of a column");
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
    refused(data.path(), &["migrate", "--to", &database], "was moved to");
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

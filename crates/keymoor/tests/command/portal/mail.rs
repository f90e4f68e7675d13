//! Mail, taken by a real mail server.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use thirtyfour::By;

use super::{
    super::{
        browser::Browser,
        peers,
        process::{Server, admin_json, curl, text},
    },
    world::{EMAIL, free_port, server, set_up},
};

/// A mail server that keeps what it gets in a folder.
struct MailServer {
    child: Child,
    folder: TempDir,
    url: String,
}

impl MailServer {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        let mut child = Command::new(peers::python())
            .args(["-m", "aiosmtpd", "-n", "-l", &address, "-c", "aiosmtpd.handlers.Mailbox"])
            .arg(folder.path().join("mail"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(&address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "no mail server");
            assert!(child.try_wait().unwrap().is_none(), "the mail server ended");
            std::thread::yield_now();
        }
        Self { child, folder, url: format!("smtp://{address}") }
    }

    fn options(&self) -> [&str; 4] {
        ["--smtp", &self.url, "--mail-from", "Keymoor <keymoor@example.com>"]
    }

    /// The first letter that holds `wanted`, once it is there.
    fn letter(&self, part: &str) -> String {
        let begun = Instant::now();
        loop {
            if let Some(found) = self.letters().into_iter().find(|one| one.contains(part)) {
                return found;
            }
            let late = begun.elapsed() > Duration::from_secs(30);
            assert!(!late, "no letter with {part}: {:?}", self.letters());
            std::thread::yield_now();
        }
    }

    fn letters(&self) -> Vec<String> {
        let folder = self.folder.path().join("mail/new");
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        entries.map(|entry| read(&entry.unwrap().path())).collect()
    }
}

/// The letter with its soft line breaks taken out.
fn read(path: &Path) -> String {
    let letter = std::fs::read_to_string(path).unwrap_or_default();
    letter.replace("\r\n", "\n").replace("=\n", "").replace("=3D", "=").replace("=20", " ")
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn link(letter: &str) -> String {
    let mut words = letter.split_whitespace();
    let found = words.find(|word| word.contains("/password?link="));
    found.unwrap_or_else(|| panic!("no link: {letter}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn s52_a_forgotten_password_is_replaced_by_mail() {
    let mails = MailServer::start();
    let mut server = server(&mails.options());
    let browser = Browser::start(false).await;
    set_up(&browser, &mut server).await;
    browser.delete_all_cookies().await.unwrap();
    browser.goto(format!("{}/sign-in", server.url)).await.unwrap();
    browser.press("Forgotten your password?").await;
    browser.fill("email", EMAIL).await;
    browser.press("Send the link").await;
    let sent = browser.text().await;
    assert!(sent.contains("If there is an account with this e-mail address"), "{sent}");
    let letter = mails.letter("Subject: Choose a new password");
    assert!(letter.contains("To: ada@example.com") && letter.contains("From: Keymoor"), "{letter}");
    browser.goto(link(&letter)).await.unwrap();
    for field in ["password", "again"] {
        browser.fill(field, "seven grey seals asleep").await;
    }
    browser.press("Set the password").await;
    browser.fill("email", EMAIL).await;
    browser.fill("password", "seven grey seals asleep").await;
    browser.press("Sign in").await;
    assert_eq!(browser.path().await, "/account/tokens");
    mails.letter("Subject: Your password was set");
}

#[tokio::test(flavor = "multi_thread")]
async fn s52_the_link_names_our_host_whatever_the_request_says() {
    let mails = MailServer::start();
    let server = server(&mails.options());
    let email = "grace@example.com";
    let create = ["account", "create", "--email", email, "--password-stdin"];
    admin_json(server.path(), &create, "nine blue herons at dusk");
    forget_with_forged_host(&server, email);
    let letter = mails.letter("Subject: Choose a new password");
    assert!(link(&letter).starts_with(&format!("{}/password?link=", server.url)), "{letter}");
    assert!(!letter.contains("evil"));
}

fn forget_with_forged_host(server: &Server, email: &str) {
    let jar = server.path().join("jar").display().to_string();
    let page = format!("{}/sign-in", server.url);
    let shown = text(&curl(&[&page, "-b", &jar, "-c", &jar]).stdout);
    let csrf = shown.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let cookie = std::fs::read_to_string(&jar).unwrap();
    let visit = cookie.split_whitespace().last().unwrap();
    let origin = format!("Origin: {}", server.url);
    let forgotten = format!("{}/forgotten-password", server.url);
    let (csrf, email) = (format!("csrf={csrf}"), format!("email={email}"));
    let cookie = format!("Cookie: __Host-keymoor-visit={visit}");
    let form = ["-H", &origin, "-H", &cookie, "--data", &csrf, "--data-urlencode", &email];
    let answer_to =
        |host: &str| text(&curl(&[&[&*forgotten, "-H", host], &form[..]].concat()).stdout);
    let refused = answer_to("Host: evil.example");
    assert!(refused.contains("Nothing is served under this host"), "{refused}");
    let sent = answer_to("X-Forwarded-Host: evil.example");
    assert!(sent.contains("If there is an account"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_are_told_what_happens_to_their_tokens() {
    let mails = MailServer::start();
    let mut server = server(&mails.options());
    let browser = Browser::start(false).await;
    set_up(&browser, &mut server).await;
    browser.goto(format!("{}/account/tokens/new?label=Nightly", server.url)).await.unwrap();
    browser.press("Create Token").await;
    let key = browser.value("api-key").await;
    let letter = mails.letter("Subject: API token \"Nightly\" was created");
    assert!(letter.contains("by you, signed in to the portal"), "{letter}");
    assert!(letter.contains("From:  127.0.0.1") && letter.contains(&key), "{letter}");
    assert!(!letter.contains("km_"), "never a secret");
    admin_json(server.path(), &["token", "remove", &key], "");
    let letter = mails.letter("Subject: API token \"Nightly\" was removed");
    assert!(letter.contains("removed by the operator"), "{letter}");
    let short = ["token", "create", "--email", EMAIL, "--label", "Trial", "--expires-in-days", "2"];
    admin_json(server.path(), &short, "");
    mails.letter("Subject: API token \"Trial\" was created");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_invited_by_mail() {
    let mails = MailServer::start();
    let mut server = server(&mails.options());
    let browser = Browser::start(false).await;
    set_up(&browser, &mut server).await;
    browser.goto(format!("{}/operator/accounts", server.url)).await.unwrap();
    browser.fill("email", "grace@example.com").await;
    browser.press("Invite").await;
    assert!(browser.text().await.contains("The link is on its way by mail."));
    let letter = mails.letter("Subject: You are invited to Keymoor");
    browser.delete_all_cookies().await.unwrap();
    browser.goto(link(&letter)).await.unwrap();
    assert_eq!(browser.find(By::Tag("h1")).await.unwrap().text().await.unwrap(), "Welcome");
}

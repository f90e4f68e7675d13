//! Logging in by device, to a real server: somebody registers an application and lets the device in.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr, Command, Stdio},
};

use super::{
    super::process::{Server, admin_json, curl, keymoor, run, text},
    person::Person,
    world::Caller,
};

/// A server with an account and its application.
struct World {
    server: Server,
    application: String,
    caller: Caller,
}

impl World {
    fn new(rights: &[&str]) -> Self {
        let server = Server::start();
        server.client("ada@example.com");
        let application = Person::new(&server).register(rights);
        Self { server, application, caller: Caller::new() }
    }

    fn begin(&self) -> Login {
        let login =
            ["login", "--device", "--server", &self.server.url, "--client-id", &self.application];
        let mut command = self.caller.command(&login);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Login { child, said }
    }

    fn logged_in(&self) {
        let mut login = self.begin();
        let told = Person::new(&self.server).answer(&login.page(), "allow");
        assert!(told.contains("The device is connected"), "{told}");
        let (code, said) = login.end();
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("as ada@example.com by device"), "{said}");
    }

    fn secret(&self) -> String {
        let path = self.caller.home.path().join(".config/keymoor/secrets/default");
        let kept: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        kept["secret"].as_str().unwrap().to_owned()
    }

    /// What the API answers to an access token.
    fn status(&self, token: &str) -> String {
        let header = format!("Authorization: Bearer {}", token.trim());
        let url = format!("{}/api/account", self.server.url);
        text(&curl(&["-H", &header, "-o", "/dev/null", "-w", "%{http_code}", &url]).stdout)
    }
}

/// A command that waits until somebody answers.
struct Login {
    child: Child,
    said: BufReader<ChildStderr>,
}

impl Login {
    /// The page with the code in it.
    fn page(&mut self) -> String {
        let mut line = String::new();
        while !line.starts_with("or open ") {
            line.clear();
            assert!(self.said.read_line(&mut line).unwrap() > 0, "it ended");
        }
        line.trim_start_matches("or open ").trim().to_owned()
    }

    fn end(mut self) -> (i32, String) {
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code().unwrap(), said)
    }
}

const ALL: &[&str] = &["device", "refresh_tokens"];

#[test]
fn a_device_logs_in_gets_tokens_and_logs_out_for_good() {
    let world = World::new(ALL);
    world.logged_in();
    let (caller, first) = (&world.caller, world.secret());
    let token = caller.said(&["token"]);
    assert_eq!(world.status(&token), "200");
    assert_ne!(world.secret(), first, "each works once");
    assert_eq!(caller.said(&["token"]), token);
    let key = caller.json(&["status", "--offline", "-o", "json"])["key"]["value"].clone();
    assert_eq!(key, format!("application {} by device", world.application));
    assert_eq!(caller.fails(&["keys", "rotate"]).0, 2);
    let said = text(&caller.run(&["logout", "--revoke"]).stderr);
    assert!(said.contains("ended at the server"), "{said}");
    assert_eq!(world.status(&token), "401");
    assert_eq!(caller.fails(&["token"]).0, 4);
}

#[test]
fn s96_ten_processes_that_renew_at_once_exchange_once_and_the_login_goes_on() {
    let world = World::new(ALL);
    world.logged_in();
    let start = || world.caller.command(&["token"]).stdout(Stdio::piped()).spawn().unwrap();
    let children: Vec<_> = (0..10).map(|_| start()).collect();
    let said: Vec<_> =
        children.into_iter().map(|child| text(&child.wait_with_output().unwrap().stdout)).collect();
    assert!(said.iter().all(|token| *token == said[0] && token.len() > 100), "{said:?}");
    let next = world.caller.said(&["token", "--fresh"]);
    assert_ne!(next, said[0]);
    assert_eq!(world.status(&next), "200");
}

#[test]
fn who_presses_deny_lets_no_device_in() {
    let world = World::new(ALL);
    let mut login = world.begin();
    Person::new(&world.server).answer(&login.page(), "deny");
    let (code, said) = login.end();
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("denied"), "{said}");
    assert_eq!(world.caller.fails(&["token"]).0, 4);
}

#[test]
fn an_application_without_refresh_tokens_sends_one_to_its_owner() {
    let world = World::new(&["device"]);
    let (code, said) = world.begin().end();
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("tick Refresh tokens"), "{said}");
}

#[test]
fn a_refresh_token_that_was_copied_ends_the_login_and_the_command_says_what_to_do() {
    let world = World::new(ALL);
    world.logged_in();
    let path = world.caller.home.path().join(".config/keymoor/secrets/default");
    let copy = std::fs::read(&path).unwrap();
    world.caller.said(&["token"]);
    world.caller.said(&["token", "--fresh"]);
    // Two exchanges ago: no lost answer explains it.
    std::fs::write(&path, copy).unwrap();
    let (code, said) = world.caller.fails(&["token", "--fresh"]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("keymoor login --device"), "{said}");
}

#[test]
fn an_interrupt_ends_the_wait() {
    let world = World::new(ALL);
    let mut login = world.begin();
    login.page();
    let pid = login.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(login.end().0, 130);
}

impl World {
    /// What an operator reads, or is told on the standard error; and the code.
    fn operator(&self, arguments: &[&str]) -> (String, String, i32) {
        let mut command = keymoor();
        command.arg("admin").args(arguments).arg("--data").arg(self.server.path());
        let output = run(command, "");
        (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
    }
}

#[test]
fn an_operator_lists_and_ends_what_devices_were_let_do() {
    let world = World::new(ALL);
    let (none, ..) = world.operator(&["grant", "list", "--email", "ada@example.com"]);
    assert_eq!(none, "Nothing that counts.\n");
    world.logged_in();
    let token = world.caller.said(&["token"]);
    let (told, ..) = world.operator(&["application", "list", "--email", "ada@example.com"]);
    assert!(told.starts_with("CLIENT ID ") && told.contains(&world.application), "{told}");
    assert!(told.contains("device refresh_tokens"), "{told}");
    let list = ["grant", "list", "--application", &world.application];
    let (told, ..) = world.operator(&list);
    assert!(told.starts_with("GRANT ID ") && told.contains("ada@example.com"), "{told}");
    let found = admin_json(world.server.path(), &list, "");
    let id = found[0]["grant_id"].as_str().unwrap();
    assert_eq!(world.operator(&["grant", "end", id]).0, format!("Ended grant {id}.\n"));
    assert_eq!(world.status(&token), "401", "at once");
    let again = world.operator(&["grant", "end", id]);
    assert_eq!((&*again.1, again.2), ("keymoor: the grant was ended before\n", 1));
    world.logged_in();
    let token = world.caller.said(&["token"]);
    let (told, ..) = world.operator(&["grant", "end", "--email", "ada@example.com"]);
    assert_eq!(told, "Ended 1 grant.\n");
    assert_eq!(world.status(&token), "401");
    let remove = ["application", "remove", &world.application, "--reason", "unknown"];
    assert_eq!(world.operator(&remove).0, format!("Removed application {}.\n", world.application));
    let audit = world.operator(&["audit", "tail", "-n", "100", "--kind", "grant.ended"]).0;
    assert_eq!(audit.matches("by operator").count(), 2, "{audit}");
}

#[test]
fn whose_grants_are_meant_has_to_be_said_once() {
    let world = World::new(ALL);
    let id = world.application.as_str();
    for (arguments, told) in [
        (vec!["grant", "list"], "--email"),
        (vec!["grant", "end"], "GRANT_ID"),
        (vec!["grant", "end", id, "--application", id], "cannot be used with"),
        (vec!["application", "remove", "nonsense"], "UUID"),
    ] {
        let (_, said, code) = world.operator(&arguments);
        assert!(code == 2 && said.contains(told), "{arguments:?}: {said}");
    }
    let (help, ..) = world.operator(&["grant", "end", "--help"]);
    for word in ["GRANT_ID", "--email", "--application", "stop working at once"] {
        assert!(help.contains(word), "{help}");
    }
}

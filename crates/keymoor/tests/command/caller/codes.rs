use std::{
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::Value;

use super::{
    super::process::text,
    scripted::{Scripted, client},
    world::{Caller, world},
};

#[test]
fn without_credentials_it_ends_with_4_and_says_how_to_log_in() {
    let (code, told) = Caller::new().fails(&["token"]);
    assert_eq!(code, 4);
    assert!(told.contains("keymoor login"), "{told}");
}

#[test]
fn wrong_credentials_end_with_4_and_nothing_is_stored() {
    let (server, client, _) = world();
    let caller = Caller::new();
    let wrong = super::super::process::Client { secret: format!("{}x", client.secret), ..client };
    assert_eq!(caller.login(&server.url, &wrong).status.code(), Some(4));
    assert!(!caller.home.path().join(".config").exists());
}

#[test]
fn wrong_usage_ends_with_2() {
    let (_server, _, caller) = world();
    for arguments in [
        &["frobnicate"][..],
        &["api"],
        &["api", "FETCH", "/x"],
        &["api", "GET"],
        &["api", "/x", "--jq", ".["],
        &["api", "/x", "-F", "nothing"],
        &["token", "--org", "works"],
        &["token", "-p", "../x"],
        &["proxy", "--listen", "0.0.0.0:0"],
    ] {
        assert_eq!(caller.fails(arguments).0, 2, "{arguments:?}");
    }
}

/// What a call of an API that answers so ends with.
fn code(status: u16, body: &'static str) -> i32 {
    // A script is a plain function: the answer travels in the path.
    let server = Scripted::start(|_, path| {
        let (_, rest) = path.split_once("/answer/").unwrap();
        let (status, body) = rest.split_once('/').unwrap();
        (status.parse().unwrap(), format!(r#"{{"error":"{body}","message":"{body}"}}"#))
    });
    let caller = server.caller();
    caller.fails(&["api", "POST", &format!("/answer/{status}/{body}")]).0
}

#[test]
fn each_kind_of_refusal_has_its_code() {
    assert_eq!(code(401, "x"), 4);
    assert_eq!(code(403, "forbidden"), 5);
    assert_eq!(code(404, "x"), 22);
    assert_eq!(code(409, "x"), 22);
    assert_eq!(code(503, "x"), 8);
}

#[test]
fn a_scope_that_nobody_can_guess_ends_with_6_and_the_command_that_has_it() {
    let server = Scripted::start(|_, path| {
        match path {
        "/api/organizations" => {
            let one = |id: u8| {
                format!(r#"{{"uuid":"00000000-0000-4000-8000-00000000000{id}","name":"Works {id}"}}"#)
            };
            (200, format!(r#"{{"_embedded":{{"items":[{},{}]}}}}"#, one(1), one(2)))
        }
        _ => (403, r#"{"error":"additional_authentication_required","message":"This resource requires additional authentication."}"#.to_owned()),
    }
    });
    let (code, told) = server.caller().fails(&["api", "/applications/1"]);
    assert_eq!(code, 6, "{told}");
    let command = "keymoor api --org 00000000-0000-4000-8000-000000000001 /applications/1";
    assert!(told.contains(command), "{told}");
}

#[test]
fn a_server_that_is_not_there_ends_with_7() {
    let caller = Caller::new();
    assert_eq!(caller.login("http://127.0.0.1:1", &client()).status.code(), Some(7));
}

#[test]
fn errors_are_json_where_the_output_is() {
    let (_server, _, caller) = world();
    let (code, told) = caller.fails(&["api", "/nowhere", "-o", "json"]);
    assert_eq!(code, 22);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["exit_code"], 22);
    assert_eq!(told["answer"]["error"], "not_found");
}

#[test]
fn an_interrupt_ends_with_130() {
    let (_server, _, caller) = world();
    let file = caller.home.path().join("token");
    let watch = ["token", "--write", file.to_str().unwrap(), "--watch"];
    let mut child = caller.command(&watch).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    // The file is written before the watching begins; the signal is sent until it is heard.
    let status = loop {
        assert!(begun.elapsed().as_secs() < 20, "it does not stop");
        if file.exists() {
            let mut kill = Command::new("kill");
            kill.args(["-INT", &child.id().to_string()]).stderr(Stdio::null());
            let _ = kill.status();
        }
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::yield_now();
    };
    let mut told = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut told).unwrap();
    assert!(status.code() == Some(130) || status.signal() == Some(2), "{status:?} {told}");
    assert_eq!(text(&std::fs::read(&file).unwrap()).trim().split('.').count(), 3);
}

#[test]
fn a_wrong_command_line_is_told_as_json_where_the_output_is() {
    let (code, told) = Caller::new().fails(&["api", "/x", "--nowhere", "-o", "json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, told["error"].as_str()), (2, Some("usage")));
}

#[test]
fn a_closed_standard_error_is_no_crash() {
    let mut command = Caller::new().command(&["api", "/x"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(command.stderr(writer).status().unwrap().code(), Some(4));
}

#[test]
fn doctor_asks_an_api_for_which_a_token_was_handed_on() {
    let mut command = Caller::new().command(&["doctor", "-o", "json"]);
    let token = [("KEYMOOR_ACCESS_TOKEN", "t"), ("KEYMOOR_ACCESS_TOKEN_EXPIRY", "9999999999")];
    command.envs(token).env("KEYMOOR_SERVER", "http://127.0.0.1:1");
    assert_eq!(command.output().unwrap().status.code(), Some(7));
}

use super::{
    super::process::{run, text},
    scripted::Scripted,
    world::world,
};

#[test]
fn filter_sort_and_limit_go_to_the_server() {
    let (_server, _, caller) = world();
    for label in ["b", "a", "c"] {
        caller.said(&["api", "/account/tokens", "-F", &format!("label={label}")]);
    }
    let list = ["api", "/account/tokens", "--filter", "label!=script", "--sort", "-label"];
    let jq = ["--limit", "2", "--jq", "._embedded.items[].label"];
    assert_eq!(caller.said(&[&list[..], &jq].concat()), "c\nb\n");
    let csv = caller.said(&[&list[..], &["-o", "csv"]].concat());
    assert!(csv.starts_with("uuid,active,label,"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
}

#[test]
fn a_list_is_followed_to_its_end() {
    let server = Scripted::start(|_, path| {
        let page: usize = path.rsplit('=').next().unwrap().parse().unwrap_or(0);
        let next = format!(r#""next":{{"href":"/api/things?page={}"}}"#, page + 1);
        let next = if page < 2 { next } else { String::new() };
        let items = format!(r#"[{{"n":{}}},{{"n":{}}}]"#, page * 2, page * 2 + 1);
        (200, format!(r#"{{"total":6,"_links":{{{next}}},"_embedded":{{"items":{items}}}}}"#))
    });
    let caller = server.caller();
    assert_eq!(caller.said(&["api", "/things", "--all", "--jq", "map(.n) | add"]), "15\n");
    assert_eq!(caller.said(&["api", "/things", "--all", "-o", "jsonl"]).lines().count(), 6);
}

#[test]
fn a_body_comes_from_standard_input() {
    let (_server, _, caller) = world();
    let command = caller.command(&["api", "POST", "/account/tokens", "--input", "-"]);
    let output = run(command, r#"{"label":"piped"}"#);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(caller.said(&["keys", "list"]).contains("piped"));
}

#[test]
fn status_and_headers_are_printed_if_asked_for() {
    let (_server, _, caller) = world();
    let said = caller.said(&["api", "-i", "/account"]);
    assert!(said.starts_with("HTTP 200\n"), "{said}");
    assert!(said.contains("\nx-request-id: "), "{said}");
}

#[test]
fn a_dry_run_sends_nothing() {
    let server = Scripted::start(|_, _| (500, "{}".to_owned()));
    let caller = server.caller();
    let said = caller.said(&["api", "DELETE", "/x?a=b", "--dry-run"]);
    assert_eq!(said, format!("DELETE {}/api/x?a=b\n", server.url));
    assert_eq!(server.tokens(), 0);
}

#[test]
fn s97_the_token_goes_to_no_other_origin_and_no_other_port() {
    let (server, _, caller) = world();
    let (code, told) = caller.fails(&["api", "http://127.0.0.1:1/api/account"]);
    assert_eq!(code, 2);
    assert!(told.contains("names the port 1"), "{told}");
    let (code, told) = caller.fails(&["api", "https://evil.example/api/account"]);
    assert_eq!(code, 2);
    assert!(told.contains("the access token goes only to"), "{told}");
    let own = format!("{}/api/account", server.url);
    assert_eq!(caller.json(&["api", &own])["mail"], "ada@example.com");
}

#[test]
fn an_expression_without_end_ends_by_ctrl_c() {
    let server = Scripted::start(|_, _| (200, "{}".to_owned()));
    let caller = server.caller();
    let mut command = caller.command(&["api", "/x", "--jq", "range(infinite)"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = [0; 2];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
    assert_eq!(&line, b"0\n");
    let interrupt =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_list_is_followed_up_to_a_limit_and_no_page_after_that_is_asked_for() {
    let server = Scripted::start(|_, path| {
        let page: usize = path.rsplit("page=").next().unwrap().parse().unwrap_or(0);
        let next = format!(r#"{{"next":{{"href":"/api/things?page={}"}}}}"#, page + 1);
        (200, format!(r#"{{"_links":{next},"_embedded":{{"items":[1,2]}}}}"#))
    });
    let caller = server.caller();
    let list = ["api", "/things", "--all", "--limit", "3", "--jq", "length"];
    assert_eq!(caller.said(&list), "3\n");
    let asked: Vec<_> =
        server.seen().iter().map(|seen| seen.lines().next().unwrap().to_owned()).collect();
    let expected = ["GET /api/things?limit=3 HTTP/1.1", "GET /api/things?page=1 HTTP/1.1"];
    assert_eq!(asked, expected);
}

#[test]
fn an_expression_that_makes_more_than_memory_holds_is_ended_and_that_is_told() {
    let server = Scripted::start(|_, _| (200, "{}".to_owned()));
    let grows = r#"[limit(64; repeat("0123456789" * 10000000))] | length"#;
    let (code, told) = server.caller().fails(&["api", "/x", "--jq", grows]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("more than 2 GiB"), "{told}");
}

/// What the server sees of a call, and of the same call as curl makes it.
fn both(arguments: &[&str], input: &str) -> [String; 2] {
    let server = Scripted::start(|_, _| (200, "{}".to_owned()));
    let caller = server.caller();
    let body = caller.home.path().join("body");
    std::fs::write(&body, b"@not-a-file\r\n\xff\n").unwrap();
    let file = body.to_str().unwrap();
    let arguments: Vec<_> =
        arguments.iter().map(|word| if *word == "FILE" { file } else { word }).collect();
    assert!(run(caller.command(&[&["api"], &arguments[..]].concat()), input).status.success());
    let line = caller.command(&[&["api", "--curl"], &arguments[..]].concat());
    let line = text(&run(line, input).stdout).replace("keymoor token", "\"$KEYMOOR\" token");
    let mut command = std::process::Command::new("bash");
    command.args(["-c", &format!("{line} --silent --max-time 20")]);
    command.env("KEYMOOR", env!("CARGO_BIN_EXE_keymoor")).env("HOME", caller.home.path());
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
    run(command, input);
    server.seen().try_into().unwrap()
}

/// In the order in which they come, headers are the client's own choice.
fn sorted(seen: &str) -> Vec<&str> {
    let mut lines: Vec<_> = seen.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn what_curl_is_told_is_the_same_call_whatever_its_method_and_body() {
    for (arguments, input) in [
        (&["/x?filter=a[b]=1"][..], ""),
        (&["GET", "/x", "-F", "a=1"], ""),
        (&["POST", "/x", "-F", "a=@FILE", "-F", "b=it's"], ""),
        (&["POST", "/x"], ""),
        (&["DELETE", "/x"], ""),
        (&["HEAD", "/x"], ""),
        (&["PUT", "/x", "--input", "FILE"], ""),
        (&["PUT", "/x", "--input", "-"], "@-\nraw"),
        (&["/x", "--sort", "-a", "--limit", "2"], ""),
    ] {
        let arguments: Vec<_> =
            arguments.iter().map(|word| word.replace("a=@FILE", "a=@/dev/null")).collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let [own, curls] = both(&arguments, input);
        assert_eq!(sorted(&own), sorted(&curls), "{arguments:?}");
    }
}

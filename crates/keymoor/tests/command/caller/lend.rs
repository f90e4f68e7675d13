//! What other tools take.

use std::process::Command;

use serde_json::Value;

use super::{
    super::{
        peers,
        process::{run, text},
    },
    world::{Caller, world},
};

fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.len() == 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z')
}

fn fields(value: &Value) -> Vec<&str> {
    let mut fields: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    fields
}

#[test]
fn kubectl_gets_an_exec_credential() {
    let (_server, _, caller) = world();
    let got = caller.json(&["credential", "kubectl"]);
    assert_eq!(fields(&got), ["apiVersion", "kind", "status"]);
    assert_eq!(got["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(got["kind"], "ExecCredential");
    assert_eq!(fields(&got["status"]), ["expirationTimestamp", "token"]);
    assert!(is_time(&got["status"]["expirationTimestamp"]), "{got}");
}

#[test]
fn aws_gets_what_a_credential_process_prints() {
    let (_server, client, caller) = world();
    let got = caller.json(&["credential", "aws"]);
    let expected = ["AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken", "Version"];
    assert_eq!(fields(&got), expected);
    assert_eq!((&got["Version"], &got["AccessKeyId"]), (&1.into(), &client.key.into()));
    assert!(is_time(&got["Expiration"]));
    assert!(!got.to_string().contains(&client.secret));
}

/// What a peer's program prints, for which this command brings the credentials.
fn peer(caller: &Caller, program: &str, variable: &str, file: &str) -> Value {
    let path = caller.home.path().join("asks");
    std::fs::write(&path, file.replace("KEYMOOR", env!("CARGO_BIN_EXE_keymoor"))).unwrap();
    let mut command = peers::program(program);
    command.env("HOME", caller.home.path()).env(variable, &path);
    command.env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
    let output = run(command, "");
    assert!(output.status.success(), "{program}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_kubernetes_client_calls_with_the_token_that_it_asks_for() {
    let (server, _, caller) = world();
    let exec = "{apiVersion: client.authentication.k8s.io/v1, command: 'KEYMOOR', \
                args: [credential, kubectl], interactiveMode: Never}";
    let file = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: k\n\
         clusters: [{{name: k, cluster: {{server: '{}/api'}}}}]\n\
         contexts: [{{name: k, context: {{cluster: k, user: k}}}}]\n\
         users: [{{name: k, user: {{exec: {exec}}}}}]\n",
        server.url
    );
    let said = peer(&caller, "kubernetes_exec.py", "KUBECONFIG", &file);
    assert_eq!(said["mail"], "ada@example.com");
}

#[test]
fn botocore_takes_what_the_credential_process_prints() {
    let (_server, client, caller) = world();
    let file = "[profile keymoor]\ncredential_process = KEYMOOR credential aws\n";
    let said = peer(&caller, "botocore_process.py", "AWS_CONFIG_FILE", file);
    assert_eq!(said["access_key"], client.key.as_str());
    assert_eq!(said["token"], caller.said(&["token"]).trim());
}

#[test]
fn git_itself_takes_the_token_for_the_apis_host_and_for_no_other() {
    let (server, _, caller) = world();
    let helper = format!("credential.helper=!{} credential git", env!("CARGO_BIN_EXE_keymoor"));
    let fill = |host: &str| {
        let mut command = Command::new("git");
        command.args(["-c", "credential.helper=", "-c", &helper, "credential", "fill"]);
        command.env("HOME", caller.home.path()).env("GIT_TERMINAL_PROMPT", "0");
        command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
        command.env_remove("GIT_ASKPASS").env_remove("SSH_ASKPASS");
        text(&run(command, &format!("protocol=http\nhost={host}\n\n")).stdout)
    };
    let host = server.url.strip_prefix("http://").unwrap();
    let token = caller.said(&["token"]);
    assert!(fill(host).contains(&format!("password={}\n", token.trim())), "{}", fill(host));
    assert!(!fill("evil.example").contains("password="));
}

#[test]
fn docker_gets_a_secret_for_the_apis_host_and_its_own_words_for_another() {
    let (server, _, caller) = world();
    let get = |input: &str| run(caller.command(&["credential", "docker", "get"]), input);
    let got: Value = serde_json::from_slice(&get(&format!("{}\n", server.url)).stdout).unwrap();
    assert_eq!(fields(&got), ["Secret", "ServerURL", "Username"]);
    let other = get("https://index.docker.io/v1/\n");
    assert_eq!(other.status.code(), Some(1));
    assert_eq!(text(&other.stdout), "credentials not found in native keychain\n");
}

#[test]
fn acquia_cli_finds_its_variables() {
    let (server, _, caller) = world();
    let script = format!(
        "eval \"$('{}' token -f acli)\"; echo \"$ACLI_CLOUD_API_BASE_URI $ACLI_ACCESS_TOKEN_EXPIRY\"",
        env!("CARGO_BIN_EXE_keymoor")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env("HOME", caller.home.path());
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
    let said = text(&run(command, "").stdout);
    let (base, expiry) = said.trim().split_once(' ').unwrap();
    assert_eq!(base, format!("{}/api", server.url));
    assert!(expiry.parse::<i64>().unwrap() > 1_700_000_000);
}

#[test]
fn completions_and_manual_pages_are_made() {
    let (_server, _, caller) = world();
    assert!(caller.said(&["completion", "bash"]).contains("complete -F"));
    let folder = caller.home.path().join("man");
    caller.said(&["man", "--dir", folder.to_str().unwrap()]);
    let page = std::fs::read_to_string(folder.join("keymoor-keys-rotate.1")).unwrap();
    assert!(page.contains("keymoor\\-keys\\-rotate"), "{page}");
}

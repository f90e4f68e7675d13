//! What applications get is nowhere to be found afterwards, however much is logged.

use std::fs;

use serde_json::Value;

use super::{World, finished, peers};
use crate::process::{curl, keymoor, text};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An application, and somebody whom it asks.
struct Asking {
    world: World,
    told: Vec<(&'static str, String)>,
}

impl Asking {
    fn start() -> Self {
        let world = World::with(&["--log", "trace"]);
        let told = world.register().unwrap();
        Self { world, told }
    }

    fn setting(&self, name: &str) -> &str {
        &self.told.iter().find(|(known, _)| *known == name).unwrap().1
    }

    /// Somebody is sent to `url` and allows; where they are sent back to.
    fn let_in(&self, url: &str) -> String {
        let mut person = self.world.tell(peers::program("person.py"));
        person.arg(url).envs(self.told.iter().map(|(name, value)| (name, value)));
        finished(person).unwrap()
    }

    /// What the application sends to `path`, and what it is answered.
    fn send(&self, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let url = format!("{}/api/auth/oauth/{path}", self.world.server.url);
        let secret = self.setting("KEYMOOR_APPLICATION_SECRET");
        let own =
            [("client_id", self.setting("KEYMOOR_APPLICATION_ID")), ("client_secret", secret)];
        curl(&[&url, "--data", &joined(&[&own, fields].concat())]).stdout
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        serde_json::from_slice(&self.send(path, fields)).unwrap()
    }

    fn code(&self) -> String {
        let query = joined(&[
            ("response_type", "code"),
            ("client_id", self.setting("KEYMOOR_APPLICATION_ID")),
            ("redirect_uri", self.setting("KEYMOOR_REDIRECT_URI")),
            ("scope", "offline_access"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let url = format!("{}/api/auth/oauth/authorize?{query}", self.world.server.url);
        let back = self.let_in(&url);
        let (_, query) = back.trim().split_once('?').unwrap();
        query.split('&').find_map(|pair| pair.strip_prefix("code=")).unwrap().to_owned()
    }

    fn redeem(&self, code: &str) -> Value {
        let redirect = self.setting("KEYMOOR_REDIRECT_URI");
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", VERIFIER),
        ];
        self.post("token", &fields)
    }

    fn refresh(&self, token: &str) -> Value {
        self.post("token", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Every secret of a device that was let in, and of its tokens.
    fn device(&self) -> Vec<String> {
        let asked = self.post("device_authorization", &[("scope", "offline_access")]);
        self.let_in(field(&asked, "verification_uri_complete"));
        let code = field(&asked, "device_code");
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let tokens = self.post("token", &[("grant_type", grant), ("device_code", code)]);
        let user = field(&asked, "user_code");
        let mut secrets = vec![code.to_owned(), user.to_owned(), user.replace('-', "")];
        secrets.extend(of(&tokens));
        secrets
    }
}

/// A query or a form; nothing here has a character that would have to be encoded.
fn joined(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn field<'v>(answer: &'v Value, name: &str) -> &'v str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}

/// The secrets of a token response: the signature, and the refresh token without what all of them have.
fn of(tokens: &Value) -> [String; 2] {
    let signature = field(tokens, "access_token").rsplit('.').next().unwrap();
    [signature.to_owned(), field(tokens, "refresh_token")[4..40].to_owned()]
}

/// Does everything that applications do, what is refused too. Every secret that there was.
fn work(asking: &Asking) -> Vec<String> {
    let code = asking.code();
    let tokens = asking.redeem(&code);
    let next = asking.refresh(field(&tokens, "refresh_token"));
    let mut secrets = asking.device();
    secrets.extend(of(&tokens).into_iter().chain(of(&next)));
    let last = field(&next, "refresh_token");
    assert_eq!(asking.redeem(&code)["error"], "invalid_grant");
    assert_eq!(asking.refresh(last)["error"], "invalid_grant");
    let url = format!("{}?refresh_token={last}&code={code}", asking.world.server.token_url());
    curl(&[&url, "--data", &format!("refresh_token={last}&code={code}")]);
    assert!(asking.send("revoke", &[("token", last)]).is_empty(), "the answer to what was ended");
    secrets.extend([code, VERIFIER.to_owned()]);
    secrets.push(asking.setting("KEYMOOR_APPLICATION_SECRET")[3..40].to_owned());
    secrets
}

#[test]
fn s101_what_applications_get_is_in_no_log_database_metric_or_backup() {
    let asking = Asking::start();
    let secrets = work(&asking);
    let server = &asking.world.server;
    let socket = server.path().join("admin.sock");
    let metrics = curl(&["--unix-socket", socket.to_str().unwrap(), "http://localhost/metrics"]);
    assert!(text(&metrics.stdout).contains("reused_grant"), "{}", text(&metrics.stdout));
    fs::write(server.path().join("metrics"), metrics.stdout).unwrap();
    let backup = server.path().join("backup");
    let mut command = keymoor();
    command.args(["admin", "backup", backup.to_str().unwrap(), "--data"]).arg(server.path());
    finished(command).unwrap();
    server.signal("-TERM");
    assert!(server.log().contains("token refused"), "the log was looked at");
    for entry in fs::read_dir(server.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = fs::read(&path) else { continue };
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{} holds a secret", path.display());
        }
    }
}

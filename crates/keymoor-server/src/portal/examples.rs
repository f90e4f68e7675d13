//! Ready-made examples with the real URLs, the key and the secret of the API token that was just
//! made. The texts stand in `examples/`; a test runs those whose language is at hand.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use zeroize::Zeroizing;

use crate::App;

/// A file that can be shown and downloaded.
pub(super) struct Example {
    /// What its tab is called.
    pub(super) name: &'static str,
    /// The file's name.
    pub(super) file: &'static str,
    /// What has to be installed before, if anything.
    pub(super) before: &'static str,
    pub(super) text: String,
    /// The text as a URL that needs no server.
    pub(super) url: String,
}

/// What can be taken from the page that shows a secret.
pub(super) struct Examples {
    pub(super) dotenv: Example,
    pub(super) acquia: Example,
    pub(super) tabs: Vec<Example>,
}

/// Name, file, what to install, and the text with `{{name}}` where a value goes.
const TABS: [(&str, &str, &str, &str); 7] = [
    ("curl", "keymoor-example.sh", "", include_str!("../../examples/curl.sh")),
    ("keymoor", "keymoor-login.sh", "", include_str!("../../examples/command.sh")),
    (
        "Python",
        "keymoor_example.py",
        "pip install requests-oauthlib",
        include_str!("../../examples/python.py"),
    ),
    (
        "Node",
        "keymoor-example.mjs",
        "npm install oauth4webapi",
        include_str!("../../examples/node.mjs"),
    ),
    (
        "PHP",
        "auth.php",
        "composer require league/oauth2-client",
        include_str!("../../examples/php.php"),
    ),
    ("Go", "main.go", "go get golang.org/x/oauth2", include_str!("../../examples/go.go.txt")),
    (
        "Rust",
        "main.rs",
        "cargo add oauth2 --features reqwest-blocking",
        include_str!("../../examples/rust.rs.txt"),
    ),
];

/// The examples for an API token.
pub(super) fn examples(app: &App, key: &str, secret: &str) -> Examples {
    let values = [
        ("{{token_url}}", app.url("/api/auth/oauth/token")),
        ("{{account_url}}", app.url("/api/account")),
        ("{{server}}", app.settings.public_url.clone()),
        ("{{key}}", key.to_owned()),
        ("{{secret}}", secret.to_owned()),
    ];
    let fill = |text: &str| {
        values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    let example = |name, file, before, text: &str| {
        let text = fill(text);
        Example { name, file, before, url: data_url(&text), text }
    };
    let tabs = TABS.map(|(name, file, before, text)| example(name, file, before, text));
    Examples {
        dotenv: example(".env", "keymoor.env", "", DOTENV),
        acquia: example("acquia/cli", "cloud_api.conf", "", &acquia(key, secret)),
        tabs: tabs.into(),
    }
}

/// The names that acquia/cli reads from the environment.
const DOTENV: &str = "ACLI_KEY={{key}}\nACLI_SECRET={{secret}}\n\
    ACLI_CLOUD_API_BASE_URI={{server}}/api\nACLI_CLOUD_API_ACCOUNTS_URI={{token_url}}\n";

/// The store of acquia/cli, `cloud_api.conf`.
fn acquia(key: &str, secret: &str) -> String {
    let one = json!({ "label": "Keymoor", "uuid": key, "secret": secret });
    let store = json!({ "acli_key": key, "keys": { key: one } });
    format!("{store:#}\n")
}

/// The text as a URL: downloading it asks no server, so the secret does not travel once more.
pub(super) fn data_url(text: &str) -> String {
    let encoded = Zeroizing::new(STANDARD.encode(text));
    format!("data:application/octet-stream;base64,{}", *encoded)
}

//! The bodies of the fuzz targets: each takes any bytes, must not panic, and must not take what
//! nobody signed.

use keymoor_core::UnixTime;
use zeroize::Zeroizing;

use super::{
    Algorithm, Begun, Callback, Metadata, Provider,
    answer::Answer,
    id_token::{self, Expected},
    jwt::{Kind, Unverified},
    keys::Set,
    logout,
    members::Members,
};
use crate::Fetched;

/// A target: its name, which is its corpus folder's too, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 6] = [
    ("oidc_jwt", jwt),
    ("oidc_claims", claims),
    ("oidc_jwks", jwks),
    ("oidc_metadata", metadata),
    ("oidc_answer", answer),
    ("oidc_callback", callback),
];

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const ISSUER: &str = "https://idp.example.com";

/// The public key of RFC 8037 §A.2; that its private half is public too is of no use to random
/// bytes.
const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn provider() -> Provider {
    Provider { issuer: ISSUER.to_owned(), client_id: "client".to_owned(), client_secret: None }
}

fn known() -> Metadata {
    let endpoint = |name: &str| format!("{ISSUER}/{name}");
    Metadata {
        issuer: ISSUER.to_owned(),
        authorization_endpoint: endpoint("authorize"),
        token_endpoint: endpoint("token"),
        jwks_uri: endpoint("jwks"),
        userinfo_endpoint: None,
        algorithms: Algorithm::ALL.to_vec(),
        secret_method: None,
        callback_names_issuer: true,
        announces_pkce: true,
        sends_logout_tokens: true,
    }
}

fn begun() -> Begun {
    Begun::new(&provider(), "https://here.example.com/cb", true, &Zeroizing::new([7; 96]), NOW)
}

/// A JWT of either kind; nothing verifies.
pub fn jwt(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (set, known) = (Set::parse(JWKS.as_bytes()), known());
    for kind in [Kind::Id, Kind::Logout] {
        if let Ok(token) = Unverified::parse(&text, kind, &known) {
            assert!(token.verify(&set).is_err(), "verified: {text}");
        }
    }
}

/// Claims that somebody signed. None is both an ID Token and a logout token.
pub fn claims(bytes: &[u8]) {
    let Ok(claims) = Members::parse(bytes) else { return };
    let (provider, begun) = (provider(), begun());
    let expected = Expected {
        provider: &provider,
        begun: &begun,
        access_token: "access",
        algorithm: Algorithm::EdDsa,
        now: NOW,
    };
    let identity = id_token::identity(&claims, &expected);
    let notice = logout::notice(&claims, &provider, NOW);
    assert!(identity.is_err() || notice.is_err());
    if let Ok(identity) = identity {
        assert!((1..=255).contains(&identity.subject.len()));
        assert!(identity.authenticated_at <= NOW);
    }
}

/// A key set; nothing verifies under it that was not signed.
pub fn jwks(bytes: &[u8]) {
    let set = Set::parse(bytes);
    for algorithm in Algorithm::ALL {
        for key in set.fitting(None, algorithm) {
            assert!(!key.verify(algorithm, b"message", &[1; 64]));
        }
    }
}

/// A provider's metadata; what is taken is usable.
pub fn metadata(bytes: &[u8]) {
    let Ok(members) = Members::parse(bytes) else { return };
    if let Ok(metadata) = Metadata::read(&members, ISSUER) {
        assert!(metadata.token_endpoint.starts_with("https://"));
        assert!(begun().authorization_url(&provider(), &metadata).is_ok());
    }
}

/// What a token endpoint answers.
pub fn answer(bytes: &[u8]) {
    let (media_type, body) = ("application/json".to_owned(), bytes.to_vec());
    let status = if bytes.first() == Some(&b' ') { 400 } else { 200 };
    let _ = Answer::read(Fetched { status, media_type, body }, "https://idp.example.com/token");
}

/// A callback's query; none fits a sign-in whose state it does not know.
pub fn callback(bytes: &[u8]) {
    if let Ok(callback) = Callback::parse(&String::from_utf8_lossy(bytes)) {
        assert!(callback.code(&begun(), &known(), NOW).is_err());
    }
}

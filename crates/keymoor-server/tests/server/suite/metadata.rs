use super::app::TestApp;

#[tokio::test]
async fn s33_the_issuer_is_the_iss_of_tokens_to_the_letter() {
    for url in ["https://auth.example.com", "https://auth.example.com/", "https://h/base"] {
        let app = TestApp::with(|s| *s = keymoor_server::Settings::new(url)).await;
        let (_, token) = app.client("a@example.com").await;
        let answer = app.call("GET", "/.well-known/oauth-authorization-server", "").await.json();
        let bearer = app.bearer(&token, "").await;
        let payload = bearer.split('.').nth(1).unwrap();
        let claims = decode(payload);
        let issuer = answer["issuer"].as_str().unwrap();
        assert!(claims.contains(&format!("\"iss\":\"{issuer}\"")), "{claims}");
        assert_eq!(issuer, url.trim_end_matches('/'));
        assert_eq!(answer["token_endpoint"], format!("{issuer}/api/auth/oauth/token"));
    }
}

/// Base64url without its last bits, which is enough to look for a text.
fn decode(part: &str) -> String {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    let (mut bits, mut length, mut bytes) = (0_u32, 0, Vec::new());
    for byte in part.bytes() {
        bits = (bits << 6) | u32::from(digit(byte));
        length += 6;
        if length >= 8 {
            length -= 8;
            bytes.push((bits >> length).to_le_bytes()[0]);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn the_alias_is_the_same_document() {
    let app = TestApp::start().await;
    let one = app.call("GET", "/.well-known/oauth-authorization-server", "").await;
    let other = app.call("GET", "/.well-known/openid-configuration", "").await;
    assert_eq!(one.text, other.text);
}

#[tokio::test]
async fn the_published_key_is_the_one_that_signs() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let header = decode(bearer["Bearer ".len()..].split('.').next().unwrap());
    let jwks = app.call("GET", "/.well-known/jwks.json", "").await.json();
    let key = &jwks["keys"][0];
    assert!(header.contains(key["kid"].as_str().unwrap()), "{header}");
    assert_eq!(
        (&key["kty"], &key["alg"], &key["use"]),
        (&"EC".into(), &"ES256".into(), &"sig".into())
    );
    assert!(key.get("d").is_none());
}

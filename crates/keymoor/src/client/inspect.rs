use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{
    failure::{Failure, Reason},
    moment::{left, rfc3339},
};

/// What stands in a JWT. Nothing is verified: only the API's own guard can say that it is good.
#[derive(Debug)]
pub(crate) struct Inspected {
    header: Value,
    claims: Value,
    now: i64,
}

impl Inspected {
    /// Decodes a JWT, or a whole `Authorization` header with one.
    pub(crate) fn decode(text: &str, now: i64) -> Result<Self, Failure> {
        let token = text.trim();
        let token = token.strip_prefix("Authorization:").unwrap_or(token).trim();
        let token = token.strip_prefix("Bearer ").unwrap_or(token).trim();
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, _signature] = parts[..] else {
            return Err(Self::unreadable(token));
        };
        let header = part(header).ok_or_else(|| Self::unreadable(token))?;
        let claims = part(claims).ok_or_else(|| Self::unreadable(token))?;
        Ok(Self { header, claims, now })
    }

    fn unreadable(token: &str) -> Failure {
        let failure = Failure::new(Reason::Other, "this is not a JWT: there is nothing to decode");
        if token.starts_with("km_") {
            failure.hint("it looks like an API Secret. Exchange it first: keymoor token")
        } else {
            failure
                .hint("a JWT has three parts with dots between them; an opaque token says nothing")
        }
    }

    fn seconds(&self, claim: &str) -> Option<i64> {
        self.claims[claim].as_i64()
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "verified": false,
            "header": self.header,
            "claims": self.claims,
            "expires_in": self.seconds("exp").map(|exp| exp - self.now),
        })
    }

    /// For people: a line for each claim, and what is left of the token's life.
    pub(crate) fn text(&self) -> String {
        let empty = Map::new();
        let claims = self.claims.as_object().unwrap_or(&empty);
        let lines = [("alg", &self.header["alg"]), ("kid", &self.header["kid"])];
        let lines = lines.into_iter().chain(claims.iter().map(|(name, value)| (&**name, value)));
        let lines: Vec<_> = lines
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("{name:<14}{}", self.shown(name, value)))
            .collect();
        let lines = lines.join("\n");
        format!("Decoded, not verified: the signature was not checked.\n{lines}\n{}\n", self.life())
    }

    fn shown(&self, name: &str, value: &Value) -> String {
        match (name, value) {
            ("exp" | "iat" | "nbf" | "auth_time", Value::Number(_)) => {
                self.seconds(name).map_or_else(|| value.to_string(), rfc3339)
            }
            (_, Value::String(text)) => super::render::cell::plain(text),
            _ => super::render::cell::plain(&value.to_string()),
        }
    }

    fn life(&self) -> String {
        match self.seconds("exp") {
            Some(exp) => format!("{:<14}{}", "life", left(exp - self.now)),
            None => format!("{:<14}it names no expiry", "life"),
        }
    }
}

fn part(text: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::Inspected;

    fn token(claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", part(r#"{"alg":"ES256","kid":"k1","typ":"at+jwt"}"#), part(claims))
    }

    const CLAIMS: &str = r#"{"iss":"https://k.example.com","exp":1700000300,"iat":1700000000,
        "aud":["a","b"],"note":"\u001b[2Jx"}"#;

    #[test]
    fn a_token_is_decoded_with_its_time_left_and_said_to_be_unverified() {
        let inspected = Inspected::decode(&token(CLAIMS), 1_700_000_040).expect("a JWT");
        insta::assert_snapshot!(inspected.text(), @r#"
        Decoded, not verified: the signature was not checked.
        alg           ES256
        kid           k1
        iss           https://k.example.com
        exp           2023-11-14T22:18:20Z
        iat           2023-11-14T22:13:20Z
        aud           ["a","b"]
        note          \u{1b}[2Jx
        life          4 min 20 s left
        "#);
        insta::assert_snapshot!(inspected.json(), @r#"{"verified":false,"header":{"alg":"ES256","kid":"k1","typ":"at+jwt"},"claims":{"iss":"https://k.example.com","exp":1700000300,"iat":1700000000,"aud":["a","b"],"note":"\u001b[2Jx"},"expires_in":260}"#);
    }

    #[test]
    fn a_whole_header_will_do() {
        let text = format!("Authorization: Bearer {}\n", token(CLAIMS));
        assert!(Inspected::decode(&text, 0).is_ok());
    }

    #[test]
    fn what_is_no_jwt_is_not_repeated() {
        for text in ["canary", "a.canary.c", "km_canary", "..", ""] {
            let failure = Inspected::decode(text, 0).expect_err("no JWT");
            assert!(!failure.text(false).contains("canary"));
        }
    }
}

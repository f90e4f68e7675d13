use bytes::Bytes;
use http::{HeaderMap, Response, Uri, header::WWW_AUTHENTICATE};
use keymoor_core::{
    access::Target,
    jwt::TokenFault,
    refusal::{Pointers, Refusal},
};
use keymoor_guard::refusal_response;
use serde_json::Value;

use crate::support::{METADATA, World, headers, organization, pointers, scoped};

const HMAC: &str = "acquia-http-hmac realm=\"r\",id=\"i\",nonce=\"n\",version=\"2.0\",headers=\"\",signature=\"c2ln\"";

fn render(refusal: &Refusal) -> Response<Bytes> {
    refusal_response(refusal, &pointers())
}

fn challenge(response: &Response<Bytes>) -> String {
    let value = response.headers().get(WWW_AUTHENTICATE);
    value.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// The answer to a request with these headers, from a guard that knows one good token.
async fn answer(values: &[&str], uri: &'static str) -> Response<Bytes> {
    let world = World::new();
    let good = format!("Bearer {}", world.signer.sign(&scoped(None, None)));
    let values: Vec<&str> =
        values.iter().map(|&value| if value == "GOOD" { &good } else { value }).collect();
    let (headers, uri) = (headers(&values), Uri::from_static(uri));
    let asked = world.guard.check(&headers, &uri, Target::General);
    render(&asked.await.unwrap_err())
}

#[tokio::test]
async fn s76_what_is_no_single_token_in_the_header() {
    let cases: [(&[&str], &'static str, u16, &str); 9] = [
        (&[], "/", 401, ""),
        (&["Basic YTpi"], "/", 400, "invalid_request"),
        (&["Bearer"], "/", 400, "invalid_request"),
        (&["Bearer a b"], "/", 400, "invalid_request"),
        (&["GOOD", "GOOD"], "/", 400, "invalid_request"),
        (&["GOOD", "Basic YTpi"], "/", 400, "invalid_request"),
        (&["GOOD"], "/?access_token=a", 400, "invalid_request"),
        (&["Bearer abc"], "/", 401, "invalid_token"),
        (&["Bearer e30.e30.e30"], "/", 401, "invalid_token"),
    ];
    for (values, uri, status, error) in cases {
        let response = answer(values, uri).await;
        assert_eq!(response.status(), status, "{values:?} {uri}");
        let metadata = format!("resource_metadata=\"{METADATA}\"");
        let expected = match error {
            "" => format!("Bearer {metadata}"),
            error => format!("Bearer error=\"{error}\", {metadata}"),
        };
        assert_eq!(challenge(&response), expected, "{values:?} {uri}");
    }
}

#[tokio::test]
async fn s76_a_missing_scope_is_named() {
    let (world, ours) = (World::new(), organization(1));
    world.directory.federate(ours);
    let refused = world.ask(&scoped(None, None), Target::Organization(ours)).await;
    let response = render(&refused.unwrap_err());
    assert_eq!(response.status(), 403);
    assert_eq!(
        challenge(&response),
        format!(
            "Bearer error=\"insufficient_scope\", scope=\"organization:{ours}\", \
             resource_metadata=\"{METADATA}\""
        )
    );
}

#[tokio::test]
async fn s37_the_body_has_both_strings_of_the_page() {
    let body = render(&Refusal::AdditionalAuthentication(organization(1))).into_body();
    let expected = r#"{"error":"additional_authentication_required","message":"This resource requires additional authentication."}"#;
    assert_eq!(body, expected);
}

#[tokio::test]
async fn s78_every_hmac_form_gives_the_one_fixed_answer() {
    let forms = [HMAC, "ACQUIA-HTTP-HMAC x", "Acquia 1:c2ln", "HMAC x", "hmac-sha256 x"];
    let mut bodies = Vec::new();
    for form in forms {
        for values in [&[form][..], &["GOOD", form], &[form, "GOOD"], &[form, form]] {
            let response = answer(values, "/?access_token=a").await;
            assert_eq!(response.status(), 401, "{values:?}");
            assert_eq!(challenge(&response), "Bearer", "{values:?}");
            bodies.push(response.into_body());
        }
    }
    let token = pointers().token;
    let expected = serde_json::json!({
        "error": "unsupported_authentication_scheme",
        "message": format!("HMAC authentication is no longer supported. Use OAuth 2.0 client \
            credentials: exchange your API Key and API Secret for a bearer token at {token}."),
        "documentation": pointers().documentation,
    });
    assert!(bodies.iter().all(|body| *body == expected.to_string()));
}

/// One of each.
fn every_refusal() -> [Refusal; 12] {
    [
        Refusal::NoToken,
        Refusal::NotBearer,
        Refusal::SeveralTokens,
        Refusal::TokenInUrl,
        Refusal::Hmac,
        Refusal::InvalidToken(TokenFault::Expired),
        Refusal::InvalidToken(TokenFault::Signature),
        Refusal::Removed,
        Refusal::AdditionalAuthentication(organization(1)),
        Refusal::OrganizationNotPermitted,
        Refusal::NotFound,
        Refusal::Unavailable,
    ]
}

#[test]
fn every_body_has_error_and_message() {
    for refusal in every_refusal() {
        let body = body(&render(&refusal));
        let filled = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(filled("error") && filled("message"), "{refusal:?}: {body}");
    }
}

#[test]
fn no_answer_is_stored_and_all_are_json() {
    for refusal in every_refusal() {
        let response = render(&refusal);
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        assert_eq!(header("cache-control"), "no-store", "{refusal:?}");
        assert_eq!(header("content-type"), "application/json", "{refusal:?}");
    }
}

#[test]
fn s75_unavailable_says_when_to_come_back() {
    let response = render(&Refusal::Unavailable);
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
}

#[test]
fn s76_every_401_has_a_challenge() {
    for refusal in every_refusal().into_iter().filter(|refusal| refusal.status() == 401) {
        assert!(challenge(&render(&refusal)).starts_with("Bearer"), "{refusal:?}");
    }
}

#[test]
fn a_pointer_that_is_no_header_text_leaves_the_refusal_standing() {
    let odd = Pointers { resource_metadata: "a\nb".to_owned(), ..pointers() };
    let response: Response<Bytes> = refusal_response(&Refusal::NoToken, &odd);
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers().get(WWW_AUTHENTICATE), None);
    assert_ne!(response.headers(), &HeaderMap::new());
}

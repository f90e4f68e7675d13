use keymoor_core::facts::Limits;
use serde_json::{Value, json};

use super::{super::app::call, provider::Works};

const PATH: &str = "/api/identity-providers";

async fn bearer(works: &mut Works) -> String {
    let token = works.app.token(works.owner, Limits::default()).await;
    works.link().await;
    works.app.clock.step(10);
    works.app.bearer(&token, &format!("organization:{}", works.organization)).await
}

#[tokio::test]
async fn a_provider_has_the_fields_of_the_wire_format() {
    let mut works = Works::start().await;
    let bearer = bearer(&mut works).await;
    let path = format!("/api/organizations/{}/identity-provider", works.organization);
    let answer = works.app.call("GET", &path, &bearer).await;
    let mut found = answer.json();
    assert_eq!(found["uuid"], json!(works.id));
    assert_eq!(works.app.call("GET", &format!("{PATH}/{}", works.id), &bearer).await.json(), found);
    let list = works.app.call("GET", PATH, &bearer).await.json();
    assert_eq!(list["_embedded"]["items"], json!([found.clone()]));
    for field in ["uuid", "created_at", "updated_at", "_links"] {
        found.as_object_mut().unwrap().remove(field);
    }
    let expected = json!({
        "label": "Works account", "protocol": "openid", "status": "enabled",
        "issuer": "https://login.example.com", "client_id": "keymoor",
    });
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_provider_is_changed_disabled_and_removed() {
    let mut works = Works::start().await;
    let bearer = bearer(&mut works).await;
    let path = format!("{PATH}/{}", works.id);
    let body = json!({ "label": "Other", "issuer": "https://login.example.com", "client_id": "x" });
    let answer = works.app.send(call("PUT", &path, &bearer, &body.to_string())).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let found = works.app.call("GET", &path, &bearer).await.json();
    assert_eq!((&found["label"], &found["client_id"]), (&json!("Other"), &json!("x")));
    let answer = works.app.call("DELETE", &path, &bearer).await;
    assert_eq!(answer.status, 409, "while the organization requires it");
    let answer = works.app.call("POST", &format!("{path}/actions/enable"), &bearer).await;
    assert_eq!(answer.status, 409, "it is enabled already");
    let answer = works.app.call("POST", &format!("{path}/actions/disable"), &bearer).await;
    assert_eq!(answer.status, 200);
    let answer = works.app.call("GET", &path, &bearer).await;
    assert_eq!(answer.status, 401, "and the token that did it is dead with it");
}

#[tokio::test]
async fn a_certificate_is_refused_in_the_words_of_the_wire_format() {
    let mut works = Works::start().await;
    let bearer = bearer(&mut works).await;
    let body = json!({
        "label": "Other", "entity_id": "https://idp.example.com", "sso_url": "https://idp.example.com/sso",
        "certificate": "x",
    });
    let path = format!("{PATH}/{}", works.id);
    let answer = works.app.send(call("PUT", &path, &bearer, &body.to_string())).await;
    let expected = json!({
        "error": "validation_failed",
        "message": { "credentials": "The certificate is invalid." },
    });
    assert_eq!((answer.status.as_u16(), answer.json()), (400, expected));
}

#[tokio::test]
async fn s35_s37_strangers_find_nothing_and_members_need_the_scope() {
    let works = Works::start().await;
    let (_, strangers) = works.app.client("grace@example.com").await;
    let strangers = works.app.bearer(&strangers, "").await;
    let own = works.app.token(works.owner, Limits::default()).await;
    let own = works.app.bearer(&own, "").await;
    let (one, organization) = (format!("{PATH}/{}", works.id), works.organization);
    let routes = [
        ("GET", one.clone()),
        ("PUT", one.clone()),
        ("DELETE", one.clone()),
        ("POST", format!("{one}/actions/enable")),
        ("POST", format!("{one}/actions/disable")),
        ("GET", format!("/api/organizations/{organization}/identity-provider")),
        ("POST", format!("/api/organizations/{organization}/identity-provider")),
    ];
    for (method, path) in routes {
        let answer = works.app.call(method, &path, &strangers).await;
        assert_eq!(answer.status, 404, "{method} {path}");
        let answer = works.app.call(method, &path, &own).await;
        let expected = json!({
            "error": "additional_authentication_required",
            "message": "This resource requires additional authentication.",
        });
        assert_eq!((answer.status.as_u16(), answer.json()), (403, expected), "{method} {path}");
    }
    let none: Value = works.app.call("GET", PATH, &own).await.json();
    assert_eq!(none["total"], 0);
}

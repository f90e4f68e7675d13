use super::app::TestApp;

#[tokio::test]
async fn the_account_has_every_field_of_the_wire_format() {
    let app = TestApp::start().await;
    let (_, token) = app.client("ada@example.com").await;
    let answer = app.call("GET", "/api/account", &app.bearer(&token, "").await).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    insta::assert_json_snapshot!(answer.json(), { ".uuid" => "[uuid]" }, @r#"
    {
      "_links": {
        "invites": {
          "href": "https://auth.example.com/api/account/invites"
        },
        "parent": {
          "href": "https://auth.example.com/api"
        },
        "self": {
          "href": "https://auth.example.com/api/account"
        },
        "tokens": {
          "href": "https://auth.example.com/api/account/tokens"
        }
      },
      "company": "",
      "country": "",
      "created_at": "2026-11-23T19:11:00+00:00",
      "features": [],
      "first_name": "",
      "flags": {
        "active": true,
        "support": false,
        "tfa": false
      },
      "id": 1,
      "job_function": "",
      "job_title": "",
      "last_login_at": "2026-11-23T19:11:00+00:00",
      "last_name": "",
      "mail": "ada@example.com",
      "metadata": {
        "applications": {
          "recent": [],
          "starred": []
        }
      },
      "name": "ada@example.com",
      "phone": {
        "mobile": null,
        "office": null,
        "tfa": null
      },
      "picture_url": "",
      "state": "",
      "timezone": "UTC",
      "uuid": "[uuid]"
    }
    "#);
}

#[tokio::test]
async fn the_headers_of_existing_clients_are_taken() {
    let app = TestApp::start().await;
    let (_, token) = app.client("ada@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let mut request = super::app::call("GET", "/api/account", &bearer, "");
    let accept = "application/hal+json, version=2".parse().unwrap();
    request.headers_mut().insert("accept", accept);
    assert_eq!(app.send(request).await.status, 200);
}

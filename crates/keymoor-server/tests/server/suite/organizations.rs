use keymoor_core::{OrganizationId, facts::Limits};
use serde_json::json;

use super::app::TestApp;

const PATH: &str = "/api/organizations";

#[tokio::test]
async fn an_organization_has_every_field_of_the_wire_format() {
    let app = TestApp::start().await;
    let (account, token) = app.client("ada@example.com").await;
    let id = app.organization(account, false).await;
    let bearer = app.bearer(&token, "").await;
    let answer = app.call("GET", &format!("{PATH}/{id}"), &bearer).await;
    let redacted = {
        let text =
            answer.text.replace(&id.to_string(), "[id]").replace(&account.to_string(), "[owner]");
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json.sort_all_objects();
        json
    };
    insta::assert_json_snapshot!(redacted, @r#"
    {
      "_links": {
        "admins": {
          "href": "https://auth.example.com/api/organizations/[id]/admins"
        },
        "members": {
          "href": "https://auth.example.com/api/organizations/[id]/members"
        },
        "parent": {
          "href": "https://auth.example.com/api/organizations"
        },
        "roles": {
          "href": "https://auth.example.com/api/organizations/[id]/roles"
        },
        "self": {
          "href": "https://auth.example.com/api/organizations/[id]"
        },
        "teams": {
          "href": "https://auth.example.com/api/organizations/[id]/teams"
        }
      },
      "admins_total": 1,
      "flags": {
        "federated_authentication": false
      },
      "id": 1,
      "name": "Works",
      "owner": {
        "first_name": "",
        "last_name": "",
        "mail": "ada@example.com",
        "picture_url": "",
        "username": "ada@example.com",
        "uuid": "[owner]"
      },
      "roles_total": 0,
      "subscriptions_total": 0,
      "teams_total": 0,
      "users_total": 1,
      "uuid": "[id]"
    }
    "#);
}

#[tokio::test]
async fn s37_a_federated_organization_refuses_with_both_strings_and_opens_to_its_scope() {
    let app = TestApp::start().await;
    let (account, token) = app.client("ada@example.com").await;
    let (plain, federated) =
        (app.organization(account, false).await, app.organization(account, true).await);
    app.sign_in(federated, account).await;
    let bearer = app.bearer(&token, "").await;
    let refused = app.call("GET", &format!("{PATH}/{federated}"), &bearer).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.json(),
        json!({
            "error": "additional_authentication_required",
            "message": "This resource requires additional authentication.",
        })
    );
    let challenge = refused.header("www-authenticate");
    assert!(challenge.contains(&format!("scope=\"organization:{federated}\"")), "{challenge}");
    assert_eq!(app.call("GET", &format!("{PATH}/{plain}"), &bearer).await.status, 200);
    let scoped = app.bearer(&token, &format!("organization:{federated}")).await;
    for id in [plain, federated] {
        assert_eq!(app.call("GET", &format!("{PATH}/{id}"), &scoped).await.status, 200);
    }
}

#[tokio::test]
async fn s35_strangers_cannot_tell_an_organization_from_none() {
    let app = TestApp::start().await;
    let (_, token) = app.client("ada@example.com").await;
    let stranger = app.account("b@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let ids = [
        app.organization(stranger, false).await.to_string(),
        app.organization(stranger, true).await.to_string(),
        OrganizationId::from_random([9; 16]).to_string(),
        "x".to_owned(),
        "%ff".to_owned(),
    ];
    for id in ids {
        let answer = app.call("GET", &format!("{PATH}/{id}"), &bearer).await;
        let expected = json!({ "error": "not_found", "message": "The resource was not found." });
        assert_eq!((answer.status.as_u16(), answer.json()), (404, expected));
        assert_eq!(answer.header("www-authenticate"), "");
    }
}

#[tokio::test]
async fn a_list_shows_of_a_closed_organization_what_is_needed_to_open_it() {
    let app = TestApp::start().await;
    let (account, token) = app.client("ada@example.com").await;
    let federated = app.organization(account, true).await;
    let bearer = app.bearer(&token, "").await;
    let list = app.call("GET", PATH, &bearer).await.json();
    let flags = json!({ "federated_authentication": true });
    let expected = json!([{ "uuid": federated, "name": "Works", "flags": flags }]);
    assert_eq!(list["_embedded"]["items"], expected);
    app.sign_in(federated, account).await;
    let scoped = app.bearer(&token, &format!("organization:{federated}")).await;
    let list = app.call("GET", PATH, &scoped).await.json();
    assert_eq!(list["_embedded"]["items"][0]["owner"]["mail"], "ada@example.com");
}

#[tokio::test]
async fn s39_a_token_limited_to_one_organization_does_not_open_another() {
    let app = TestApp::start().await;
    let account = app.account("a@example.com").await;
    let (ours, other) =
        (app.organization(account, false).await, app.organization(account, false).await);
    let limits = Limits { organizations: Some(vec![ours]), ..Limits::default() };
    let token = app.token(account, limits).await;
    let bearer = app.bearer(&token, "").await;
    assert_eq!(app.call("GET", &format!("{PATH}/{ours}"), &bearer).await.status, 200);
    let refused = app.call("GET", &format!("{PATH}/{other}"), &bearer).await;
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (403, "forbidden"));
}

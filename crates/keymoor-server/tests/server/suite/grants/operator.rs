//! What an operator sees and ends of applications and of what people allowed them.

use keymoor_server::{
    admin::{ApplicationCommand, Command, GrantCommand, GrantsOf},
    operations::OperationError,
};
use serde_json::{Value, json};

use super::{
    super::{app::TestApp, portal::visitor::EMAIL},
    device::{answer, begin, poll},
    world::{Client, start, text},
};

async fn run(app: &TestApp, command: Command) -> Value {
    command.run(&app.app).await.unwrap()
}

fn of(email: Option<&str>, application: Option<&Client>) -> GrantsOf {
    GrantsOf { email: email.map(str::to_owned), application: application.map(|one| one.id) }
}

async fn grants(app: &TestApp, which: GrantsOf) -> Vec<Value> {
    let found = run(app, Command::Grant(GrantCommand::List(which))).await;
    found.as_array().unwrap().clone()
}

#[tokio::test]
async fn an_operator_sees_what_was_allowed_by_account_and_by_application() {
    let (app, client, _, mut visitor) = start().await;
    let other = app.application(true).await;
    let (_, mut second) = app.visitor("second@example.com").await;
    visitor.grants(&app, &client, "offline_access").await;
    visitor.grants(&app, &other, "").await;
    second.grants(&app, &client, "").await;
    let count = async |which| grants(&app, which).await.len();
    assert_eq!(count(of(Some(EMAIL), None)).await, 2);
    assert_eq!(count(of(None, Some(&client))).await, 2);
    assert_eq!(count(of(Some(EMAIL), Some(&client))).await, 1);
    let one = &grants(&app, of(Some(EMAIL), Some(&client))).await[0];
    let named = ["account", "application", "scope", "last_used_from"].map(|name| &one[name]);
    assert_eq!(named, [EMAIL, "Build dashboard", "offline_access", "192.0.2.1"]);
    assert_eq!(one["client_id"], client.id.to_string());
    let listed = run(&app, Command::Application(ApplicationCommand::List { email: None })).await;
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(|one| &one["client_id"]).collect();
    assert_eq!(ids, [&other.id.to_string(), &client.id.to_string()], "newest first");
    assert_eq!(listed[0]["confidential"], json!(true));
    assert_eq!(listed[0]["rights"], json!(["browser", "device", "refresh_tokens"]));
    let email = Some(format!("{}@example.com", client.id));
    let listed = run(&app, Command::Application(ApplicationCommand::List { email })).await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn s81_what_an_operator_ends_is_dead_at_once() {
    let (app, client, _, mut visitor) = start().await;
    let one = visitor.grants(&app, &client, "offline_access").await;
    let id = grants(&app, of(Some(EMAIL), None)).await[0]["grant_id"].as_str().unwrap().to_owned();
    let end = || Command::Grant(GrantCommand::End { id: id.parse().unwrap() });
    run(&app, end()).await;
    assert!(!app.works(&one).await);
    assert_eq!(
        app.refresh(&client, text(&one, "refresh_token"), "").await.error(),
        "invalid_grant"
    );
    let again = end().run(&app.app).await.unwrap_err();
    assert_eq!(again.to_string(), "the grant was ended before");
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.push(visitor.grants(&app, &client, "").await);
    }
    let (_, mut second) = app.visitor("second@example.com").await;
    let others = second.grants(&app, &client, "").await;
    let end = Command::Grant(GrantCommand::EndAll(of(Some(EMAIL), Some(&client))));
    assert_eq!(run(&app, end).await, json!({ "ended": 2 }));
    assert!(!app.works(&kept[0]).await && !app.works(&kept[1]).await);
    assert!(app.works(&others).await, "another's goes on");
    let reason = Some("unknown".to_owned());
    let remove = ApplicationCommand::Remove { id: client.id, reason };
    assert!(run(&app, Command::Application(remove)).await["removed_at"].is_string());
    assert!(!app.works(&others).await);
    let removed = app.store.application(client.id).await.unwrap().unwrap().removal.unwrap();
    assert_eq!((&*removed.by, removed.reason.as_deref()), ("operator", Some("unknown")));
}

#[tokio::test]
async fn s81_what_was_allowed_and_not_fetched_brings_nothing_when_an_operator_ends_all() {
    let (app, client, account, mut visitor) = start().await;
    for which in [of(Some(EMAIL), None), of(None, Some(&client)), of(Some(EMAIL), Some(&client))] {
        let code = visitor.lets_in(&app, &client, "offline_access").await;
        let asked = begin(&app, &client, "offline_access").await;
        answer(&app, &mut visitor, &asked, "allow").await;
        let end = Command::Grant(GrantCommand::EndAll(which));
        assert_eq!(run(&app, end).await, json!({ "ended": 2 }));
        assert_eq!(app.redeem(&client, &code).await.error(), "invalid_grant");
        assert_eq!(poll(&app, &client, &asked).await.error(), "invalid_grant");
        assert!(app.store.grants_of(account, app.now()).await.unwrap().is_empty());
    }
    let told = super::super::audit::events(&app).await;
    let denied: Vec<_> = told.iter().filter(|one| one["kind"] == "grant.device_denied").collect();
    assert_eq!(
        (denied.len(), &denied[0]["actor"], &denied[0]["times"]),
        (1, &json!("operator"), &json!(3))
    );
}

#[tokio::test]
async fn the_reason_for_a_removal_is_a_line_of_text() {
    let (app, client, _, _) = start().await;
    for reason in ["", "two\nlines", &"x".repeat(1000)] {
        let remove = ApplicationCommand::Remove { id: client.id, reason: Some(reason.to_owned()) };
        let refused = Command::Application(remove).run(&app.app).await.unwrap_err();
        assert!(matches!(refused, OperationError::Invalid { field: "reason", .. }), "{refused}");
    }
    assert!(app.store.application(client.id).await.unwrap().unwrap().removal.is_none());
}

#[tokio::test]
async fn an_operator_hears_that_there_is_no_such_thing() {
    let (app, client, _, _) = start().await;
    let nobody = Client { id: keymoor_core::ApplicationId::from_random([1; 16]), ..client };
    for (command, told) in [
        (Command::Grant(GrantCommand::List(of(None, Some(&nobody)))), "application not found"),
        (Command::Grant(GrantCommand::List(of(Some("x@example.com"), None))), "account not found"),
        (
            Command::Application(ApplicationCommand::Remove { id: nobody.id, reason: None }),
            "application not found",
        ),
        (
            Command::Grant(GrantCommand::End { id: keymoor_core::GrantId::from_random([1; 16]) }),
            "grant not found",
        ),
    ] {
        assert_eq!(command.run(&app.app).await.unwrap_err().to_string(), told);
    }
}

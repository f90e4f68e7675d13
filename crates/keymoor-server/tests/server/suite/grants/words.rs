//! What applications read that are refused.

use super::{
    super::app::{TOKEN, form},
    world::{Client, DEVICE, encoded, start},
};

#[tokio::test]
async fn an_application_is_told_of_no_api_key_and_no_api_token() {
    let (app, public, _, _) = start().await;
    let confidential = app.application(true).await;
    let bare = confidential.bare();
    let wrong = Some(keymoor_core::ApiSecret::generate([9; 32]));
    let wrong = Client { secret: wrong, ..confidential.bare() };
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let unnamed = encoded(&fields);
    let damaged = format!("{}&client_secret=x%20y", public.form(&fields));
    let mut told = Vec::new();
    for body in [bare.form(&fields), wrong.form(&fields), unnamed, damaged] {
        for path in [TOKEN, DEVICE] {
            let answer = app.send(form(path, &body)).await;
            assert_eq!((answer.status.as_u16(), &*answer.error()), (401, "invalid_client"));
            told.push(answer.json()["error_description"].as_str().unwrap().to_owned());
        }
    }
    let revoked = app.send(form("/api/auth/oauth/revoke", &bare.form(&[("token", "x")]))).await;
    told.push(revoked.json()["error_description"].as_str().unwrap().to_owned());
    for text in told {
        assert!(!text.contains("API"), "{text}");
        assert!(text.contains("application") || text.contains("client_secret"), "{text}");
    }
}

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{
    super::app::{Answer, TestApp},
    visitor::{EMAIL, PASSWORD, Visitor},
};

/// Tries to change the password; whether it was taken.
async fn is_taken(app: &TestApp, visitor: &mut Visitor, current: &str, new: &str) -> bool {
    let fields = [("current", current), ("password", new), ("again", new)];
    let path = "/account/security/password";
    let answer = visitor.submit(app, "/account/security", path, &fields).await;
    assert!([200, 422].contains(&answer.status.as_u16()), "{answer:?}");
    answer.status == 200
}

#[tokio::test]
async fn s47_passwords_have_a_length_and_are_not_guessed_at_once() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let varied: String = (1_u64..).map(|n| format!("{:x} ", n * n * 7919)).take(200).collect();
    let (long, longest, too_long) = (&varied[..64], &varied[..1024], &varied[..1025]);
    let mut current = PASSWORD.to_owned();
    for (new, taken) in [
        ("t7Kq!x2", false),
        ("t7Kq!x2W", true),
        (long, true),
        (longest, true),
        (too_long, false),
        ("password", false),
        ("password1", false),
        ("qwertyuiop", false),
        ("letmein123", false),
        ("ada@example.com", false),
        ("example1", false),
        ("aaaaaaaaaaaa", false),
        ("пять тёмных ветров", true),
    ] {
        assert_eq!(is_taken(&app, &mut visitor, &current, new).await, taken, "{new}");
        if taken {
            new.clone_into(&mut current);
        }
    }
}

#[tokio::test]
async fn s47_every_byte_of_a_password_counts() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let new = format!(" {} ", "heron tide quartz ".repeat(5));
    assert!(new.len() > 73 && is_taken(&app, &mut visitor, PASSWORD, &new).await);
    let mut flipped = new.clone().into_bytes();
    flipped[72] ^= 1;
    let flipped = String::from_utf8(flipped).unwrap();
    for (password, status) in
        [(&*flipped, 422), (new.trim(), 422), (&*new.to_uppercase(), 422), (&*new, 303)]
    {
        let answer = Visitor::default().sign_in(&app, EMAIL, password).await;
        assert_eq!(answer.status, status, "{password:?}");
    }
}

#[tokio::test]
async fn s47_a_password_is_stored_as_argon2id_alone() {
    let (app, account, _) = TestApp::with_visitor().await;
    let hash = app.store.password_hash(account).await.unwrap().unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let bytes = app.place.bytes();
    assert!(!bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()));
}

#[tokio::test]
async fn s47_a_password_of_a_megabyte_costs_nothing() {
    let (app, _, _) = TestApp::with_visitor().await;
    let before = app.app.passwords_hashed();
    let answer = Visitor::default().sign_in(&app, EMAIL, &"x".repeat(1_000_000)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(app.app.passwords_hashed(), before);
}

#[tokio::test]
async fn s49_changing_the_password_needs_the_current_one() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let new = "seven grey seals asleep";
    for wrong in ["", "nine blue herons at dawn", &PASSWORD.to_uppercase()] {
        assert!(!is_taken(&app, &mut visitor, wrong, new).await);
    }
    let path = "/account/security/password";
    let fields = [("current", PASSWORD), ("password", new), ("again", "something else")];
    let answer = visitor.submit(&app, "/account/security", path, &fields).await;
    assert!(answer.text.contains("not the same both times"));
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 303, "unchanged");
}

#[tokio::test]
async fn s49_guesses_at_the_current_password_are_slowed_down() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    for _ in 0..5 {
        assert!(!is_taken(&app, &mut visitor, "a wrong one", "seven grey seals asleep").await);
    }
    let fields = [("current", PASSWORD), ("password", "x"), ("again", "x")];
    let path = "/account/security/password";
    let answer = visitor.submit(&app, "/account/security", path, &fields).await;
    assert_eq!(answer.status, 429);
}

#[tokio::test]
async fn s49_a_stranger_does_not_stand_in_the_way_of_somebody_signed_in() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    for _ in 0..6 {
        Visitor::default().sign_in(&app, EMAIL, "a wrong password").await;
    }
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 429);
    let again = "/sign-in/again";
    let confirmed = visitor.submit(&app, again, again, &[("password", PASSWORD)]).await;
    assert_eq!(confirmed.status, 303);
    assert!(is_taken(&app, &mut visitor, PASSWORD, "seven grey seals asleep").await);
}

#[tokio::test]
async fn s49_guesses_at_the_password_of_a_session_are_slowed_down() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let again = "/sign-in/again";
    for _ in 0..5 {
        let answer = visitor.submit(&app, again, again, &[("password", "a wrong one")]).await;
        assert_eq!(answer.status, 422);
    }
    let answer = visitor.submit(&app, again, again, &[("password", PASSWORD)]).await;
    assert_eq!(answer.status, 429);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 303, "elsewhere");
}

/// So many browsers that each send a wrong password at once: under which name, and what they are told.
pub(crate) async fn flood(app: &Arc<TestApp>, count: u32) -> Vec<JoinHandle<(String, Answer)>> {
    let mut ready = Vec::new();
    for number in 0..count {
        let mut visitor = Visitor::default();
        let page = visitor.get(app, "/sign-in").await;
        ready.push((visitor, page, format!("somebody{number}@example.com")));
    }
    let flood = ready.into_iter().map(|(mut visitor, page, email)| {
        let app = app.clone();
        tokio::spawn(async move {
            let fields = [("email", &*email), ("password", "a wrong one")];
            let answer = visitor.submit_from(&app, &page, "/sign-in", &fields).await;
            (email, answer)
        })
    });
    flood.collect()
}

#[tokio::test]
async fn s48_a_flood_of_sign_ins_is_refused_and_tokens_are_issued() {
    let (app, _, _) = TestApp::with_visitor().await;
    let (_, token) = app.client("client@example.com").await;
    let flood = flood(&app, 150).await;
    assert_eq!(app.ask(&token, "").await.status, 200);
    let mut busy = 0;
    for answer in flood {
        let (email, answer) = answer.await.unwrap();
        let before = tries_left(&app, &email).await;
        if answer.status == 503 {
            assert_eq!(answer.header("retry-after"), "1");
            assert_eq!(before, 5, "who was told to come later has not tried");
            busy += 1;
        } else if answer.status != 408 {
            // A machine with much else to do gives some up after their 30 seconds.
            assert_eq!((answer.status.as_u16(), before), (422, 4));
        }
    }
    assert!((1..150).contains(&busy), "{busy} of 150 were told to come later");
}

/// How many more attempts under a name are taken at once.
async fn tries_left(app: &TestApp, name: &str) -> usize {
    let mut left = 0;
    while app.store.attempt(name, keymoor_testkit::NOW).await.unwrap().is_ok() {
        left += 1;
    }
    left
}

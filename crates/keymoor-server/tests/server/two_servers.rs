//! What is exchanged counts once, whichever of two servers on one database takes it (SECURITY.md 91).

use std::sync::Arc;

use crate::{
    postgres::{
        app::{Answer, TestApp},
        grants::{
            device::{answer, begin, poll},
            world::{Client, start, text},
        },
        portal::visitor::Visitor,
    },
    postgres_only::second,
};

/// So many ask at each server at once.
const TIMES: usize = 10;

/// Two servers, an application and somebody signed in at the first.
async fn two() -> ([Arc<TestApp>; 2], Arc<Client>, Visitor) {
    let (here, client, _, visitor) = start().await;
    let there = Arc::new(second(&here).await);
    ([here, there], Arc::new(client), visitor)
}

/// What is told when `ask` is done at both servers at once.
async fn at_once<A>(servers: &[Arc<TestApp>; 2], ask: impl Fn(Arc<TestApp>) -> A) -> Vec<Answer>
where
    A: Future<Output = Answer> + Send + 'static,
{
    let asked =
        servers.iter().cycle().take(2 * TIMES).map(|server| tokio::spawn(ask(server.clone())));
    let mut answers = Vec::new();
    for one in asked.collect::<Vec<_>>() {
        answers.push(one.await.unwrap());
    }
    answers
}

/// One got tokens, the others none; and as it came again, at both servers what it brought is dead.
async fn assert_one(servers: &[Arc<TestApp>; 2], answers: &[Answer]) {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1, "{answers:?}");
    assert!(lost.iter().all(|answer| answer.error() == "invalid_grant"), "{answers:?}");
    for server in servers {
        server.app.catch_up().await.unwrap();
        assert!(!server.works(&won[0].json()).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s91_a_code_is_redeemed_at_one_of_two_servers_once() {
    let (servers, client, mut visitor) = two().await;
    for _ in 0..3 {
        let code = visitor.lets_in(&servers[0], &client, "offline_access").await;
        let answers = at_once(&servers, |server| {
            let (client, code) = (client.clone(), code.clone());
            async move { server.redeem(&client, &code).await }
        });
        assert_one(&servers, &answers.await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s91_a_device_code_is_redeemed_at_one_of_two_servers_once() {
    let (servers, client, mut visitor) = two().await;
    for _ in 0..3 {
        let asked = begin(&servers[0], &client, "offline_access").await;
        answer(&servers[0], &mut visitor, &asked, "allow").await;
        let answers = at_once(&servers, |server| {
            let (client, asked) = (client.clone(), asked.clone());
            async move { poll(&server, &client, &asked).await }
        });
        assert_one(&servers, &answers.await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s91_a_device_is_answered_at_one_server_and_hears_of_it_at_the_other() {
    let ([here, there], client, mut visitor) = two().await;
    let asked = begin(&there, &client, "").await;
    assert_eq!(poll(&there, &client, &asked).await.error(), "authorization_pending");
    assert_eq!(poll(&here, &client, &asked).await.error(), "slow_down", "counted together");
    answer(&here, &mut visitor, &asked, "allow").await;
    assert_eq!(poll(&there, &client, &asked).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s91_refreshes_at_two_servers_bring_one_successor() {
    let (servers, client, mut visitor) = two().await;
    let tokens = visitor.grants(&servers[0], &client, "offline_access").await;
    let mut token = text(&tokens, "refresh_token").to_owned();
    for _ in 0..3 {
        let answers = at_once(&servers, |server| {
            let (client, token) = (client.clone(), token.clone());
            async move { server.refresh(&client, &token, "").await }
        });
        let answers = answers.await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let told = answers.iter().map(|answer| text(&answer.json(), "refresh_token").to_owned());
        let told: std::collections::BTreeSet<_> = told.collect();
        assert_eq!(told.len(), 1);
        token = told.into_iter().next().unwrap();
    }
}

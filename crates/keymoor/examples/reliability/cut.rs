use std::time::{Duration, Instant};

use keymoor_guard::WhenLost;

use crate::{
    Outcome,
    relay::Relay,
    server::{Server, passes},
};

/// Cuts the feed, removes an API token, and sees when the guard refuses its access token.
pub(crate) async fn run(keymoor: &str, policy: &str) -> Outcome {
    let (when_lost, bound) = match policy {
        "deny" => (WhenLost::Deny, 10),
        "introspect" => (WhenLost::Introspect, 10),
        "ride" => (WhenLost::Ride, 305),
        other => return Err(format!("no policy {other}").into()),
    };
    let mut relay = Relay::bind().await?;
    let issuer = format!("http://{}", relay.address);
    let server = Server::start(keymoor, &["--public-url".to_owned(), issuer.clone()])?;
    relay.pass_to(&server.address);
    let (guard, watch) = server.guard(&issuer, when_lost)?;
    while watch.health().number == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let token = server.token()?;
    let bearer = server.bearer(&token).await?.map_err(|status| status.to_string())?;
    if !passes(&guard, &bearer).await {
        return Err("the guard refuses a token that was not removed".into());
    }
    relay.cut();
    server.admin(&["token", "remove", &token.key])?;
    let removed = Instant::now();
    while passes(&guard, &bearer).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = removed.elapsed();
    println!("| {policy} | {:.1} s | {bound} s |", took.as_secs_f64());
    if took <= Duration::from_secs(bound) { Ok(()) } else { Err("the bound is not held".into()) }
}

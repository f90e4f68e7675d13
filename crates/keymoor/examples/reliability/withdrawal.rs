use std::time::{Duration, Instant};

use keymoor_guard::WhenLost;

use crate::{
    Outcome,
    server::{Server, passes},
};

/// How often a signing key is withdrawn.
const TIMES: usize = 20;
/// The bound: from the operator's answer to the guard's first refusal.
const BOUND: Duration = Duration::from_secs(1);

/// Withdraws the signing key again and again, and sees how soon a guard in this process refuses
/// what it signed and takes what its successor signs.
pub(crate) async fn run(keymoor: &str) -> Outcome {
    let server = Server::start(keymoor, &[])?;
    let token = server.token()?;
    let (guard, _) = server.guard(&server.url(""), WhenLost::Ride)?;
    let (mut refused, mut accepted) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let bearer = server.bearer(&token).await?.map_err(|status| status.to_string())?;
        let fetched = Instant::now();
        while !passes(&guard, &bearer).await {
            check(fetched.elapsed())?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        accepted.push(fetched.elapsed());
        server.admin(&["signing-key", "withdraw", &server.signing_key()?])?;
        let withdrawn = Instant::now();
        while passes(&guard, &bearer).await {
            check(withdrawn.elapsed())?;
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        refused.push(withdrawn.elapsed());
    }
    println!("| a signing key is withdrawn, {TIMES} times | p50 | longest |\n|---|---|---|");
    row("its tokens refused by a guard in another process, after the answer", &mut refused);
    row("its successor's tokens accepted there", &mut accepted[1..]);
    check(refused.last().copied().unwrap_or_default())
}

fn row(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |place: usize| times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    println!("| {what} | {:.1} ms | {:.1} ms |", at(times.len() / 2), at(times.len() - 1));
}

fn check(took: Duration) -> Outcome {
    if took <= BOUND {
        Ok(())
    } else {
        Err(format!("the bound of 1 s is not held: {took:?}").into())
    }
}

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use keymoor_guard::{Guard, WhenLost};

use crate::{
    Outcome,
    server::{ApiToken, Server, passes},
};

/// Clients that ask for tokens all the while.
const LOAD: usize = 4;
/// How long an access token is used before another one is asked for.
const RENEW: Duration = Duration::from_mins(4);
/// The bound: from the answer to a removal to the guard's first refusal, at the 99th percentile.
const BOUND: Duration = Duration::from_secs(1);

/// Removes API tokens under load, one after another, and sees how soon they are refused.
pub(crate) async fn run(keymoor: &str, count: usize) -> Outcome {
    let server = Arc::new(Server::start(keymoor, &[])?);
    let owner = server.token()?;
    let mut bearer = fresh(&server, &owner).await?;
    eprintln!("making {count} API tokens");
    let mut tokens = Vec::new();
    for _ in 0..count {
        tokens.push(server.child(&bearer).await?);
    }
    let (guard, _) = server.guard(&server.url(""), WhenLost::Ride)?;
    let guard = Arc::new(guard);
    let (goes_on, issued) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::new(0)));
    for _ in 0..LOAD {
        tokio::spawn(load(server.clone(), owner.clone(), goes_on.clone(), issued.clone()));
    }
    let begun = Instant::now();
    let (mut delays, mut asked) = (Vec::new(), Instant::now());
    for (place, token) in tokens.iter().enumerate() {
        if place % 100 == 0 {
            eprintln!("{place} of {count} removed");
        }
        if asked.elapsed() > RENEW {
            (bearer, asked) = (fresh(&server, &owner).await?, Instant::now());
        }
        delays.push(remove(&server, &guard, &bearer, token).await?);
    }
    goes_on.store(false, Ordering::SeqCst);
    let rate = issued.load(Ordering::SeqCst) / begun.elapsed().as_secs().max(1);
    delays.sort();
    report(&delays, rate)
}

async fn fresh(
    server: &Server,
    token: &ApiToken,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    server.bearer(token).await?.map_err(|status| format!("no token: {status}").into())
}

/// Asks for tokens until it is told to stop.
async fn load(
    server: Arc<Server>,
    token: ApiToken,
    goes_on: Arc<AtomicBool>,
    issued: Arc<AtomicU64>,
) {
    while goes_on.load(Ordering::SeqCst) {
        if let Ok(Ok(_)) = server.bearer(&token).await {
            issued.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Removes one API token. The server has to refuse it with its answer; how much later the guard
/// did is returned.
async fn remove(
    server: &Server,
    guard: &Arc<Guard>,
    owner: &str,
    token: &ApiToken,
) -> Result<Duration, Box<dyn std::error::Error + Send + Sync>> {
    let bearer = fresh(server, token).await?;
    if !passes(guard, &bearer).await {
        return Err("the guard refuses a token that was not removed".into());
    }
    let watching = {
        let (guard, bearer) = (guard.clone(), bearer.clone());
        tokio::spawn(async move {
            while passes(&guard, &bearer).await {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            Instant::now()
        })
    };
    let path = format!("/api/account/tokens/{}", token.key);
    let status = server.call(Method::DELETE, &path, owner).await?;
    let answered = Instant::now();
    let used = server.call(Method::GET, "/api/account", &bearer).await?;
    let asked = server.bearer(token).await?;
    if (status, used) != (200, 401) || asked != Err(401) {
        return Err(format!("removal {status}, use {used}, token {asked:?}").into());
    }
    let refused = tokio::time::timeout(Duration::from_secs(30), watching).await??;
    Ok(refused.saturating_duration_since(answered))
}

fn report(delays: &[Duration], rate: u64) -> Outcome {
    let at = |percent: usize| delays[(delays.len() - 1) * percent / 100];
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    println!("{} removals while {rate} tokens/s were issued\n", delays.len());
    println!("| refused | p50 | p99 | longest |\n|---|---|---|---|");
    println!("| by the server, after its answer | 0 | 0 | 0 |");
    let (p50, p99, longest) = (at(50), at(99), at(100));
    println!(
        "| by a guard in another process, after the answer | {} | {} | {} |",
        milliseconds(p50),
        milliseconds(p99),
        milliseconds(longest)
    );
    if p99 <= BOUND { Ok(()) } else { Err("the bound of 1 s at p99 is not held".into()) }
}

//! How long a token takes while many sign in: what `bench/sign-in-flood` runs. Tokens are asked for
//! at a fixed rate, whether or not the ones before have come, and each is timed from when it was due.

#[path = "../reliability/server.rs"]
#[expect(dead_code, reason = "the guard's half is for the other program")]
mod server;

use std::{
    env,
    error::Error,
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use server::{ApiToken, Server};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How many browsers sign in at once.
const BROWSERS: usize = 100;
/// How many clients find out how many tokens a second there can be.
const CLIENTS: usize = 32;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match &arguments[..] {
        [keymoor, seconds] => match seconds.parse() {
            Ok(seconds) => run(keymoor, Duration::from_secs(seconds)).await,
            Err(_) => Err("SECONDS is a number".into()),
        },
        _ => Err("usage: sign_in_flood KEYMOOR SECONDS".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(keymoor: &str, time: Duration) -> Outcome<()> {
    let server = Arc::new(Server::start(keymoor, &[])?);
    let token = server.token()?;
    let most = fastest(&server, &token, Duration::from_secs(4)).await?;
    let rate = most / 2;
    println!("at most {most} tokens/s by {CLIENTS} clients; {rate} tokens/s from here on\n");
    println!("| | p50 | p99 | |\n|---|---|---|---|");
    let quiet = steady(&server, &token, rate, time).await?;
    tell("quiet", quiet, "");
    let goes_on = Arc::new(AtomicBool::new(true));
    let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let mut flood = Vec::new();
    for number in 0..BROWSERS {
        let (url, goes_on, counts) = (server.url(""), goes_on.clone(), counts.clone());
        flood.push(tokio::spawn(sign_in_on_and_on(url, number, goes_on, counts)));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let flooded = steady(&server, &token, rate, time).await?;
    goes_on.store(false, Ordering::SeqCst);
    for browser in flood {
        browser.await??;
    }
    let [checked, busy] = [&counts[0], &counts[1]].map(|count| count.load(Ordering::SeqCst));
    let note = format!("{checked} sign-ins checked, {busy} told to come later");
    tell(&format!("{BROWSERS} browsers sign in"), flooded, &note);
    println!("\np99 {:.1} times the quiet one", flooded.1 / quiet.1);
    Ok(())
}

fn tell(what: &str, (p50, p99): (f64, f64), note: &str) {
    println!("| {what} | {p50:.1} ms | {p99:.1} ms | {note} |");
}

/// How many tokens a second there are when each client asks again at once.
async fn fastest(server: &Arc<Server>, token: &ApiToken, time: Duration) -> Outcome<u32> {
    let end = Instant::now() + time;
    let clients = (0..CLIENTS).map(|_| {
        let (server, token) = (server.clone(), token.clone());
        tokio::spawn(async move {
            let mut count = 0_u32;
            while Instant::now() < end {
                server.bearer(&token).await?.map_err(|status| status.to_string())?;
                count += 1;
            }
            Outcome::Ok(count)
        })
    });
    let mut count = 0;
    for client in clients.collect::<Vec<_>>() {
        count += client.await??;
    }
    Ok(count / u32::try_from(time.as_secs())?)
}

/// Median and 99th percentile, in milliseconds, of tokens that are due at `rate` a second.
async fn steady(
    server: &Arc<Server>,
    token: &ApiToken,
    rate: u32,
    time: Duration,
) -> Outcome<(f64, f64)> {
    let times = Arc::new(Mutex::new(Vec::new()));
    let (begun, mut sent) = (Instant::now(), 0);
    let mut pace = tokio::time::interval(Duration::from_millis(1));
    let mut asked = Vec::new();
    while begun.elapsed() < time {
        pace.tick().await;
        while f64::from(sent) < begun.elapsed().as_secs_f64() * f64::from(rate) {
            let due = begun + Duration::from_secs_f64(f64::from(sent) / f64::from(rate));
            let (server, token, times) = (server.clone(), token.clone(), times.clone());
            asked.push(tokio::spawn(async move {
                server.bearer(&token).await?.map_err(|status| status.to_string())?;
                times.lock().expect("no panic").push(due.elapsed());
                Outcome::Ok(())
            }));
            sent += 1;
        }
    }
    for one in asked {
        one.await??;
    }
    let mut times = std::mem::take(&mut *times.lock().expect("no panic"));
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1000.0;
    Ok((at(50), at(99)))
}

/// Opens the sign-in page once and sends its form until it is over.
async fn sign_in_on_and_on(
    url: String,
    number: usize,
    goes_on: Arc<AtomicBool>,
    counts: Arc<[AtomicUsize; 2]>,
) -> Outcome<()> {
    let client = reqwest::Client::new();
    let page = client.get(format!("{url}/sign-in")).send().await?;
    let cookie = page.headers()["set-cookie"].to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let page = page.text().await?;
    let (_, csrf) = page.split_once("name=\"csrf\" value=\"").ok_or("no form")?;
    let csrf = csrf.split('"').next().unwrap_or_default();
    let mut guess = 0;
    while goes_on.load(Ordering::SeqCst) {
        guess += 1;
        let email = format!("somebody{number}.{guess}@example.com");
        let form = [("csrf", csrf), ("email", &email), ("password", "a wrong one")];
        let request = client.post(format!("{url}/sign-in")).header("cookie", &cookie);
        let answer = request.header("origin", &url).form(&form).send().await?;
        match answer.status().as_u16() {
            422 => counts[0].fetch_add(1, Ordering::SeqCst),
            503 => counts[1].fetch_add(1, Ordering::SeqCst),
            other => return Err(format!("a sign-in was answered by {other}").into()),
        };
    }
    Ok(())
}

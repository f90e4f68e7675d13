//! `keymoor demo`: a real server on loopback, a small API behind the guard, and the whole story.

mod check;
mod http;
mod sample_api;
mod stage;
mod story;

use std::{net::SocketAddr, time::Duration};

use clap::Args;
use stage::Stage;

use crate::{error::Error, log, output::say, serve};

#[derive(Args)]
pub(crate) struct DemoOptions {
    /// Carries the whole story out by itself, prints each outcome, and exits 0 only if all hold
    #[arg(long)]
    check: bool,

    /// Where the server listens; port 0 picks a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    listen: SocketAddr,

    /// What to log
    #[arg(long, value_name = "FILTER", env = "KEYMOOR_LOG", default_value = "warn")]
    log: String,
}

/// The demo's secrets are printed and its database is thrown away: it stays on this machine.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "not an address and port".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the demo listens on loopback only, such as 127.0.0.1:8080".to_owned())
    }
}

/// Sets the stage; then tells the story, or waits for the reader to try it.
pub(crate) fn run(options: &DemoOptions) -> Result<(), Error> {
    log::start(&options.log)?;
    let runtime = serve::runtime()?;
    let outcome = runtime.block_on(async {
        let stage = Stage::set(options.listen).await?;
        let outcome = if options.check { check::run(&stage).await } else { wait(&stage).await };
        stage.strike().await;
        outcome
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn wait(stage: &Stage) -> Result<(), Error> {
    say(story::text(stage).trim_end());
    serve::wait_for_signal()?.await;
    Ok(())
}

//! Long runs that show the bounds of SECURITY.md on a real clock: what `bench/reliability` runs.
//! Each prints a table for docs/reliability.md, and fails if a bound is not held.

mod cut;
mod relay;
mod removals;
mod server;
mod withdrawal;

use std::{env, error::Error, process::ExitCode};

/// Whatever goes wrong ends the run.
type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: reliability KEYMOOR removals [COUNT]
       reliability KEYMOOR withdrawal
       reliability KEYMOOR cut (deny | introspect | ride)
  KEYMOOR is the program to be shown; DATABASE in the environment is its KEYMOOR_DATABASE.";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        [keymoor, "removals"] => removals::run(keymoor, 1000).await,
        [keymoor, "removals", count] => match count.parse() {
            Ok(count) => removals::run(keymoor, count).await,
            Err(_) => Err(USAGE.into()),
        },
        [keymoor, "withdrawal"] => withdrawal::run(keymoor).await,
        [keymoor, "cut", policy] => cut::run(keymoor, policy).await,
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

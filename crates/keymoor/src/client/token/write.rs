use std::{path::Path, time::Duration};

use keymoor_client::AccessToken;
use keymoor_client::vault::write_private;

use crate::client::{
    arguments::TokenOptions,
    failure::Failure,
    session::{Session, block_on},
};

/// The wait after a failure, at first and at most.
const SOON: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(30);

/// Writes a token into a file (0600), as a whole; with --watch again before each expiry.
pub(super) fn run(
    session: &Session,
    path: &Path,
    options: &TokenOptions,
    at_least: Duration,
) -> Result<(), Failure> {
    let token = session.token(at_least, options.fresh)?;
    let keep = |token: &AccessToken| {
        let text = session.printed(token, |printed| printed.text(options.format));
        let written = write_private(path, text.as_bytes());
        written.map_err(|error| Failure::other(format!("{}: {error}", path.display())))
    };
    keep(&token)?;
    if options.watch { block_on(watch(session, token, at_least, keep)) } else { Ok(()) }
}

/// Goes on until it is interrupted. The file keeps the old token while a new one cannot be had.
async fn watch(
    session: &Session,
    mut token: AccessToken,
    at_least: Duration,
    keep: impl Fn(&AccessToken) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (tokens, scopes) = (session.client()?.tokens().clone(), session.scopes());
    let mut wait = SOON;
    loop {
        tokio::time::sleep(due(&token, at_least)).await;
        match tokens.token(&scopes, at_least.max(token.expires_in() + SOON)).await {
            Ok(next) => {
                keep(&next)?;
                (token, wait) = (next, SOON);
            }
            Err(error) => {
                tell!("keymoor: {error}; trying again in {} s", wait.as_secs());
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LATE);
            }
        }
    }
}

/// Before the file's reader would find less than what was asked for.
fn due(token: &AccessToken, at_least: Duration) -> Duration {
    wait(token.expires_in(), token.renew_in(), token.life(), at_least)
}

/// No more than four fifths of the life count, as everywhere, and there is a second between two
/// rounds at least: a new token has no more either.
fn wait(left: Duration, renew: Duration, life: Duration, at_least: Duration) -> Duration {
    let margin = left.saturating_sub(renew).max(life / 5);
    let wanted = at_least.min(life.saturating_sub(margin));
    renew.min(left.saturating_sub(wanted)).max(SOON)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    fn wait(left: u64, life: u64, at_least: u64) -> u64 {
        let renew = left.saturating_sub(60.min(life / 5));
        let [left, renew, life, at_least] = [left, renew, life, at_least].map(Duration::from_secs);
        super::wait(left, renew, life, at_least).as_secs()
    }

    #[test]
    fn a_token_is_renewed_before_less_is_left_than_what_was_asked_for() {
        assert_eq!(wait(300, 300, 60), 240);
        assert_eq!(wait(300, 300, 120), 180);
    }

    #[test]
    fn asking_for_more_than_a_token_lives_makes_no_storm_of_requests() {
        assert_eq!(wait(300, 300, 299), 60);
        assert_eq!(wait(300, 300, 100_000), 60);
        assert_eq!(wait(0, 300, 299), 1);
    }
}

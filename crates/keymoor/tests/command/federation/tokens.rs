//! What access tokens open, as curl sees it.

use std::time::{Duration, Instant};

use super::{
    super::process::{curl, text},
    world::World,
};

/// What `GET /api/organizations/{uuid}` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Opens,
    /// With both strings of the page, and the scope to ask for.
    NeedsSignIn,
    Dead,
}

/// The header with the token that was granted.
pub(super) fn bearer(answer: &serde_json::Value) -> String {
    let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
    format!("Authorization: Bearer {token}")
}

/// What is granted once tokens can be told from those that have just died.
pub(super) fn in_a_moment(world: &World, scope: &str) -> serde_json::Value {
    let begun = Instant::now();
    loop {
        let answer = world.ask(Some(scope));
        if answer["error"] != "temporarily_unavailable" {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{answer}");
        std::thread::yield_now();
    }
}

pub(super) fn call(world: &World, organization: &str, bearer: &str) -> Answer {
    let url = format!("{}/api/organizations/{organization}", world.server.url);
    let answer = text(&curl(&["--include", &url, "-H", bearer]).stdout);
    match answer.split(' ').nth(1) {
        Some("200") => {
            assert!(answer.contains(organization), "{answer}");
            Answer::Opens
        }
        Some("403") => {
            assert!(answer.contains("\"additional_authentication_required\""), "{answer}");
            let message = "\"This resource requires additional authentication.\"";
            assert!(answer.contains(message), "{answer}");
            let challenge = answer.lines().find(|line| line.starts_with("www-authenticate:"));
            let scope = format!("scope=\"{}\"", World::scope(organization));
            assert!(challenge.is_some_and(|line| line.contains(&scope)), "{answer}");
            Answer::NeedsSignIn
        }
        Some("401") => {
            assert!(answer.contains("invalid_token"), "{answer}");
            Answer::Dead
        }
        _ => panic!("{answer}"),
    }
}

/// Two organizations, one of which requires its provider; with and without the scope of each.
pub(super) fn two_by_two(world: &World) {
    let (works, club) = (&*world.works, &*world.club);
    let (of_works, of_club) = (World::scope(works), World::scope(club));
    let both = format!("{of_works} {of_club}");
    for (scope, at_works, at_club) in [
        (None, Answer::NeedsSignIn, Answer::Opens),
        (Some(&*of_works), Answer::Opens, Answer::Opens),
        (Some(&*of_club), Answer::NeedsSignIn, Answer::Opens),
        (Some(&*both), Answer::Opens, Answer::Opens),
    ] {
        let bearer = bearer(&world.ask(scope));
        assert_eq!(call(world, works, &bearer), at_works, "required, {scope:?}");
        assert_eq!(call(world, club, &bearer), at_club, "not required, {scope:?}");
    }
}

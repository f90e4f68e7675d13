//! One call of `authenticate`, for counting its instructions: the case is the argument.

#![expect(clippy::disallowed_methods, reason = "reads its argument")]

use keymoor_core::{PresentedSecret, authenticate::authenticate};
use keymoor_testkit::Fixture;

fn main() {
    let case = std::env::args().nth(1).unwrap_or_default();
    let (fixture, other) = (Fixture::new(1), Fixture::new(2));
    let text = match case.as_str() {
        "short" => "km_short".to_owned(),
        "long" => "x".repeat(4000),
        "nearly" => near(fixture.secret.expose()),
        _ => other.secret.expose().to_owned(),
    };
    let facts = (case != "unknown").then_some(&fixture.facts);
    let presented = PresentedSecret::new(&text);
    assert!(authenticate(&presented, facts, &fixture.pepper).is_none());
}

/// The right secret but for its last character.
fn near(secret: &str) -> String {
    let last = if secret.ends_with('A') { "B" } else { "A" };
    format!("{}{last}", &secret[..secret.len() - 1])
}

use keymoor_core::AccountId;
use keymoor_store::Actor;

use super::*;

const SERVER: &str = "https://auth.example.com";
const KEY: &str = "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f";

/// What happened to the API token "Nightly", by whom `actor` says.
fn happened(kind: ActivityKind, actor: &str) -> Activity {
    Activity {
        number: 1,
        account: AccountId::new(0, [1; 10]),
        at: UnixTime::from_seconds(1_795_461_060),
        kind,
        subject: KEY.to_owned(),
        label: "Nightly".to_owned(),
        actor: actor.to_owned(),
        address: Some([192, 0, 2, 1].into()),
        times: 1,
        mail_due_at: None,
    }
}

fn letter(kind: ActivityKind, actor: &str) -> Letter {
    Letter::of(&happened(kind, actor), SERVER).unwrap()
}

/// The letter says all of it.
fn says(letter: &Letter, subject: &str, parts: &[&str]) {
    assert_eq!(letter.subject, subject);
    for part in parts {
        assert!(letter.text.contains(part), "no {part} in {}", letter.text);
    }
}

#[test]
fn a_letter_says_what_happened_when_from_where_and_where_to_look() {
    let letter = letter(ActivityKind::ApiTokenCreated, "operator");
    let parts = [
        "The API token \"Nightly\" was created by the operator.",
        "When:  23 November 2026, 19:11:00 UTC",
        "From:  192.0.2.1",
        KEY,
        "https://auth.example.com/account/tokens/9b2f7c1e",
    ];
    says(&letter, "API token \"Nightly\" was created", &parts);
}

#[test]
fn a_letter_says_who_did_it() {
    let own = Actor::Account(AccountId::new(0, [1; 10])).to_string();
    let operators = Actor::Account(AccountId::new(0, [2; 10])).to_string();
    let token = format!("token:{KEY}");
    for (actor, who) in [
        (&*own, "by you, signed in to the portal."),
        (&operators, "by an operator, signed in to the portal."),
        (&token, "by API token 9b2f7c1e"),
        ("operator", "by the operator."),
    ] {
        for kind in [
            ActivityKind::ApiTokenCreated,
            ActivityKind::ApiTokenRemoved,
            ActivityKind::ApiSecretAdded,
        ] {
            let text = letter(kind, actor).text;
            assert!(text.contains(who), "{text}");
        }
    }
}

#[test]
fn each_thing_that_is_told_has_words_of_its_own() {
    use ActivityKind as Kind;
    for (kind, subject, part) in [
        (Kind::ApiTokenRemoved, "API token \"Nightly\" was removed", "does not work any more"),
        (Kind::ApiSecretAdded, "API token \"Nightly\" has a second secret", "was added to"),
        (
            Kind::NewNetwork,
            "API token \"Nightly\" was used from a new network",
            "had not been used from before",
        ),
        (Kind::ApplicationCreated, "Application \"Nightly\" was registered", "by the operator."),
        (Kind::ApplicationRemoved, "Application \"Nightly\" was removed", "no access any more"),
        (
            Kind::GrantMade,
            "\"Nightly\" was allowed to act in your name",
            "look at https://auth.example.com/account/authorized",
        ),
        (Kind::GrantReused, "The access of \"Nightly\" was ended", "a second time"),
        (Kind::PasswordSet, "Your password was set", "Every other session was ended."),
        (Kind::SecondFactorAdded, "A second factor was added", "your account: Nightly."),
        (Kind::SecondFactorRemoved, "A second factor was removed", "by the operator: Nightly."),
        (Kind::RecoveryCodeUsed, "A recovery code was used", "to sign in to your account"),
        (
            Kind::AccountLinked,
            "Your account was linked to an identity provider",
            "whoever signs in there as you",
        ),
    ] {
        says(&letter(kind, "operator"), subject, &[part]);
    }
}

#[test]
fn an_expiry_says_the_date_and_in_how_many_days_and_names_nobody() {
    let happened = happened(ActivityKind::ExpirySoon, "nobody");
    let end = happened.at.plus(3 * 86_400);
    let letter = Letter::expiry(&happened, end, happened.at, SERVER);
    let parts = ["expires on 26 November 2026, 19:11:00 UTC, in 3 days.", KEY];
    says(&letter, "API token \"Nightly\" expires in 3 days", &parts);
    assert!(!letter.text.contains("by ") && !letter.text.contains("operator"), "{}", letter.text);
}

#[test]
fn a_renewal_says_until_when_and_where_the_button_is() {
    let mut happened = happened(ActivityKind::RenewalSoon, "nobody");
    happened.subject = "one/two".to_owned();
    let end = happened.at.plus(14 * 86_400);
    let letter = Letter::renewal(&happened, "Works", end, happened.at, SERVER);
    let parts = [
        "the organization \"Works\" until 7 December 2026, 19:11:00 UTC, in 14 days.",
        "press Renew",
        "https://auth.example.com/organizations/one/service-accounts/two",
    ];
    says(&letter, "Service account \"Nightly\" has to be renewed in 14 days", &parts);
}

#[test]
fn nothing_else_is_told() {
    use ActivityKind as Kind;
    let told = [
        Kind::ApiTokenCreated,
        Kind::ApiTokenRemoved,
        Kind::ApiSecretAdded,
        Kind::NewNetwork,
        Kind::PasswordSet,
        Kind::SecondFactorAdded,
        Kind::SecondFactorRemoved,
        Kind::RecoveryCodeUsed,
        Kind::AccountLinked,
        Kind::ApplicationCreated,
        Kind::ApplicationRemoved,
        Kind::GrantMade,
        Kind::GrantReused,
    ];
    for (kind, name) in Kind::NAMES {
        let letter = Letter::of(&happened(kind, "operator"), SERVER);
        assert_eq!(letter.is_some(), told.contains(&kind), "{name}");
    }
}

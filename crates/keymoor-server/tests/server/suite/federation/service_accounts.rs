use keymoor_core::{AccountId, facts::Limits};
use keymoor_store::{Actor, FederationPolicy, Member, Page};

use super::{
    super::{
        app::{Answer, call},
        portal::{
            sink::Sink,
            visitor::{PASSWORD, hidden},
        },
    },
    provider::Works,
};

const DAY: i64 = 86_400;

impl Works {
    fn robots(&self) -> String {
        format!("/organizations/{}/service-accounts", self.organization)
    }

    fn wanted(&self) -> String {
        format!("organization:{}", self.organization)
    }

    async fn make(&mut self, name: &str) -> Answer {
        let path = self.robots();
        self.ada.submit(&self.app, &path, &path, &[("name", name)]).await
    }

    /// A service account that Ada made, and the page where it is.
    async fn robot(&mut self) -> (AccountId, String) {
        let made = self.make("Deploy").await;
        assert_eq!(made.status, 303, "{made:?}");
        let page = made.header("location").to_owned();
        (page.rsplit('/').next().unwrap().parse().unwrap(), page)
    }

    async fn at(&mut self, page: &str, rest: &str, fields: &[(&str, &str)]) -> Answer {
        self.ada.submit(&self.app, page, &format!("{page}{rest}"), fields).await
    }
}

#[tokio::test]
async fn an_administrators_sign_in_vouches_for_a_service_account_until_it_is_too_old() {
    let mut works = Works::start().await;
    works.link().await;
    works.app.clock.step(60);
    let (robot, page) = works.robot().await;
    let token = works.app.token(robot, Limits::default()).await;
    works.app.bearer(&token, &works.wanted()).await;
    let text = works.ada.get(&works.app, &page).await.text;
    assert!(text.contains("ada@example.com vouched for it"), "{text}");
    works.app.clock.step(30 * DAY - 61);
    works.app.bearer(&token, &works.wanted()).await;
    works.app.clock.step(1);
    assert_eq!(works.app.ask(&token, &works.wanted()).await.error(), "invalid_scope");
}

#[tokio::test]
async fn who_has_not_come_through_the_provider_makes_and_renews_none() {
    let mut works = Works::start().await;
    works.link().await;
    let (robot, page) = works.robot().await;
    // Signed in by password within another browser, and through the provider too long ago.
    let policy = FederationPolicy { max_sign_in_age: 3600, watched: false, break_glass: true };
    works.app.app.set_federation_policy(works.organization, policy, Actor::Operator).await.unwrap();
    works.app.clock.step(3600);
    works.ada = works.app.signed_in("ada@example.com").await;
    let path = works.robots();
    for path in [&path, &page] {
        let answer = works.ada.get(&works.app, path).await;
        assert_eq!(answer.header("location"), format!("/organizations/{}", works.organization));
    }
    let found = works.app.store.service_account(robot).await.unwrap().unwrap();
    assert_eq!(found.vouching.unwrap().signed_in_at, keymoor_testkit::NOW);
}

#[tokio::test]
async fn the_same_rule_holds_for_the_api() {
    let mut works = Works::start().await;
    let token = works.app.token(works.owner, Limits::default()).await;
    // An operator's word opens the organization, and vouches for nobody else.
    works.app.sign_in(works.organization, works.owner).await;
    let bearer = works.app.bearer(&token, &works.wanted()).await;
    let path = format!("/api{}", works.robots());
    let refused = works.app.send(call("POST", &path, &bearer, r#"{"name":"Deploy"}"#)).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (409, "conflict"));
    assert!(refused.text.contains("sign in through the organization"), "{refused:?}");
    works.link().await;
    let made = works.app.send(call("POST", &path, &bearer, r#"{"name":"Deploy"}"#)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let one = format!("{path}/{}", made.json()["uuid"].as_str().unwrap());
    let found = works.app.call("GET", &one, &bearer).await.json();
    assert_eq!(found["vouching"]["by"]["mail"], "ada@example.com");
    assert_eq!(found["vouching"]["until"], "2026-12-23T19:11:00+00:00");
    let renewed = works.app.call("POST", &format!("{one}/actions/renew"), &bearer).await;
    assert_eq!((renewed.status.as_u16(), &*renewed.error()), (409, "conflict"));
}

#[tokio::test]
async fn a_new_sign_in_and_the_button_renew() {
    let mut works = Works::start().await;
    works.link().await;
    let (robot, page) = works.robot().await;
    let token = works.app.token(robot, Limits::default()).await;
    let refused = works.at(&page, "/renew", &[]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("sign in through the organization anew"), "{}", refused.text);
    works.app.clock.step(DAY);
    works.ada = works.app.signed_in("ada@example.com").await;
    let mut ada = works.ada.clone();
    works.round(&mut ada, "ada").await;
    works.ada = ada;
    assert_eq!(works.at(&page, "/renew", &[]).await.status, 303);
    works.app.clock.step(30 * DAY - 1);
    works.app.bearer(&token, &works.wanted()).await;
}

#[tokio::test]
async fn a_service_account_outlives_the_administrator_who_vouched() {
    let mut works = Works::start().await;
    works.link().await;
    let (robot, _) = works.robot().await;
    let token = works.app.token(robot, Limits::default()).await;
    let next = works.app.account("grace@example.com").await;
    works.app.app.add_member(works.organization, next, Actor::Operator).await.unwrap();
    let seat = works.app.store.seat(works.organization, works.owner).await.unwrap().unwrap();
    works.app.app.change_owner(&seat, next, Actor::Operator).await.unwrap();
    works.app.app.remove_member(works.organization, works.owner, Actor::Operator).await.unwrap();
    works.app.app.set_account_disabled(works.owner, true, Actor::Operator).await.unwrap();
    works.app.bearer(&token, &works.wanted()).await;
}

#[tokio::test]
async fn s49_what_changes_a_service_account_needs_a_recent_sign_in() {
    let mut works = Works::start().await;
    works.link().await;
    let (robot, page) = works.robot().await;
    let shown = works.ada.get(&works.app, &page).await;
    let csrf = hidden(&shown.text, "/sign-out")[0].1.clone();
    works.app.clock.step(15 * 60);
    let key = works.app.token(robot, Limits::default()).await.api_key;
    let paths = [
        works.robots(),
        format!("{page}/renew"),
        format!("{page}/disable"),
        format!("{page}/enable"),
        format!("{page}/delete"),
        format!("{page}/team"),
        format!("{page}/tokens/new"),
        format!("{page}/tokens/{key}/secrets"),
        format!("{page}/tokens/{key}/secrets/close"),
    ];
    for path in paths {
        let answer = works.ada.post(&works.app, &path, &format!("csrf={csrf}&name=x")).await;
        assert!(answer.header("location").starts_with("/sign-in/again"), "{path} {answer:?}");
    }
}

#[tokio::test]
async fn s54_no_page_of_service_accounts_opens_to_who_is_no_administrator() {
    let mut works = Works::start().await;
    works.link().await;
    let (robot, page) = works.robot().await;
    let key = works.app.token(robot, Limits::default()).await.api_key;
    let app = &works.app.app;
    app.set_organization_federated(works.organization, false, Actor::Operator).await.unwrap();
    let (member, mut grace) = works.app.visitor("grace@example.com").await;
    let shown = grace.get(&works.app, "/account").await;
    let csrf = hidden(&shown.text, "/sign-out")[0].1.clone();
    let (list, tokens) = (works.robots(), format!("{page}/tokens"));
    let one = format!("{tokens}/{key}");
    let gets = [&list, &page, &tokens, &format!("{tokens}/new"), &one, &format!("{one}/remove")];
    let posts = [
        list.clone(),
        page.clone(),
        format!("{page}/renew"),
        format!("{page}/disable"),
        format!("{page}/enable"),
        format!("{page}/delete"),
        format!("{page}/team"),
        format!("{tokens}/new"),
        one.clone(),
        format!("{one}/remove"),
        format!("{one}/secrets"),
        format!("{one}/secrets/close"),
    ];
    for expected in [404, 403] {
        for path in gets {
            assert_eq!(grace.get(&works.app, path).await.status, expected, "{path}");
        }
        for path in &posts {
            let answer = grace.post(&works.app, path, &format!("csrf={csrf}&name=Deploy")).await;
            assert_eq!(answer.status, expected, "{path}");
        }
        let added = app.add_member(works.organization, member, Actor::Operator).await;
        assert_eq!(added.is_ok(), expected == 404);
    }
    assert!(works.app.store.service_account(robot).await.unwrap().is_some());
}

#[tokio::test]
async fn a_service_account_is_looked_after_in_the_portal() {
    let mut works = Works::start().await;
    works.link().await;
    let (robot, page) = works.robot().await;
    let refused = works.make("Deploy").await;
    assert!(refused.status == 409 && refused.text.contains("of this name already"), "{refused:?}");
    works.at(&page, "", &[("name", "Nightly")]).await;
    let new = format!("{page}/tokens/new");
    let made = works.ada.submit(&works.app, &new, &new, &[("label", "CI")]).await;
    assert!(made.status == 200 && made.text.contains("km_"), "{made:?}");
    let token = works.app.store.api_tokens(robot).await.unwrap().remove(0);
    assert_eq!(token.limits.organizations, Some(vec![works.organization]));
    let one = format!("{page}/tokens/{}", token.api_key);
    let added = works.ada.submit(&works.app, &one, &format!("{one}/secrets"), &[]).await;
    assert!(added.text.contains("Another secret of the API token") && added.text.contains("km_"));
    let shown = works.ada.get(&works.app, &one).await;
    let close = format!("{one}/secrets/close");
    let closed = works.ada.submit_from(&works.app, &shown, &close, &[]).await;
    assert_eq!(closed.status, 303, "{closed:?}");
    works.at(&page, "/disable", &[]).await;
    let text = works.ada.get(&works.app, &page).await.text;
    for part in ["Nightly", "Disabled", "API Secret added", "by ada@example.com"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    works.at(&page, "/enable", &[]).await;
    let refused = works.at(&page, "/delete", &[("name", "Other")]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(works.at(&page, "/delete", &[("name", "Nightly")]).await.status, 303);
    assert_eq!(works.ada.get(&works.app, &page).await.status, 404);
}

#[tokio::test]
async fn a_service_account_gets_teams_and_roles_on_its_page() {
    let mut works = Works::start().await;
    works.link().await;
    let (robot, page) = works.robot().await;
    let seat = works.app.store.seat(works.organization, works.owner).await.unwrap().unwrap();
    let team = works.app.app.create_team(&seat, "Night watch", Actor::Operator).await.unwrap();
    works.at(&page, "/team", &[("team", &team.to_string())]).await;
    let all = Page { limit: 9, offset: 0 };
    let members = works.app.store.members(works.organization, all).await.unwrap();
    let robot: Vec<Member> = members.into_iter().filter(|one| one.account == robot).collect();
    assert_eq!(robot[0].teams[0].name.as_str(), "Night watch");
    let path = format!("/organizations/{}/teams/{team}", works.organization);
    assert!(works.ada.get(&works.app, &path).await.text.contains("<strong>Deploy</strong>"));
}

#[tokio::test]
async fn who_would_be_refused_is_shown_with_service_accounts() {
    let mut works = Works::start().await;
    works.link().await;
    let (robot, _) = works.robot().await;
    works.app.token(robot, Limits::default()).await;
    let settings = format!("/organizations/{}/sign-on", works.organization);
    let before = works.ada.get(&works.app, &settings).await.text;
    assert!(!before.contains("Deploy"), "{before}");
    works.app.clock.step(30 * DAY);
    works.ada.sign_in(&works.app, "ada@example.com", PASSWORD).await;
    let page = works.ada.get(&works.app, &settings).await.text;
    assert!(page.contains("2 members and 1 API token</strong> are refused"), "{page}");
    assert!(page.contains("Deploy") && !page.contains("service-account.invalid"), "{page}");
}

#[tokio::test]
async fn what_an_operator_attested_is_shown_apart_to_administrators() {
    let mut works = Works::start().await;
    works.link().await;
    works.app.sign_in(works.organization, works.owner).await;
    let path = format!("/organizations/{}", works.organization);
    let page = works.ada.get(&works.app, &path).await.text;
    assert!(page.contains("signed in through the provider"), "{page}");
    assert!(
        page.contains("Vouched for by the operator, until") && page.contains(": test"),
        "{page}"
    );
    let token = works.app.token(works.owner, Limits::default()).await;
    let bearer = works.app.bearer(&token, &works.wanted()).await;
    let member = format!("/api{path}/members/{}", works.owner);
    let shown = works.app.call("GET", &member, &bearer).await.json();
    let expected = serde_json::json!({
        "signed_in_at": "2026-11-23T19:11:00+00:00",
        "counts_until": "2026-12-23T19:11:00+00:00",
        "vouched": { "by": "operator", "reason": "test", "until": "2026-11-23T20:11:00+00:00" },
    });
    assert_eq!(shown["sign_in"], expected);
}

/// The subjects of the letters about renewals, and to whom.
fn renewals(sink: &Sink) -> Vec<(String, String)> {
    let letters = sink.letters();
    let line = |letter: &str, name: &str| {
        let (_, rest) = letter.split_once(name).unwrap();
        rest.lines().next().unwrap().to_owned()
    };
    let all = letters.iter().map(|letter| (line(letter, "Subject: "), line(letter, "To: ")));
    let mut all: Vec<_> = all.filter(|(subject, _)| subject.contains("renewed")).collect();
    all.sort();
    all
}

#[tokio::test]
async fn owner_and_administrators_are_told_14_and_3_days_before_a_renewal_is_due() {
    let sink = Sink::start().await;
    let smtp = sink.settings.clone();
    let mut works = Works::with(|settings| settings.smtp = Some(smtp)).await;
    works.link().await;
    let (robot, page) = works.robot().await;
    let (admin, member) =
        (works.app.account("grace@example.com").await, works.app.account("bob@example.com").await);
    for account in [admin, member] {
        works.app.app.add_member(works.organization, account, Actor::Operator).await.unwrap();
    }
    let seat = works.app.store.seat(works.organization, works.owner).await.unwrap().unwrap();
    works.app.app.set_administrator(&seat, admin, true, Actor::Operator).await.unwrap();
    for day in 1..=31 {
        works.app.clock.step(DAY);
        works.app.app.note_expiring().await;
        works.app.app.tell_due().await.unwrap();
        let expected = match day {
            ..16 => 0,
            16..27 => 2,
            _ => 4,
        };
        assert_eq!(renewals(&sink).len(), expected, "day {day}: {:?}", renewals(&sink));
    }
    let told = renewals(&sink);
    let (days, to) = ("Service account \"Deploy\" has to be renewed in", ["ada", "grace"]);
    let expected = ["14 days", "3 days"]
        .into_iter()
        .flat_map(|left| to.map(|name| (format!("{days} {left}"), format!("{name}@example.com"))));
    assert_eq!(told, expected.collect::<Vec<_>>());
    let letter = sink.letter("until 23 December 2026").await;
    let link = format!("https://auth.example.com{page}");
    assert!(
        letter.replace("=\r\n", "").contains(&link) && page.contains(&robot.to_string()),
        "{letter}"
    );
}

#[tokio::test]
async fn administrators_are_told_of_the_api_tokens_of_a_service_account() {
    let sink = Sink::start().await;
    let smtp = sink.settings.clone();
    let mut works = Works::with(|settings| settings.smtp = Some(smtp)).await;
    works.link().await;
    let (robot, page) = works.robot().await;
    let expires_at = Some(keymoor_testkit::NOW.plus(10 * DAY));
    let limits = Limits { expires_at, ..Limits::default() };
    let key = works.app.token(robot, limits).await.api_key;
    works.app.app.note_expiring().await;
    works.app.app.tell_due().await.unwrap();
    works.app.app.tell_due().await.unwrap();
    for part in ["API token \"script (Deploy)\" was created", "(Deploy)\" expires in 10 days"] {
        let letter = sink.letter(part).await;
        assert!(letter.contains("To: ada@example.com"), "{letter}");
        let link = format!("{page}/tokens/{key}");
        assert!(letter.replace("=\r\n", "").contains(&link), "{letter}");
    }
    assert!(sink.letters().iter().all(|letter| !letter.contains(".invalid")));
}

#[tokio::test]
async fn what_happens_to_service_accounts_is_in_the_activity_of_administrators() {
    let mut works = Works::start().await;
    works.link().await;
    let (_, page) = works.robot().await;
    works.at(&page, "/disable", &[]).await;
    let text = works.ada.get(&works.app, "/account/activity").await.text;
    for part in ["Service account created", "Service account disabled", &*page] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (member, mut grace) = works.app.visitor("grace@example.com").await;
    let by = Actor::Account(works.owner);
    works.app.app.add_member(works.organization, member, by).await.unwrap();
    let text = grace.get(&works.app, "/account/activity").await.text;
    let row = text.split("Became a member of an organization").nth(1).unwrap();
    let row = row.split("</li>").next().unwrap();
    assert!(
        row.contains("Works") && row.contains("by an administrator of the organization"),
        "{row}"
    );
}

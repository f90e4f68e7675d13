//! A provider that is changed, and what is told of one that is wrong.

use std::process::Command;

use super::{
    super::{browser::Browser, process::run},
    provider::{Protocol, Provider},
    tokens::{self, Answer},
    world::{THERE, World},
};

/// A certificate of a key that nobody has.
fn certificate() -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365"]);
    command.args(["-subj", "/CN=next", "-keyout"]).arg(folder.path().join("key"));
    let made = run(command, "");
    String::from_utf8(made.stdout).unwrap()
}

impl World {
    /// What the owner's test sign-in says.
    async fn test(&self, provider: &Provider) -> String {
        self.owner.press("Test sign-in").await;
        provider.sign_in(&self.owner, "ada").await;
        let told = self.owner.text().await;
        self.owner.press("Back to the set-up").await;
        told
    }

    async fn save(&self, field: &str, value: &str) {
        self.owner.fill(field, value).await;
        self.owner.press("Save").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_rolled_over_with_two_that_count() {
    let world = World::start(false).await;
    let provider = world.set_up(Protocol::Saml).await;
    let (present, next) = (world.owner.value("certificates").await, certificate());
    world.save("certificates", &format!("{}\n{next}", present.trim())).await;
    assert_eq!(world.owner.text().await.matches("SHA-256, ends").count(), 2);
    assert!(world.test(&provider).await.contains("It works."));
    world.save("certificates", &next).await;
    let told = world.test(&provider).await;
    let wanted =
        "none of the configured certificates made it. Configure the provider's current one";
    assert!(told.contains("This sign-in would be refused.") && told.contains(wanted), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s58_people_named_by_another_attribute_are_nobody_yet() {
    let (world, provider) = World::with_provider(Protocol::Saml, false).await;
    world.owner.press("Require Federated Authentication").await;
    let member = Browser::start(false).await;
    world.link(&member, &provider).await;
    let scope = World::scope(&world.works);
    let live = tokens::bearer(&tokens::in_a_moment(&world, &scope));
    world.save("label", "The works").await;
    assert_eq!(tokens::call(&world, &world.works, &live), Answer::Opens, "only the label");
    world.save("subject_attribute", "urn:oid:0.9.2342.19200300.100.1.3").await;
    assert_eq!(tokens::call(&world, &world.works, &live), Answer::Dead);
    assert_eq!(world.ask(Some(&scope))["error"], "invalid_scope");
    let other = Browser::start(false).await;
    world.set_out(&other).await;
    provider.sign_in(&other, THERE).await;
    assert!(other.path().await.starts_with("/sign-in?next="), "to be linked anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_provider_is_told_in_the_words_of_the_docs() {
    let world = World::start(false).await;
    let provider = world.set_up(Protocol::OpenId).await;
    let docs = include_str!("../../../../../docs/single-sign-on.md");
    let wrong = |end: &str| format!("{}{end}", provider.url);
    for (issuer, told) in [
        (wrong("/"), "enter exactly that as issuer, not"),
        (wrong("/nothing"), "instead of 200; redirects are not followed"),
        ("https://10.0.0.1".to_owned(), "is at a private address. The operator can allow it with"),
        (
            "http://10.0.0.1".to_owned(),
            "is not a URL that may be asked: it must begin with https://",
        ),
    ] {
        world.save("issuer", &issuer).await;
        let page = world.owner.text().await;
        assert!(page.contains("Not done.") && page.contains(told), "{issuer}: {page}");
        assert!(docs.contains(told), "{told}");
    }
    world.owner.fill("issuer", &provider.url).await;
    world.save("client_secret", "another secret than the provider's").await;
    let told = world.test(&provider).await;
    let wanted = "the provider refused: invalid_client";
    assert!(told.contains(wanted) && docs.contains(wanted), "{told}");
}

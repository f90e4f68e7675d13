//! An organization with an owner and a member, its provider, and what both do on the pages.

use thirtyfour::prelude::*;

use super::{
    super::{
        browser::Browser,
        portal::world::{EMAIL, server, set_up},
        process::{Client, PASSWORD, Server, admin_json, curl_json},
    },
    provider::{Ours, Protocol, Provider},
};

/// The member: at Keymoor, and at the provider.
pub(super) const MEMBER: &str = "grace@example.com";
pub(super) const THERE: &str = "grace";
/// What stands on the page of an organization that is open, and not on that of a closed one.
pub(super) const OPEN: &str = "You are\nMember";

pub(super) struct World {
    pub(super) server: Server,
    /// The owner's, who is signed in.
    pub(super) owner: Browser,
    /// The member's API token.
    pub(super) client: Client,
    /// The organization that gets a provider, and another of the same people.
    pub(super) works: String,
    pub(super) club: String,
    pub(super) scripts: bool,
}

impl World {
    pub(super) async fn start(scripts: bool) -> Self {
        let mut server = server(&["--identity-provider-host", "127.0.0.1"]);
        let owner = Browser::start(scripts).await;
        set_up(&owner, &mut server).await;
        let client = server.client(MEMBER);
        let make = |name: &str| {
            let create = ["organization", "create", "--name", name, "--owner", EMAIL];
            let made = admin_json(server.path(), &create, "");
            let uuid = made["uuid"].as_str().unwrap().to_owned();
            let add = ["organization", "add-member", "--organization", &uuid, "--email", MEMBER];
            admin_json(server.path(), &add, "");
            uuid
        };
        let (works, club) = (make("Harbour works"), make("Rowing club"));
        Self { server, owner, client, works, club, scripts }
    }

    /// With a provider that is set up and enabled, and not required yet.
    pub(super) async fn with_provider(protocol: Protocol, scripts: bool) -> (Self, Provider) {
        let world = Self::start(scripts).await;
        let provider = world.set_up(protocol).await;
        world.owner.press("Enable the provider").await;
        (world, provider)
    }

    /// The scope of an organization.
    pub(super) fn scope(organization: &str) -> String {
        format!("organization:{organization}")
    }

    /// What the token endpoint says to the member's API token.
    pub(super) fn ask(&self, scope: Option<&str>) -> serde_json::Value {
        let mut fields = vec![
            format!("client_id={}", self.client.key),
            format!("client_secret={}", self.client.secret),
            "grant_type=client_credentials".to_owned(),
        ];
        fields.extend(scope.map(|scope| format!("scope={scope}")));
        let mut arguments = vec![self.server.token_url()];
        for field in fields {
            arguments.extend(["--data-urlencode".to_owned(), field]);
        }
        curl_json(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The path of the organization's page.
    pub(super) fn page(&self) -> String {
        format!("/organizations/{}", self.works)
    }

    /// The member begins at the organization's link.
    pub(super) async fn set_out(&self, browser: &Browser) {
        let link = format!("{}/sign-in/organization/{}", self.server.url, self.works);
        browser.goto(link).await.unwrap();
        browser.press("Go on").await;
    }

    /// The member signs in for the first time: at the provider, here, and links the two.
    pub(super) async fn link(&self, browser: &Browser, provider: &Provider) {
        self.set_out(browser).await;
        provider.sign_in(browser, THERE).await;
        browser.fill("email", MEMBER).await;
        browser.fill("password", PASSWORD).await;
        browser.press("Sign in").await;
        let text = browser.text().await;
        assert!(text.contains("Is this you?") && text.contains(MEMBER), "{text}");
        browser.press("Link them").await;
        assert_eq!(browser.path().await, self.page());
    }

    /// What the set-up page says of us.
    pub(super) async fn ours(&self) -> Ours {
        Ours {
            entity_id: self.told("Entity ID, Audience").await,
            callback: self.told("Redirect URI").await,
            logout: self.told("Back-channel logout, if it has that").await,
        }
    }

    async fn told(&self, name: &str) -> String {
        let path = format!("//dt[normalize-space()='{name}']/following-sibling::dd/code");
        let found = self.owner.find(By::XPath(path)).await.unwrap();
        // Shown or not: the page shows what the chosen protocol needs.
        found.prop("textContent").await.unwrap().unwrap()
    }
}

//! The pages on the way: the set-up as the owner fills it in, and the provider's own.

use thirtyfour::prelude::*;

use super::{
    super::{
        browser::Browser,
        process::{curl, text},
    },
    provider::{CLIENT, Protocol, Provider, SECRET},
    world::World,
};

impl World {
    /// The owner finds the page of the organization's sign-in.
    pub(super) async fn open_set_up(&self) {
        self.owner.goto(format!("{}/organizations", self.server.url)).await.unwrap();
        self.owner.press("Harbour works").await;
        self.owner.follow(By::Css("main a[href$='/sign-on']")).await;
    }

    /// The owner sets the provider up, which is started with what the page says. SAML: by the URL
    /// of its metadata in a browser with JavaScript, by the metadata themselves in one without.
    pub(super) async fn set_up(&self, protocol: Protocol) -> Provider {
        self.open_set_up().await;
        let before = self.ours().await;
        let provider = Provider::start(protocol, &before);
        self.owner.fill("label", "Works account").await;
        match protocol {
            Protocol::Saml => self.fill_in_saml(&provider).await,
            Protocol::OpenId => self.fill_in_open_id(&provider).await,
        }
        self.owner.press("Set it up").await;
        let after = self.ours().await;
        assert_eq!(after.entity_id, before.entity_id, "what was entered at the provider holds");
        assert_eq!(after.callback, before.callback);
        let page = self.owner.text().await;
        assert!(page.contains("not enabled") && page.contains("2. Test and enable"), "{page}");
        provider
    }

    async fn fill_in_saml(&self, provider: &Provider) {
        let url = provider.metadata_url();
        let metadata = if self.scripts { url } else { text(&curl(&[&url]).stdout) };
        self.owner.fill("metadata", &metadata).await;
    }

    async fn fill_in_open_id(&self, provider: &Provider) {
        self.owner.find(By::Id("protocol-openid")).await.unwrap().click().await.unwrap();
        self.owner.fill("issuer", &provider.url).await;
        self.owner.fill("client_id", CLIENT).await;
        self.owner.fill("client_secret", SECRET).await;
    }
}

impl Provider {
    /// Waits for the page where the name is asked for, and gives it.
    pub(super) async fn name(&self, browser: &Browser, user: &str) {
        let field = browser.query(By::Id("login")).first().await;
        let field = field.unwrap_or_else(|_| panic!("no page to sign in: {}", self.log()));
        field.send_keys(user).await.unwrap();
        browser.follow(By::Css("form button")).await;
    }

    /// Signs in there, and waits until the browser is back here.
    pub(super) async fn sign_in(&self, browser: &Browser, user: &str) {
        self.name(browser, user).await;
        let here = browser.query(By::Css("main#main, form input[name=SAMLResponse]")).first().await;
        let here = here.unwrap_or_else(|_| panic!("not back: {}", self.log()));
        // Without JavaScript a button brings the answer; with it, that page is soon gone.
        if here.tag_name().await.is_ok_and(|tag| tag == "input") {
            let button = browser.find(By::Css("form button")).await;
            if let Ok(button) = button {
                let _ = button.click().await;
            }
        }
        let here = browser.query(By::Css("main#main")).first().await;
        here.unwrap_or_else(|_| panic!("not back: {}", self.log()));
    }
}

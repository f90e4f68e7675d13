//! A server, a browser, and the first account.

use super::super::{
    browser::Browser,
    process::{Server, keymoor},
};

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "nine blue herons at dusk";

/// A server that is reached by a name, as passkeys need it.
pub(crate) fn server(options: &[&str]) -> Server {
    let port = free_port();
    let url = format!("http://localhost:{port}");
    let listen = format!("127.0.0.1:{port}");
    let options = [&["--public-url", &url], options].concat();
    Server::spawn_at(keymoor(), tempfile::tempdir().unwrap(), &listen, &options)
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The one-time link that the server printed.
pub(crate) fn setup_link(server: &mut Server) -> String {
    server.read_until("  http").trim().to_owned()
}

/// Makes the first account by its link, and is signed in then.
pub(crate) async fn set_up(browser: &Browser, server: &mut Server) {
    browser.goto(setup_link(server)).await.unwrap();
    fill_in(browser).await;
}

/// The same, from the page that the link leads to.
pub(crate) async fn fill_in(browser: &Browser) {
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.fill("again", PASSWORD).await;
    browser.press("Make the account").await;
    assert_eq!(browser.path().await, "/account/tokens");
}

/// Signs in with the password of the first account.
pub(crate) async fn sign_in(browser: &Browser, server: &Server) {
    browser.goto(format!("{}/sign-in", server.url)).await.unwrap();
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
}

/// Leaves the page that shows a secret, as whoever has recorded it does.
pub(crate) async fn done(browser: &Browser) {
    browser.find(thirtyfour::By::Id("recorded")).await.unwrap().click().await.unwrap();
    browser.press("Done").await;
}

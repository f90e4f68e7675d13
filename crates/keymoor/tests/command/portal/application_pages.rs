//! The pages of applications, and those that ask whether one may act for somebody.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use serde_json::Value;
use thirtyfour::By;

use super::{
    super::{super::process::curl_json, world::done},
    Server, Tour,
};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An application that browsers come back to, on this machine; says where it listens.
fn listens() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut some = [0; 4096];
            let _ = connection.read(&mut some);
            let page = "<!doctype html><title>Back</title><p>Back.";
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close";
            let _ = write!(connection, "{head}\r\ncontent-length: {}\r\n\r\n{page}", page.len());
        }
    });
    format!("http://{address}/callback")
}

/// From the first registration to what somebody let in.
pub(super) async fn asked(tour: &mut Tour, server: &Server) {
    let (id, secret) = register(tour, server).await;
    let own = format!("{}/account/applications/{id}", server.url);
    tour.open("application", "application", &own).await;
    tour.browser.fill("redirect-uris", "http://app.example.com/cb").await;
    tour.press("application-refused", "application", "Save").await;
    tour.open("application-remove", "application_remove", &format!("{own}/remove")).await;
    let list = format!("{}/account/applications", server.url);
    tour.open("applications", "applications", &list).await;
    in_a_browser(tour, server, &id, &secret).await;
    on_a_device(tour, server, &id, &secret).await;
    let list = format!("{}/account/authorized", server.url);
    tour.open("authorized", "authorized", &list).await;
    tour.browser.traffic().await;
    let unknown = format!("{}/authorize?client_id=x", server.url);
    tour.browser.goto(unknown).await.unwrap();
    tour.weigh("application-unknown").await;
    tour.browser.complaints().await;
    tour.look("application-unknown", "error").await;
}

async fn register(tour: &mut Tour, server: &Server) -> (String, String) {
    let list = format!("{}/account/applications", server.url);
    tour.open("applications-empty", "applications", &list).await;
    tour.press("application-new", "application_new", "Register an application").await;
    tour.browser.fill("name", "Build dashboard").await;
    tour.browser.fill("redirect-uris", "http://127.0.0.1/callback").await;
    for id in ["device", "refresh-tokens", "kind-confidential"] {
        tour.browser.find(By::Id(id)).await.unwrap().click().await.unwrap();
    }
    tour.press("application-secret", "application_secret", "Register").await;
    let pair = (tour.browser.value("client-id").await, tour.browser.value("client-secret").await);
    done(&tour.browser).await;
    pair
}

async fn in_a_browser(tour: &mut Tour, server: &Server, id: &str, secret: &str) {
    let back = listens();
    let page = format!(
        "{}/authorize?response_type=code&client_id={id}&redirect_uri={back}&scope=offline_access\
         &state=x%20y&code_challenge={CHALLENGE}&code_challenge_method=S256",
        server.url
    );
    tour.open("consent", "consent", &page).await;
    // The browser follows the answer to another origin, which the page's policy names.
    tour.browser.press("Allow").await;
    let url = tour.browser.current_url().await.unwrap();
    assert!(url.as_str().starts_with(&back), "{url}");
    let told = |name: &str| {
        url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    };
    assert_eq!((told("state").as_deref(), told("iss")), (Some("x y"), Some(server.url.clone())));
    let tokens = post(
        &server.token_url(),
        &[
            ("grant_type", "authorization_code"),
            ("client_id", id),
            ("client_secret", secret),
            ("code", &told("code").unwrap()),
            ("redirect_uri", &back),
            ("code_verifier", VERIFIER),
        ],
    );
    assert!(tokens["refresh_token"].is_string(), "{tokens}");
}

async fn on_a_device(tour: &mut Tour, server: &Server, id: &str, secret: &str) {
    let page = format!("{}/device", server.url);
    tour.open("device", "device", &page).await;
    tour.browser.fill("user_code", "BCDF-GHJK").await;
    tour.press("device-wrong", "device", "Go on").await;
    for (name, answer) in [("device-connected", "Allow"), ("device-turned-away", "Deny")] {
        let asks = format!("{}/api/auth/oauth/device_authorization", server.url);
        let codes = post(&asks, &[("client_id", id), ("client_secret", secret)]);
        let complete = codes["verification_uri_complete"].as_str().unwrap();
        tour.open("device-consent", "consent", complete).await;
        tour.press(name, "device_done", answer).await;
    }
}

fn post(url: &str, fields: &[(&str, &str)]) -> Value {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let arguments = fields.iter().flat_map(|field| ["--data-urlencode", field]);
    curl_json(&arguments.chain([url]).collect::<Vec<_>>())
}

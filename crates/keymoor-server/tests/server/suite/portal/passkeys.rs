use std::sync::Arc;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    super::app::{Answer, TestApp, URL},
    visitor::{EMAIL, PASSWORD, Visitor},
};

const PASSKEY: &str = "/account/security/passkey";
const SECOND: &str = "/sign-in/second-factor";
const ID: &[u8; 16] = b"a credential id.";

/// A passkey, as a device holds it.
struct Device(EcdsaKeyPair);

impl Device {
    fn new() -> Self {
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref()).unwrap())
    }

    /// What is told of host, user and counter.
    fn data(flags: u8, counter: u32) -> Vec<u8> {
        let host = digest(&SHA256, b"auth.example.com");
        [host.as_ref(), &[flags], &counter.to_be_bytes()].concat()
    }

    /// The answer to a page that asks for a new passkey.
    fn register(&self, page: &Answer) -> String {
        let public = self.0.public_key().as_ref();
        let (x, y) = (&public[1..33], &public[33..65]);
        let key = [&hex("a5010203262001215820")[..], x, &hex("225820")[..], y].concat();
        let length = [0, 16];
        let data = [&Self::data(0x45, 5)[..], &[0; 16], &length, ID, &key].concat();
        let length = u8::try_from(data.len()).unwrap();
        let mut attestation = hex("a363666d74646e6f6e656761747453746d74a0686175746844617461");
        attestation.extend([0x58, length]);
        attestation.extend(data);
        answer(&json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client("webauthn.create", page, URL)),
        }))
    }

    /// The answer to a page that asks for the passkey, given at `origin`.
    fn sign(&self, page: &Answer, origin: &str, counter: u32) -> String {
        let client = client("webauthn.get", page, origin);
        let data = Self::data(0x05, counter);
        let signed = [&data[..], digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let signature = self.0.sign(&SystemRandom::new(), &signed).unwrap();
        answer(&json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
        }))
    }
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn answer(response: &Value) -> String {
    let id = URL_SAFE_NO_PAD.encode(ID);
    let (kind, extensions) = ("public-key", json!({}));
    json!({ "id": id, "rawId": id, "type": kind, "response": response, "extensions": extensions })
        .to_string()
}

/// What the browser says it was asked, and where.
fn client(kind: &str, page: &Answer, origin: &str) -> String {
    let (_, rest) = page.text.split_once("data-options=\"").expect("it is asked");
    let options = rest.split('"').next().unwrap().replace("&#34;", "\"").replace("&quot;", "\"");
    let options: Value = serde_json::from_str(&options).unwrap();
    let challenge = &options["publicKey"]["challenge"];
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false })
        .to_string()
}

async fn with_passkey() -> (Arc<TestApp>, Device) {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let device = Device::new();
    let page = visitor.get(&app, PASSKEY).await;
    let answer = device.register(&page);
    let fields = [("label", "Laptop"), ("answer", &*answer)];
    let added = visitor.submit_from(&app, &page, PASSKEY, &fields).await;
    assert!(added.status == 200 && added.text.contains("Recovery codes"), "{added:?}");
    (app, device)
}

/// The first half of a sign-in, and the page that asks for the passkey.
async fn half(app: &TestApp) -> (Visitor, Answer) {
    let mut visitor = Visitor::default();
    visitor.sign_in(app, EMAIL, PASSWORD).await;
    let page = visitor.get(app, SECOND).await;
    (visitor, page)
}

async fn send(app: &TestApp, visitor: &mut Visitor, page: &Answer, answer: &str) -> Answer {
    let path = "/sign-in/passkey";
    visitor.submit_from(app, page, path, &[("answer", answer)]).await
}

#[tokio::test]
async fn a_passkey_lets_its_owner_in() {
    let (app, device) = with_passkey().await;
    let (mut visitor, page) = half(&app).await;
    let answer = device.sign(&page, URL, 6);
    assert_eq!(send(&app, &mut visitor, &page, &answer).await.status, 303);
    assert!(visitor.is_in(&app).await);
}

#[tokio::test]
async fn an_answer_that_a_passkey_gave_elsewhere_is_refused() {
    let (app, device) = with_passkey().await;
    for origin in
        ["https://evil.example", "http://auth.example.com", "https://auth.example.com:8443"]
    {
        let (mut visitor, page) = half(&app).await;
        let answer = device.sign(&page, origin, 6);
        assert_eq!(send(&app, &mut visitor, &page, &answer).await.status, 422, "{origin}");
        assert!(visitor.session().is_none());
    }
}

#[tokio::test]
async fn an_answer_of_a_passkey_is_taken_once() {
    let (app, device) = with_passkey().await;
    let (mut visitor, page) = half(&app).await;
    let mut copy = visitor.clone();
    let answer = device.sign(&page, URL, 6);
    assert_eq!(send(&app, &mut visitor, &page, &answer).await.status, 303);
    let again = send(&app, &mut copy, &page, &answer).await;
    assert_eq!(again.header("location"), "/sign-in");
    assert!(copy.session().is_none());
    let (mut other, page) = half(&app).await;
    let replayed = send(&app, &mut other, &page, &answer).await;
    assert_eq!(replayed.status, 422, "nor as an answer to another question");
}

#[tokio::test]
async fn a_passkey_whose_counter_goes_back_is_refused_as_a_copy() {
    let (app, device) = with_passkey().await;
    for (counter, status) in [(6, 303), (6, 422), (3, 422), (7, 303)] {
        let (mut visitor, page) = half(&app).await;
        let answer = device.sign(&page, URL, counter);
        assert_eq!(send(&app, &mut visitor, &page, &answer).await.status, status, "{counter}");
    }
}

#[tokio::test]
async fn another_passkey_is_not_this_one() {
    let (app, _) = with_passkey().await;
    let (mut visitor, page) = half(&app).await;
    let answer = Device::new().sign(&page, URL, 6);
    assert_eq!(send(&app, &mut visitor, &page, &answer).await.status, 422);
}

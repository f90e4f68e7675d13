//! Does one thing of the token path many times, for counting its instructions:
//! `count parse|authenticate|issue|sign|verify|judge TIMES`.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "a program that is measured")]

use std::{hint::black_box, sync::Arc};

use keymoor_core::{
    OrganizationId,
    access::{Directory, Target, judge},
    authenticate::authenticate,
    claims::Claims,
    jwt::{Algorithm, KeySet, verify},
    token::issue,
};
use keymoor_testkit::{Fixture, NOW, claims, expectation, moment, signer, token_request};

struct Nothing;

impl Directory for Nothing {
    fn is_removed(&self, _: &Claims) -> bool {
        false
    }

    fn is_federated(&self, _: OrganizationId) -> bool {
        false
    }

    fn is_disabled(&self, _: OrganizationId) -> bool {
        false
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let times: u32 = arguments.next().and_then(|times| times.parse().ok()).unwrap_or(1);
    let fixture = Fixture::new(1);
    match what.as_str() {
        "sign" | "verify" | "judge" => tokens(&what, times),
        _ => requests(&what, times, &fixture),
    }
}

fn requests(what: &str, times: u32, fixture: &Fixture) {
    let (key, secret) = (fixture.facts.api_key, fixture.secret.expose());
    let form = format!("grant_type=client_credentials&client_id={key}&client_secret={secret}");
    let request = token_request(&form).unwrap();
    let facts = Some(&fixture.facts);
    for _ in 0..times {
        match what {
            "parse" => drop(black_box(token_request(&form))),
            "authenticate" => {
                black_box(authenticate(&request.client.secret, facts, &fixture.pepper));
            }
            _ => {
                let issued = issue(&request, facts, &fixture.pepper, &fixture.issuer, moment());
                drop(black_box(issued));
            }
        }
    }
}

fn tokens(what: &str, times: u32) {
    let signer = signer(Algorithm::Es256);
    let token = signer.sign(&claims());
    let keys = KeySet::from_iter([signer.verification_key()]);
    let (claims, expectation) = (claims(), expectation());
    let verified = Arc::new(verify(&token, &keys, &expectation, NOW).unwrap());
    for _ in 0..times {
        match what {
            "sign" => drop(black_box(signer.sign(&claims))),
            "verify" => drop(black_box(verify(&token, &keys, &expectation, NOW))),
            _ => drop(black_box(judge(&verified, Target::General, &Nothing))),
        }
    }
}

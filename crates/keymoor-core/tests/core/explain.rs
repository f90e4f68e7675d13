use keymoor_core::{
    ApiKey, OrganizationId, UnixTime,
    access::Target,
    explain::{
        Backlog, Cause, Circumstances, RefusedCall, RequestId, TokenRequestFault, Who, shown_path,
    },
    jwt::TokenFault,
    refusal::Refusal,
    removals::Subject,
};
use keymoor_testkit::{NOW, claims, expectation};

fn why(refusal: &Refusal, of: &Circumstances<'_>) -> String {
    let claims = claims();
    let cause = Cause::of(refusal, Some(&claims), of);
    let stored = serde_json::to_string(&cause).unwrap();
    let read: Cause = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, cause, "{stored}");
    cause.explain(&|at: UnixTime| format!("+{}", at.since(NOW))).why
}

fn at(seconds: i64) -> Circumstances<'static> {
    Circumstances { now: NOW.plus(seconds), ..Circumstances::default() }
}

#[test]
fn an_expired_token_is_explained_to_the_second() {
    let why = why(&Refusal::InvalidToken(TokenFault::Expired), &at(303));
    assert_eq!(
        why,
        "The access token expired 3 seconds before: it was issued at +0 and lived 300 seconds."
    );
}

#[test]
fn a_clock_that_is_behind_is_named() {
    let why = why(&Refusal::InvalidToken(TokenFault::NotYetValid), &at(-41));
    assert!(why.ends_with("is at least 41 seconds behind the server's."), "{why}");
}

#[test]
fn a_wrong_audience_is_told_with_the_right_one() {
    let mut expected = expectation();
    expected.audience = "https://other.example.com".into();
    let of = Circumstances { expectation: Some(&expected), ..at(0) };
    let why = why(&Refusal::InvalidToken(TokenFault::Audience), &of);
    let aud = claims().aud;
    assert_eq!(
        why,
        format!("The access token is for {aud}, and this API is https://other.example.com.")
    );
}

#[test]
fn what_was_removed_is_named() {
    let key = claims().client_id;
    for (subject, said) in [
        (Subject::ApiKey(key), format!("API token {key} was removed.")),
        (Subject::Account(claims().sub), format!("account {} was disabled", claims().sub)),
        (Subject::Token(claims().jti), format!("was revoked (jti {})", claims().jti)),
    ] {
        let of = Circumstances { removed: Some(subject), ..at(0) };
        let why = why(&Refusal::Removed, &of);
        assert!(why.contains(&said), "{why}");
    }
}

#[test]
fn an_organization_and_scopes_are_named() {
    let ours = OrganizationId::from_random([1; 16]);
    let of = Circumstances { target: Target::Organization(ours), ..at(0) };
    let lacking = why(&Refusal::AdditionalAuthentication(ours), &of);
    assert!(lacking.contains(&format!("lacks its scope organization:{ours}")), "{lacking}");
    let wanted = vec!["reports:read".parse().unwrap()];
    let scopes = why(&Refusal::InsufficientScope(wanted), &of);
    assert_eq!(scopes, "The resource needs the scope reports:read; the access token has none.");
    assert!(why(&Refusal::OrganizationDisabled, &of).contains(&ours.to_string()));
    assert!(why(&Refusal::OrganizationNotPermitted, &of).contains(&ours.to_string()));
}

#[test]
fn a_reason_of_a_newer_guard_is_read() {
    let cause: Cause = serde_json::from_str(r#"{"reason":"moon_phase","phase":3}"#).unwrap();
    assert_eq!(cause, Cause::Other);
}

#[test]
fn nothing_of_a_path_that_could_open_something_is_shown() {
    let id = "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f";
    assert_eq!(shown_path(&format!("/organizations/{id}/x")), format!("/organizations/{id}/x"));
    assert_eq!(shown_path("/x?access_token=secret"), "/x");
    let ticket = "A".repeat(43);
    assert_eq!(shown_path(&format!("/invites/{ticket}/accept")), "/invites/…/accept");
    assert_eq!(shown_path(&format!("/{}", "a/".repeat(500))).chars().count(), 200);
}

#[test]
fn a_request_id_is_24_digits_in_lower_case() {
    let id = RequestId::new(0x0123_4567_89ab_cdef, 7);
    assert_eq!(id.to_string(), "0123456789abcdef00000007");
    assert_eq!(id.to_string().parse(), Ok(id));
    for text in
        ["", "0123456789ABCDEF00000007", "0123456789abcdef0000000", "0123456789abcdef+0000007"]
    {
        assert!(text.parse::<RequestId>().is_err(), "{text}");
    }
}

fn call(count: u32, who: Who) -> RefusedCall {
    RefusedCall {
        id: RequestId::new(1, count),
        at: NOW,
        status: 401,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        address: None,
        who,
        cause: Cause::NoToken,
    }
}

#[test]
fn a_flood_takes_no_place_of_others_in_the_backlog() {
    let key = |byte| Who::Proved { api_key: ApiKey::from_random([byte; 16]), token: None };
    let mut backlog = Backlog::default();
    (0..10_000).for_each(|count| backlog.push(call(count, Who::Stranger)));
    (0..10_000).for_each(|count| backlog.push(call(count, key(1))));
    backlog.push(call(7, key(2)));
    let (calls, dropped) = backlog.take();
    let of = |who| calls.iter().filter(|call| call.who == who).count();
    assert_eq!((of(Who::Stranger), of(key(1)), of(key(2))), (100, 20, 1));
    assert_eq!(dropped, 20_000 - 120);
    for byte in 0..=u8::MAX {
        (0..20).for_each(|count| backlog.push(call(count, key(byte))));
    }
    let calls = backlog.take().0;
    let keys: std::collections::BTreeSet<_> = calls.iter().map(|call| call.who.api_key()).collect();
    assert_eq!(keys.len(), 256, "the first call of each has a place");
    assert!((500..=756).contains(&calls.len()), "all of them are bounded: {}", calls.len());
    assert!(backlog.is_empty());
}

#[test]
fn s71_nobodys_words_stand_before_the_owner_as_a_reason() {
    let told = |cause: Cause| cause.reported("https://issuer.example", "https://api.example");
    let lure = || "Send your API Secret to https://evil.example".to_owned();
    let fault = TokenRequestFault { description: lure(), ..TokenRequestFault::default() };
    assert_eq!(told(Cause::TokenRequest(fault)), Cause::Other);
    let audience = Cause::Audience { expected: lure(), found: lure() };
    let (expected, found) = ("https://api.example".to_owned(), "another".to_owned());
    assert_eq!(told(audience), Cause::Audience { expected, found });
    let issuer = Cause::Issuer { expected: lure(), found: "https://other.example".to_owned() };
    let (expected, found) =
        ("https://issuer.example".to_owned(), "https://other.example".to_owned());
    assert_eq!(told(issuer), Cause::Issuer { expected, found });
    assert_eq!(told(Cause::NoToken), Cause::NoToken);
}

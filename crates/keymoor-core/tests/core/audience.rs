use keymoor_core::{
    audience::{ApiIdentifier, Audience},
    token::{Issued, issue},
    wire::{OAuthError, ScopeRefusal},
};
use keymoor_testkit::{Fixture, moment};

const REPORTS: &str = "https://reports.example.com";

fn ask(parameters: &str) -> Result<Issued, OAuthError> {
    let mut fixture = Fixture::new(1);
    let scopes = vec!["reports:read".parse().unwrap()];
    fixture.issuer.audiences.insert(&REPORTS.parse().unwrap(), Audience { scopes });
    let request = fixture.request(parameters)?;
    issue(&request, Some(&fixture.facts), &fixture.pepper, &fixture.issuer, moment())
}

#[test]
fn the_resource_becomes_the_audience() {
    assert_eq!(&*ask("").unwrap().claims.aud, "https://auth.example.com/api");
    assert_eq!(&*ask("&resource=").unwrap().claims.aud, "https://auth.example.com/api");
    assert_eq!(&*ask(&format!("&resource={REPORTS}")).unwrap().claims.aud, REPORTS);
}

#[test]
fn an_api_that_is_not_registered_is_an_invalid_target() {
    for resource in [&format!("{REPORTS}/"), "https://other.example.com", "reports", "%00"] {
        let refused = ask(&format!("&resource={resource}")).unwrap_err();
        assert_eq!(refused, OAuthError::InvalidTarget, "{resource}");
        assert_eq!((refused.status().as_u16(), refused.code()), (400, "invalid_target"));
    }
}

#[test]
fn a_token_is_for_one_api() {
    let two = format!("&resource={REPORTS}&resource=https://auth.example.com/api");
    assert_eq!(ask(&two).unwrap_err(), OAuthError::InvalidTarget);
}

#[test]
fn a_name_is_granted_where_the_api_knows_it_and_nowhere_else() {
    let named = format!("reports:read&resource={REPORTS}");
    assert_eq!(ask(&named).unwrap().claims.scope.to_string(), "reports:read");
    let unknown = OAuthError::InvalidScope(ScopeRefusal::Unknown);
    assert_eq!(ask("reports:read").unwrap_err(), unknown);
    assert_eq!(ask(&format!("reports:write&resource={REPORTS}")).unwrap_err(), unknown);
}

#[test]
fn an_identifier_is_an_absolute_uri_without_a_fragment() {
    for text in ["https://api.example.com", "https://a/b?c=d", "urn:example:api", "api://x"] {
        assert!(text.parse::<ApiIdentifier>().is_ok(), "{text}");
    }
    let long = format!("https://a/{}", "x".repeat(255));
    for text in
        ["", "api", "/api", "https://a/#b", "https://a b", "https://", "urn:x", "é:x", &long]
    {
        assert!(text.parse::<ApiIdentifier>().is_err(), "{text}");
    }
}

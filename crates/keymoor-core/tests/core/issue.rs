use keymoor_core::{
    UnixTime,
    facts::CredentialFacts,
    token::{Issued, issue},
    wire::{InvalidClient, OAuthError, ScopeRefusal, Unauthorized},
};
use keymoor_testkit::{Fixture, NOW, moment};

fn issue_at(fixture: &Fixture, scope: &str, now: UnixTime) -> Result<Issued, OAuthError> {
    let moment = keymoor_core::token::Moment { now, ..moment() };
    let request = fixture.request(scope)?;
    issue(&request, Some(&fixture.facts), &fixture.pepper, &fixture.issuer, moment)
}

fn issued(fixture: &Fixture, scope: &str) -> Result<Issued, OAuthError> {
    issue_at(fixture, scope, NOW)
}

fn refused(fixture: &Fixture, scope: &str) -> OAuthError {
    issued(fixture, scope).unwrap_err()
}

fn with(change: impl FnOnce(&mut CredentialFacts)) -> Fixture {
    let mut fixture = Fixture::new(1);
    change(&mut fixture.facts);
    fixture
}

#[test]
fn key_and_secret_become_claims_of_300_seconds() {
    let fixture = Fixture::new(1);
    let issued = issued(&fixture, "").unwrap();
    assert_eq!(issued.expires_in(), 300);
    assert_eq!(issued.claims.sub, fixture.facts.account);
    assert_eq!(issued.claims.client_id, fixture.facts.api_key);
    assert_eq!(issued.secret, fixture.facts.secrets[0].id);
    assert!(issued.claims.scope.is_empty());
}

#[test]
fn each_of_several_secrets_is_accepted() {
    let (mut fixture, other) = (Fixture::new(1), Fixture::new(2));
    fixture.facts.secrets.insert(0, other.facts.secrets[0].clone());
    assert_eq!(issued(&fixture, "").unwrap().secret, fixture.facts.secrets[1].id);
}

#[test]
fn an_unknown_key_and_a_wrong_secret_are_refused_alike() {
    let (fixture, other) = (Fixture::new(1), Fixture::new(2));
    let ask = |facts: Option<&CredentialFacts>| {
        let request = other.request("").unwrap();
        issue(&request, facts, &fixture.pepper, &fixture.issuer, moment()).unwrap_err()
    };
    assert_eq!(ask(None), OAuthError::InvalidClient(InvalidClient::Wrong));
    assert_eq!(ask(Some(&fixture.facts)), ask(None));
}

#[test]
fn only_who_proved_the_secret_learns_of_the_tokens_state() {
    type State = (fn(&mut CredentialFacts), OAuthError);
    let states: [State; 4] = [
        (|f| f.removed_at = Some(NOW), OAuthError::InvalidClient(InvalidClient::Removed)),
        (
            |f| f.account_disabled_at = Some(NOW),
            OAuthError::InvalidClient(InvalidClient::AccountDisabled),
        ),
        (|f| f.limits.expires_at = Some(NOW), OAuthError::InvalidClient(InvalidClient::Expired)),
        (
            |f| f.limits.address_ranges = Some(vec!["198.51.100.0/24".parse().unwrap()]),
            OAuthError::UnauthorizedClient(Unauthorized::Address),
        ),
    ];
    for (change, expected) in states {
        let fixture = with(change);
        assert_eq!(refused(&fixture, ""), expected);
        let stranger = Fixture::new(2).request("").unwrap();
        let answer =
            issue(&stranger, Some(&fixture.facts), &fixture.pepper, &fixture.issuer, moment());
        assert_eq!(answer.unwrap_err(), OAuthError::InvalidClient(InvalidClient::Wrong));
    }
}

#[test]
fn an_address_in_the_ranges_is_let_in_even_in_ipv6_clothes() {
    let fixture = with(|f| f.limits.address_ranges = Some(vec!["192.0.2.0/24".parse().unwrap()]));
    let request = fixture.request("").unwrap();
    let mapped = "::ffff:192.0.2.1".parse().unwrap();
    let moment = keymoor_core::token::Moment { address: mapped, ..moment() };
    let answer = issue(&request, Some(&fixture.facts), &fixture.pepper, &fixture.issuer, moment);
    assert!(answer.is_ok());
}

#[test]
fn no_access_token_outlives_the_api_token() {
    let fixture = with(|f| f.limits.expires_at = Some(NOW.plus(40)));
    assert_eq!(issued(&fixture, "").unwrap().expires_in(), 40);
}

#[test]
fn a_limit_shortens_the_life_and_never_lengthens_it() {
    assert_eq!(issued(&with(|f| f.limits.token_life = Some(60)), "").unwrap().expires_in(), 60);
    assert_eq!(issued(&with(|f| f.limits.token_life = Some(900)), "").unwrap().expires_in(), 300);
}

#[test]
fn a_member_gets_the_scope_of_a_plain_organization() {
    let mut fixture = Fixture::new(1);
    let organization = fixture.join(5, false, None);
    let issued = issued(&fixture, &format!("organization:{organization}")).unwrap();
    assert_eq!(issued.claims.scope.to_string(), format!("organization:{organization}"));
}

#[test]
fn s35_foreign_missing_and_malformed_organizations_are_refused_alike() {
    let mut fixture = Fixture::new(1);
    fixture.join(5, false, None);
    let foreign = Fixture::new(9).join(6, true, None);
    let unknown = OAuthError::InvalidScope(ScopeRefusal::Unknown);
    assert_eq!(refused(&fixture, &format!("organization:{foreign}")), unknown);
    for scope in ["organization:", "organization:*", "organization:x", "openid"] {
        assert_eq!(refused(&fixture, scope), unknown);
    }
}

#[test]
fn s36_one_bad_scope_refuses_the_whole_request() {
    let mut fixture = Fixture::new(1);
    let organization = fixture.join(5, false, None);
    let scope = format!("organization:{organization} organization:*");
    assert_eq!(refused(&fixture, &scope), OAuthError::InvalidScope(ScopeRefusal::Unknown));
}

#[test]
fn s37_a_federated_scope_needs_a_sign_in_that_still_counts() {
    let scope = |until| {
        let mut fixture = Fixture::new(1);
        let organization = fixture.join(5, true, until);
        (issued(&fixture, &format!("organization:{organization}")), organization)
    };
    assert!(scope(Some(NOW.plus(1))).0.is_ok());
    for until in [None, Some(NOW), Some(NOW.plus(-1))] {
        let (answer, organization) = scope(until);
        let needed = OAuthError::InvalidScope(ScopeRefusal::SignInNeeded(organization));
        assert_eq!(answer.unwrap_err(), needed);
    }
}

#[test]
fn s39_a_token_limited_to_others_gets_no_scope_of_this_organization() {
    let mut fixture = Fixture::new(1);
    let (a, b) = (fixture.join(5, false, None), fixture.join(6, false, None));
    fixture.facts.limits.organizations = Some(vec![a]);
    assert_eq!(issued(&fixture, "").unwrap().claims.organizations, Some(vec![a]));
    assert!(issued(&fixture, &format!("organization:{a}")).is_ok());
    let unknown = OAuthError::InvalidScope(ScopeRefusal::Unknown);
    assert_eq!(refused(&fixture, &format!("organization:{b}")), unknown);
}

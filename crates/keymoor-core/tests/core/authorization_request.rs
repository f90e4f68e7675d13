use keymoor_core::wire::{
    AuthorizationError, AuthorizationQuery, InvalidRedirectUri, ScopeRefusal, Unanswerable,
};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ADDRESSED: &str = "client_id=c&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb";

fn right() -> String {
    format!(
        "response_type=code&{ADDRESSED}&state=s%2F1&code_challenge={CHALLENGE}\
         &code_challenge_method=S256"
    )
}

fn error(query: &str) -> AuthorizationError {
    AuthorizationQuery::read(query).unwrap().request().unwrap_err()
}

#[test]
fn a_request_says_who_asks_where_to_and_what_for() {
    let organization = "23aae327-baaa-11e3-8aaa-1231bbbba02c";
    let query = format!(
        "{}&scope=organization%3A{organization}+offline_access\
         &resource=https%3A%2F%2Fapi.example.com&nonce=x&nonce=y",
        right()
    );
    let query = AuthorizationQuery::read(&query).unwrap();
    assert_eq!(query.client_id, "c");
    assert_eq!(query.redirect_uri.as_str(), "https://app.example.com/cb");
    assert_eq!(query.state.as_deref(), Some("s/1"));
    let request = query.request().unwrap();
    assert_eq!(request.scope.to_string(), format!("organization:{organization} offline_access"));
    assert_eq!(request.resource.as_deref(), Some("https://api.example.com"));
    assert_eq!(request.challenge.as_str(), CHALLENGE);
}

#[test]
fn without_a_client_and_a_destination_nobody_is_answered() {
    for (query, why) in [
        ("", Unanswerable::Missing("client_id")),
        ("client_id=&redirect_uri=https://a.example", Unanswerable::Missing("client_id")),
        ("client_id=c", Unanswerable::Missing("redirect_uri")),
        (&format!("{ADDRESSED}&client_id=c"), Unanswerable::Repeated("client_id")),
        (&format!("{ADDRESSED}&redirect_uri="), Unanswerable::Repeated("redirect_uri")),
        (
            "client_id=c&redirect_uri=javascript:1",
            Unanswerable::RedirectUri(InvalidRedirectUri::Scheme),
        ),
        (&format!("{ADDRESSED}&x={}", "x".repeat(3000)), Unanswerable::TooLong),
    ] {
        assert_eq!(AuthorizationQuery::read(query).unwrap_err(), why, "{query}");
    }
}

#[test]
fn every_other_fault_is_the_clients_to_hear() {
    let without = |name: &str| {
        let right = right();
        let parts = right.split('&').filter(|part| !part.starts_with(&format!("{name}=")));
        parts.collect::<Vec<_>>().join("&")
    };
    let with = |rest: &str| format!("{}&{rest}", right());
    for (query, why) in [
        (without("response_type"), AuthorizationError::NoResponseType),
        (right().replace("type=code", "type=token"), AuthorizationError::ResponseType),
        (right().replace("type=code", "type=code+id_token"), AuthorizationError::ResponseType),
        (with("response_mode=fragment"), AuthorizationError::ResponseMode),
        (with("response_mode=form_post"), AuthorizationError::ResponseMode),
        (without("code_challenge"), AuthorizationError::NoChallenge),
        (without("code_challenge_method"), AuthorizationError::ChallengeMethod),
        (right().replace("S256", "plain"), AuthorizationError::ChallengeMethod),
        (right().replace(CHALLENGE, "short"), AuthorizationError::Challenge),
        (with("scope=organization%3A*"), AuthorizationError::Scope(ScopeRefusal::Unknown)),
        (with("scope=a&scope=a"), AuthorizationError::Repeated("scope")),
        (with("state=s"), AuthorizationError::Repeated("state")),
        (with("response_type=code"), AuthorizationError::Repeated("response_type")),
        (with("code_challenge=x"), AuthorizationError::Repeated("code_challenge")),
        (with("resource=a&resource=b"), AuthorizationError::Target),
    ] {
        assert_eq!(error(&query), why, "{query}");
    }
    let twice = AuthorizationQuery::read(&with("state=s")).unwrap();
    assert_eq!(twice.state, None, "of two states neither is brought back");
}

#[test]
fn the_error_table_of_the_authorization_endpoint() {
    let all = [
        AuthorizationError::Repeated("scope"),
        AuthorizationError::NoResponseType,
        AuthorizationError::ResponseType,
        AuthorizationError::ResponseMode,
        AuthorizationError::NoChallenge,
        AuthorizationError::ChallengeMethod,
        AuthorizationError::Challenge,
        AuthorizationError::NotEnabled,
        AuthorizationError::Scope(ScopeRefusal::Unknown),
        AuthorizationError::NoRefreshTokens,
        AuthorizationError::Target,
        AuthorizationError::Denied,
    ];
    let table: Vec<_> = all.iter().map(|e| format!("{}: {}", e.code(), e.description())).collect();
    let plain = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    assert!(all.iter().all(|error| error.description().bytes().all(plain)));
    insta::assert_snapshot!(table.join("\n"), @"
    invalid_request: The parameter scope stands more than once.
    invalid_request: The parameter response_type is missing: send code.
    unsupported_response_type: The response_type must be code.
    invalid_request: The response_mode must be query, or not be sent.
    invalid_request: The parameter code_challenge is missing: every request needs PKCE with S256.
    invalid_request: The code_challenge_method must be S256.
    invalid_request: The code_challenge must be base64url without padding of a SHA-256: 43 characters.
    unauthorized_client: This application may not ask by authorization code: its owner can enable that in the portal.
    invalid_scope: A scope is malformed, unknown, or of an organization that you are not a member of. Write organization:<uuid> in lower case.
    invalid_scope: This application may not have refresh tokens, so it cannot ask for offline_access: its owner can enable them in the portal.
    invalid_target: The resource is not one API that is registered here. Name one by its identifier, or none for the default API.
    access_denied: The request was denied.
    ");
}

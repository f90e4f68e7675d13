use http::{HeaderMap, HeaderValue, Method, Uri, header::AUTHORIZATION};
use keymoor_core::{
    ticket::Ticket,
    wire::{
        DelegatedGrant, DelegatedRequest, DeviceAuthorizationRequest, GrantRequest, InvalidClient,
        InvalidRequest, OAuthError, Proof, RequestHead, RevocationRequest, TokenRequest, UserCode,
    },
};

const ID: &str = "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f";

fn with<T>(
    authorization: &str,
    body: &str,
    read: fn(RequestHead<'_>, &[u8]) -> Result<T, OAuthError>,
) -> Result<T, OAuthError> {
    let uri = Uri::from_static("/token");
    let mut headers = HeaderMap::new();
    if !authorization.is_empty() {
        headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    }
    read(RequestHead { method: &Method::POST, uri: &uri, headers: &headers }, body.as_bytes())
}

fn ask(body: &str) -> Result<DelegatedRequest, OAuthError> {
    match with("", body, GrantRequest::parse)? {
        GrantRequest::Delegated(request) => Ok(request),
        GrantRequest::ClientCredentials(_) => panic!("client credentials: {body}"),
    }
}

const CODE: &str = "grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fa.example%2F\
                    &code_verifier=v";
const DEVICE: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
                      &device_code=d";
const REFRESH: &str = "grant_type=refresh_token&refresh_token=r";

#[test]
fn a_public_client_names_itself_and_its_code() {
    let request = ask(&format!("{CODE}&client_id={ID}")).unwrap();
    assert_eq!(request.client.id.unwrap().to_string(), ID);
    assert!(request.client.secret.is_none());
    let DelegatedGrant::AuthorizationCode { code, redirect_uri, code_verifier } = request.grant
    else {
        panic!("another grant");
    };
    let read = [&*code, &*redirect_uri, &*code_verifier].map(String::as_str);
    assert_eq!(read, ["c", "https://a.example/", "v"]);
}

#[test]
fn a_refresh_names_a_scope_or_means_everything() {
    let whole = ask(&format!("{REFRESH}&client_id={ID}")).unwrap();
    assert!(matches!(whole.grant, DelegatedGrant::RefreshToken { scope: None, .. }));
    let some = ask(&format!("{REFRESH}&client_id={ID}&scope=reports%3Aread")).unwrap();
    let DelegatedGrant::RefreshToken { scope, .. } = some.grant else { panic!("another grant") };
    assert_eq!(scope.unwrap().to_string(), "reports:read");
}

#[test]
fn a_secret_comes_in_the_body_or_by_basic_and_an_empty_one_is_none() {
    let body = ask(&format!("{DEVICE}&client_id={ID}&client_secret=x")).unwrap();
    assert!(body.client.secret.is_some());
    // base64 of the id, a colon, and "x" or nothing
    let basic = "Basic OWIyZjdjMWUtNGQzYS00YjZjLThlNWYtMGExYjJjM2Q0ZTVmOg==";
    match with(basic, DEVICE, GrantRequest::parse).unwrap() {
        GrantRequest::Delegated(request) => {
            assert_eq!(request.client.id.unwrap().to_string(), ID);
            assert!(request.client.secret.is_none());
        }
        GrantRequest::ClientCredentials(_) => panic!("client credentials"),
    }
}

#[test]
fn a_grant_without_one_of_its_parameters_is_refused() {
    for (body, missing) in [
        (CODE.replace("code=c", "x=c"), "code"),
        (CODE.replace("redirect_uri=", "x="), "redirect_uri"),
        (CODE.replace("code_verifier=v", "code_verifier="), "code_verifier"),
        (REFRESH.replace("refresh_token=r", "x=r"), "refresh_token"),
        (DEVICE.replace("device_code=d", "x=d"), "device_code"),
    ] {
        let expected = OAuthError::InvalidRequest(InvalidRequest::Missing(missing));
        assert_eq!(ask(&format!("{body}&client_id={ID}")).unwrap_err(), expected, "{body}");
    }
    for body in [CODE, DEVICE, REFRESH] {
        let missing = InvalidClient::OfApplication(Proof::Unnamed);
        let missing = OAuthError::InvalidClient(missing);
        assert_eq!(ask(body).unwrap_err(), missing, "nobody asks");
    }
}

#[test]
fn s2_no_parameter_of_a_grant_may_stand_twice_or_in_the_url() {
    for (body, name) in [
        (CODE, "code"),
        (CODE, "redirect_uri"),
        (CODE, "code_verifier"),
        (REFRESH, "refresh_token"),
        (DEVICE, "device_code"),
    ] {
        let repeated = OAuthError::InvalidRequest(InvalidRequest::Repeated(name));
        assert_eq!(ask(&format!("{body}&client_id={ID}&{name}=x")).unwrap_err(), repeated);
        let uri: Uri = format!("/token?{name}=x").parse().unwrap();
        let headers = HeaderMap::new();
        let head = RequestHead { method: &Method::POST, uri: &uri, headers: &headers };
        let in_url = OAuthError::InvalidRequest(InvalidRequest::InUrl);
        assert_eq!(GrantRequest::parse(head, body.as_bytes()).unwrap_err(), in_url);
    }
}

#[test]
fn s9_no_grant_but_the_four_is_known() {
    for grant in [
        "password",
        "implicit",
        "token",
        "code",
        "device_code",
        "Authorization_Code",
        "refresh_token ",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:openid:params:grant-type:ciba",
    ] {
        let grant = grant.replace(':', "%3A").replace(' ', "%20");
        let body = format!(
            "grant_type={grant}&client_id={ID}&client_secret=x&username=a&password=b&code=c\
             &refresh_token=r&device_code=d"
        );
        let error = with("", &body, GrantRequest::parse).unwrap_err();
        assert_eq!(error, OAuthError::UnsupportedGrantType, "{grant}");
    }
}

#[test]
fn client_credentials_always_take_a_secret() {
    let body = format!("grant_type=client_credentials&client_id={ID}");
    let missing = OAuthError::InvalidClient(InvalidClient::Missing);
    assert_eq!(with("", &body, GrantRequest::parse).unwrap_err(), missing);
    assert_eq!(
        with("", &format!("{REFRESH}&client_id={ID}"), TokenRequest::parse).unwrap_err(),
        OAuthError::UnsupportedGrantType
    );
}

#[test]
fn a_device_asks_for_a_code_and_a_client_revokes_without_a_secret() {
    let body = format!("client_id={ID}&scope=reports%3Aread");
    let asked = with("", &body, DeviceAuthorizationRequest::parse).unwrap();
    assert_eq!(asked.scope.to_string(), "reports:read");
    let body = format!("client_id={ID}&token=kmr_x&token_type_hint=refresh_token");
    let asked = with("", &body, RevocationRequest::parse).unwrap();
    assert!(asked.client.secret.is_none() && asked.token.as_str() == "kmr_x");
}

#[test]
fn s101_nothing_that_is_exchanged_shows_in_debug() {
    let secret = format!("client_id={ID}&client_secret=hidden");
    for body in [
        CODE.replace("code=c", "code=hidden"),
        CODE.replace("code_verifier=v", "code_verifier=hidden"),
        REFRESH.replace("refresh_token=r", "refresh_token=hidden"),
        DEVICE.replace("device_code=d", "device_code=hidden"),
    ] {
        let shown = format!("{:?}", ask(&format!("{body}&{secret}")));
        assert!(shown.contains("redacted") && !shown.contains("hidden"), "{shown}");
    }
    let revoked = with("", &format!("token=hidden&{secret}"), RevocationRequest::parse);
    let asked = with("", &secret, DeviceAuthorizationRequest::parse);
    for shown in [format!("{:?}", revoked.unwrap()), format!("{:?}", asked.unwrap())] {
        assert!(shown.contains("redacted") && !shown.contains("hidden"), "{shown}");
    }
    let typed = UserCode::parse("WDJB-MJHT").unwrap();
    let ticket = Ticket::generate([7; 32]);
    assert_eq!(format!("{typed:?} {ticket:?}"), "UserCode([redacted]) Ticket([redacted])");
}

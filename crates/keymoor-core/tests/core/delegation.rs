//! What people allow applications: what it brings, and what ends it.

use keymoor_core::{
    ApplicationId, GrantId, OrganizationId, PresentedSecret, Scopes,
    audience::Audience,
    delegation::{
        ApplicationFacts, Consent, Delegated, DelegationFacts, GRANT_IDLE, GRANT_LIFE, GrantFacts,
        Rights, authenticate_application, check_consent, check_refresh, issue_delegated, narrowed,
    },
    facts::{Limits, Membership},
    token::{Moment, issue},
    wire::{InvalidClient, InvalidGrant, OAuthError, Proof, ScopeRefusal, Unauthorized},
};
use keymoor_testkit::{Fixture, NOW, moment};

const ALL: Rights = Rights { authorization_code: true, device: true, refresh_tokens: true };

fn organization(byte: u8) -> OrganizationId {
    OrganizationId::from_random([byte; 16])
}

/// An application and what Bob allowed it, a member of organizations 1 (plain) and 2 (federated).
struct Stage {
    fixture: Fixture,
    consent: Consent,
    facts: DelegationFacts,
}

impl Stage {
    fn new(scopes: &str) -> Self {
        let mut fixture = Fixture::new(1);
        let audience = fixture.issuer.audiences.default_identifier().to_string();
        let known = Audience { scopes: vec!["reports:read".parse().unwrap()] };
        fixture.issuer.audiences.insert(&audience.parse().unwrap(), known);
        let id = ApplicationId::from_random([8; 16]);
        let until = Some(NOW.plus(60));
        let member = |byte, federated, signed_in_until| Membership {
            organization: organization(byte),
            federated,
            signed_in_until,
        };
        let application = ApplicationFacts {
            id,
            removed_at: None,
            owner_disabled_at: None,
            secret: Some(fixture.facts.secrets[0].clone()),
            rights: ALL,
            organizations: None,
        };
        let facts = DelegationFacts {
            application,
            account: fixture.facts.account,
            account_disabled_at: None,
            memberships: vec![member(1, false, None), member(2, true, until)],
        };
        let consent = Consent {
            application: id,
            account: facts.account,
            scopes: Scopes::parse(scopes).unwrap_or_default(),
            audience,
            limits: Limits::default(),
        };
        Self { fixture, consent, facts }
    }

    fn ask_for(&self, scopes: &str, resource: Option<&str>) -> Result<Delegated, OAuthError> {
        let asked = Scopes::parse(scopes).unwrap_or_default();
        let grant = GrantId::from_random([9; 16]);
        let (facts, issuer) = (&self.facts, &self.fixture.issuer);
        issue_delegated(&asked, resource, grant, &self.consent, facts, issuer, moment())
    }

    fn ask(&self) -> Result<Delegated, OAuthError> {
        self.ask_for("", None)
    }

    fn lost(&self) -> InvalidGrant {
        match self.ask() {
            Err(OAuthError::InvalidGrant(cause)) => cause,
            other => panic!("{other:?}"),
        }
    }

    fn consents(&self) -> Result<(), OAuthError> {
        check_consent(&self.consent, &self.facts, &self.fixture.issuer, NOW)
    }

    fn grant(self) -> GrantFacts {
        GrantFacts {
            id: GrantId::from_random([9; 16]),
            consent: self.consent,
            ended_at: None,
            expires_at: NOW.plus(i64::from(GRANT_LIFE)),
            last_used_at: NOW,
            facts: self.facts,
        }
    }
}

fn both() -> String {
    format!("organization:{} organization:{}", organization(1), organization(2))
}

#[test]
fn a_consent_becomes_claims_of_whoever_gave_it() {
    let stage = Stage::new("offline_access reports:read");
    let issued = stage.ask().unwrap();
    assert_eq!((issued.expires_in(), issued.claims.sub), (300, stage.facts.account));
    assert_eq!(issued.claims.client_id, stage.consent.application.as_client());
    assert_eq!(ApplicationId::of_client(issued.claims.client_id), issued.application);
    assert_eq!(issued.claims.grant_id, Some(issued.grant));
    assert_eq!(issued.claims.secret_id, Some(stage.fixture.facts.secrets[0].id));
    assert_eq!(issued.claims.scope, stage.consent.scopes);
}

#[test]
fn s8_a_refresh_never_widens_the_scope() {
    let all = ["offline_access", "reports:read"];
    let consents = ["", "offline_access", "reports:read", "offline_access reports:read"];
    for consent in consents {
        let stage = Stage::new(consent);
        for asked in consents {
            let within = asked.split(' ').all(|one| consent.split(' ').any(|own| own == one));
            let whole = asked.is_empty() || within;
            match stage.ask_for(asked, None) {
                Ok(issued) => {
                    assert!(whole, "{consent} brought {asked}");
                    let scope = if asked.is_empty() { consent } else { asked };
                    assert_eq!(issued.claims.scope.to_string(), scope);
                    assert!(issued.claims.scope.iter().all(|one| all.contains(&&*one.to_string())));
                }
                Err(error) => {
                    assert!(!whole, "{consent} did not bring {asked}");
                    assert_eq!(error, OAuthError::InvalidScope(ScopeRefusal::Unknown));
                }
            }
        }
    }
}

#[test]
fn s8_a_refresh_never_widens_the_organizations() {
    let stage = Stage::new(&format!("organization:{}", organization(1)));
    let wider = stage.ask_for(&both(), None).unwrap_err();
    assert_eq!(wider, OAuthError::InvalidScope(ScopeRefusal::Unknown), "though Bob is a member");
    let stage = Stage::new(&both());
    let narrow = format!("organization:{}", organization(2));
    assert_eq!(stage.ask_for(&narrow, None).unwrap().claims.scope.to_string(), narrow);
    assert_eq!(stage.ask().unwrap().claims.scope.to_string(), both(), "and whole again");
}

#[test]
fn s8_a_refresh_is_for_no_other_api() {
    let stage = Stage::new("");
    assert!(stage.ask_for("", Some(&stage.consent.audience)).is_ok());
    let other = stage.ask_for("", Some("https://other.example.com")).unwrap_err();
    assert_eq!(other, OAuthError::InvalidTarget);
}

#[test]
fn s22_every_end_is_refused_on_every_path() {
    type End = (fn(&mut DelegationFacts), InvalidGrant);
    let ends: [End; 5] = [
        (|f| f.application.removed_at = Some(NOW), InvalidGrant::ApplicationRemoved),
        (|f| f.application.owner_disabled_at = Some(NOW), InvalidGrant::OwnerDisabled),
        (|f| f.account_disabled_at = Some(NOW), InvalidGrant::AccountDisabled),
        (|f| f.memberships.retain(|one| !one.federated), InvalidGrant::Scope),
        (
            |f| f.memberships[1].signed_in_until = Some(NOW),
            InvalidGrant::SignInNeeded(OrganizationId::from_random([2; 16])),
        ),
    ];
    for (change, expected) in ends {
        let mut stage = Stage::new(&both());
        assert!(stage.ask().is_ok() && stage.consents().is_ok());
        change(&mut stage.facts);
        assert_eq!(stage.lost(), expected);
        assert!(stage.consents().is_err(), "{expected:?}");
    }
}

#[test]
fn what_is_left_can_still_be_had() {
    let mut stage = Stage::new(&both());
    stage.facts.memberships.pop();
    assert_eq!(stage.lost(), InvalidGrant::Scope);
    assert!(stage.ask_for(&format!("organization:{}", organization(1)), None).is_ok());
}

#[test]
fn an_api_that_is_gone_ends_what_was_allowed_of_it() {
    let mut stage = Stage::new("reports:read");
    stage.fixture.issuer.audiences = Fixture::new(1).issuer.audiences;
    assert_eq!(stage.lost(), InvalidGrant::Scope, "it knows the scope no more");
    stage.consent.audience = "https://gone.example.com".to_owned();
    assert_eq!(stage.lost(), InvalidGrant::Scope);
    assert_eq!(stage.consents().unwrap_err(), OAuthError::InvalidTarget);
}

#[test]
fn the_narrower_of_application_and_session_counts() {
    let (one, two) = (organization(1), organization(2));
    for (own, only, expected) in [
        (None, None, None),
        (Some(vec![one]), None, Some(vec![one])),
        (None, Some(vec![two]), Some(vec![two])),
        (Some(vec![one, two]), Some(vec![two]), Some(vec![two])),
        (Some(vec![one]), Some(vec![two]), Some(vec![])),
    ] {
        let limits = Limits { organizations: own, token_life: Some(60), ..Limits::default() };
        let limits = narrowed(&limits, only.as_deref());
        assert_eq!((limits.organizations, limits.token_life), (expected, Some(60)));
    }
}

#[test]
fn limits_of_application_and_session_are_kept() {
    let mut stage = Stage::new(&both());
    stage.facts.application.organizations = Some(vec![organization(1)]);
    assert_eq!(stage.lost(), InvalidGrant::Scope);
    let mut stage = Stage::new("");
    stage.facts.application.organizations = Some(vec![organization(1)]);
    assert_eq!(stage.ask().unwrap().claims.organizations, Some(vec![organization(1)]));
    stage.consent.limits.token_life = Some(60);
    assert_eq!(stage.ask().unwrap().expires_in(), 60);
    stage.consent.limits.address_ranges = Some(vec!["198.51.100.0/24".parse().unwrap()]);
    let elsewhere = OAuthError::UnauthorizedClient(Unauthorized::Address);
    assert_eq!(stage.ask().unwrap_err(), elsewhere);
    stage.consent.limits.expires_at = Some(NOW);
    assert_eq!(stage.lost(), InvalidGrant::Expired);
}

#[test]
fn a_refresh_token_works_while_its_grant_counts() {
    type End = (fn(&mut GrantFacts), InvalidGrant);
    let ends: [End; 5] = [
        (|g| g.ended_at = Some(NOW), InvalidGrant::Ended),
        (|g| g.expires_at = NOW, InvalidGrant::Expired),
        (|g| g.last_used_at = NOW.plus(-i64::from(GRANT_IDLE)), InvalidGrant::Expired),
        (|g| g.facts.application.rights.refresh_tokens = false, InvalidGrant::RefreshOff),
        (|g| g.consent.scopes = Scopes::default(), InvalidGrant::RefreshOff),
    ];
    for (change, expected) in ends {
        let mut grant = Stage::new("offline_access").grant();
        assert_eq!(check_refresh(&grant, NOW), Ok(()));
        change(&mut grant);
        assert_eq!(check_refresh(&grant, NOW), Err(OAuthError::InvalidGrant(expected)));
    }
}

#[test]
fn a_grant_lasts_as_long_as_what_it_brings() {
    let mut consent = Stage::new("offline_access").consent;
    assert_eq!(consent.lasts_until(NOW), NOW.plus(i64::from(GRANT_LIFE)));
    consent.limits.expires_at = Some(NOW.plus(9));
    assert_eq!(consent.lasts_until(NOW), NOW.plus(9));
    assert_eq!(Stage::new("reports:read").consent.lasts_until(NOW), NOW.plus(300));
}

#[test]
fn nobody_consents_to_what_cannot_be_had() {
    let mut stage = Stage::new("offline_access reports:read");
    assert_eq!(stage.consents(), Ok(()));
    stage.facts.application.rights.refresh_tokens = false;
    let unknown = OAuthError::InvalidScope(ScopeRefusal::Unknown);
    assert_eq!(stage.consents(), Err(unknown.clone()));
    assert_eq!(Stage::new("reports:write").consents(), Err(unknown.clone()));
    let foreign = Stage::new(&format!("organization:{}", organization(3)));
    assert_eq!(foreign.consents(), Err(unknown));
}

#[test]
fn a_client_proves_its_secret_or_has_none() {
    let stage = Stage::new("");
    let (pepper, known) = (&stage.fixture.pepper, &stage.facts.application);
    let right = PresentedSecret::new(stage.fixture.secret.expose());
    let other = Fixture::new(2);
    let wrong = PresentedSecret::new(other.secret.expose());
    let public = ApplicationFacts { secret: None, ..known.clone() };
    let refused = |cause| Err(OAuthError::InvalidClient(InvalidClient::OfApplication(cause)));
    for (presented, application, expected) in [
        (Some(&right), Some(known), Ok(())),
        (Some(&wrong), Some(known), refused(Proof::Wrong)),
        (None, Some(known), refused(Proof::Missing)),
        (None, Some(&public), Ok(())),
        (Some(&right), Some(&public), refused(Proof::Wrong)),
        (Some(&right), None, refused(Proof::Wrong)),
        (None, None, refused(Proof::Wrong)),
    ] {
        let outcome = authenticate_application(presented, application, pepper);
        assert_eq!(outcome, expected, "{presented:?} {application:?}");
    }
}

#[test]
fn s6_an_application_gets_nothing_by_client_credentials() {
    let stage = Stage::new("");
    let known = stage.facts.as_credential(&Limits::default());
    let (pepper, issuer) = (&stage.fixture.pepper, &stage.fixture.issuer);
    let request = stage.fixture.request("").unwrap();
    let at: Moment = moment();
    let refused = issue(&request, Some(&known), pepper, issuer, at).unwrap_err();
    assert_eq!(refused, OAuthError::InvalidClient(InvalidClient::Wrong));
}

#[test]
fn s5_the_errors_of_grants() {
    let all = [
        InvalidGrant::Unknown,
        InvalidGrant::Gone,
        InvalidGrant::Reused,
        InvalidGrant::Ended,
        InvalidGrant::Expired,
        InvalidGrant::ApplicationRemoved,
        InvalidGrant::OwnerDisabled,
        InvalidGrant::RefreshOff,
        InvalidGrant::AccountDisabled,
        InvalidGrant::Scope,
        InvalidGrant::SignInNeeded(organization(2)),
    ]
    .map(OAuthError::InvalidGrant);
    let others = [
        OAuthError::AuthorizationPending,
        OAuthError::SlowDown,
        OAuthError::AccessDenied,
        OAuthError::ExpiredToken,
        OAuthError::UnauthorizedClient(Unauthorized::GrantType),
    ];
    let plain = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    for error in all.iter().chain(&others) {
        assert_eq!(error.status().as_u16(), 400);
        assert!(error.description().bytes().all(plain), "{}", error.description());
    }
    assert!(all.iter().all(|error| error.code() == "invalid_grant"));
    let codes = others.map(|error| error.code());
    let expected = [
        "authorization_pending",
        "slow_down",
        "access_denied",
        "expired_token",
        "unauthorized_client",
    ];
    assert_eq!(codes, expected);
    let help = all[10].help_path().unwrap();
    assert_eq!(help, format!("/organizations/{}", organization(2)));
}

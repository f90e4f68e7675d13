use std::{collections::HashSet, sync::Arc};

use keymoor_core::{
    OrganizationId, Scope,
    access::{Directory, Target, judge},
    claims::Claims,
    jwt::{Algorithm, KeySet, VerifiedToken, verify},
    refusal::Refusal,
};
use keymoor_testkit::{NOW, claims, expectation, signer};

#[derive(Default)]
struct Known {
    removed: bool,
    federated: HashSet<OrganizationId>,
    disabled: HashSet<OrganizationId>,
}

impl Directory for Known {
    fn is_removed(&self, _: &Claims) -> bool {
        self.removed
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        self.federated.contains(&organization)
    }

    fn is_disabled(&self, organization: OrganizationId) -> bool {
        self.disabled.contains(&organization)
    }
}

fn organization(byte: u8) -> OrganizationId {
    OrganizationId::from_random([byte; 16])
}

fn federated(only: OrganizationId) -> Known {
    Known { federated: HashSet::from([only]), ..Known::default() }
}

fn token(scope: Option<OrganizationId>, limit: Option<OrganizationId>) -> Arc<VerifiedToken> {
    let signer = signer(Algorithm::EdDsa);
    let claims = Claims {
        scope: scope.into_iter().map(Scope::Organization).collect(),
        organizations: limit.map(|only| vec![only]),
        ..claims()
    };
    let keys = KeySet::from_iter([signer.verification_key()]);
    Arc::new(verify(&signer.sign(&claims), &keys, &expectation(), NOW).unwrap())
}

#[test]
fn s37_a_federated_organization_opens_only_to_its_scope() {
    let (ours, other) = (organization(1), organization(2));
    let asked = |scope, target| {
        judge(&token(scope, None), Target::Organization(target), &federated(ours)).err()
    };
    assert_eq!(asked(None, ours), Some(Refusal::AdditionalAuthentication(ours)));
    assert_eq!(asked(Some(ours), ours), None);
    assert_eq!(asked(None, other), None);
    assert_eq!(asked(Some(ours), other), None);
}

#[test]
fn s37_the_refusal_has_both_strings_of_the_page() {
    let refusal = Refusal::AdditionalAuthentication(organization(1));
    let pointers = keymoor_core::refusal::Pointers {
        token: String::new(),
        documentation: String::new(),
        resource_metadata: "m".to_owned(),
    };
    assert_eq!(refusal.status(), 403);
    let body = refusal.body(&pointers).to_string();
    assert_eq!(
        body,
        r#"{"error":"additional_authentication_required","message":"This resource requires additional authentication."}"#
    );
    let challenge = refusal.challenge(&pointers).unwrap();
    let scope = format!("scope=\"organization:{}\"", organization(1));
    assert!(challenge.starts_with("Bearer error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.contains(&scope), "{challenge}");
}

#[test]
fn s39_the_scope_of_a_does_not_open_federated_b() {
    let (a, b) = (organization(1), organization(2));
    let refused = judge(&token(Some(a), None), Target::Organization(b), &federated(b));
    assert_eq!(refused.unwrap_err(), Refusal::AdditionalAuthentication(b));
}

#[test]
fn s39_the_scope_of_a_closes_nothing_on_plain_b() {
    let (a, b) = (organization(1), organization(2));
    assert!(judge(&token(Some(a), None), Target::Organization(b), &federated(a)).is_ok());
}

#[test]
fn s39_a_token_limited_to_a_is_refused_on_every_b() {
    let (a, b) = (organization(1), organization(2));
    for directory in [Known::default(), federated(b)] {
        for scope in [None, Some(a), Some(b)] {
            let token = token(scope, Some(a));
            let refused = judge(&token, Target::Organization(b), &directory);
            assert_eq!(refused.unwrap_err(), Refusal::OrganizationNotPermitted);
        }
    }
    assert!(judge(&token(None, Some(a)), Target::Organization(a), &Known::default()).is_ok());
}

#[test]
fn a_removed_token_opens_nothing() {
    let removed = Known { removed: true, ..Known::default() };
    for target in [Target::General, Target::Organization(organization(1))] {
        assert_eq!(judge(&token(None, None), target, &removed).unwrap_err(), Refusal::Removed);
    }
}

#[test]
fn s22_a_disabled_organization_opens_to_no_token() {
    let ours = organization(1);
    let disabled = Known { disabled: HashSet::from([ours]), ..federated(ours) };
    for scope in [None, Some(ours)] {
        let refused = judge(&token(scope, None), Target::Organization(ours), &disabled);
        assert_eq!(refused.unwrap_err(), Refusal::OrganizationDisabled);
    }
    assert!(judge(&token(None, None), Target::General, &disabled).is_ok());
}

#[test]
fn the_permit_names_its_target_and_bearer() {
    let access = judge(&token(None, None), Target::General, &Known::default()).unwrap();
    assert_eq!(access.target(), Target::General);
    assert_eq!(access.claims().sub, claims().sub);
}

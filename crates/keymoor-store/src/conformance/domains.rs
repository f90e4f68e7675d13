use keymoor_core::{AccountId, IdentityProviderId, OrganizationId, domain::Domain, name::Email};

use super::{
    sign_on::provider,
    world::{NOW, World, at, is_conflict, is_not_found, stamp},
};
use crate::{
    MAX_NEWCOMERS, Newcomer, OrganizationDomain, StoreError, TOO_MANY_NEWCOMERS, VerifiedBy,
};

fn domain(organization: OrganizationId, name: &str) -> OrganizationDomain {
    OrganizationDomain {
        organization,
        name: Domain::parse(name).unwrap(),
        token: format!("token of {organization}"),
        created_at: NOW,
        verified: None,
    }
}

/// An organization with an enabled provider and a verified domain.
pub(super) async fn works(world: &World) -> (OrganizationId, IdentityProviderId) {
    let owner = world.account("a@example.com").await;
    let organization = world.organization(owner, false).await;
    let new = provider(world, organization);
    world.store.create_identity_provider(&new, stamp()).await.unwrap();
    let corp = domain(organization, "corp.example");
    world.store.verify_domain(&corp, VerifiedBy::Operator, stamp()).await.unwrap();
    (organization, new.id)
}

pub(super) fn newcomer(
    world: &World,
    provider: IdentityProviderId,
    email: &str,
    subject: &str,
) -> Newcomer {
    Newcomer { provider, subject: subject.to_owned(), account: world.new_account(email) }
}

pub async fn a_domain_is_added_verified_and_removed(world: &World) {
    let owner = world.account("a@example.com").await;
    let (organization, store) = (world.organization(owner, false).await, &world.store);
    let (new, name) = (domain(organization, "corp.example"), "corp.example");
    let name = Domain::parse(name).unwrap();
    let missing = store.verify_domain(&new, VerifiedBy::Record, stamp()).await;
    assert!(is_not_found(&missing), "only the operator verifies what was not added");
    store.add_domain(&new, stamp()).await.unwrap();
    assert!(is_conflict(&store.add_domain(&new, stamp()).await));
    assert_eq!(store.domains(organization).await.unwrap(), vec![new.clone()]);
    assert_eq!(store.organization_of_domain(&name).await.unwrap(), None);
    store.verify_domain(&new, VerifiedBy::Record, at(5)).await.unwrap();
    assert!(is_conflict(&store.verify_domain(&new, VerifiedBy::Operator, at(6)).await));
    let verified = Some((NOW.plus(5), VerifiedBy::Record));
    let expected = OrganizationDomain { verified, ..new };
    assert_eq!(store.domains(organization).await.unwrap(), [expected]);
    assert_eq!(store.organization_of_domain(&name).await.unwrap(), Some(organization));
    store.remove_domain(organization, &name, stamp()).await.unwrap();
    assert!(is_not_found(&store.remove_domain(organization, &name, stamp()).await));
    assert_eq!(store.organization_of_domain(&name).await.unwrap(), None);
}

pub async fn a_verified_domain_is_one_organizations_at_a_time(world: &World) {
    let (first, _) = works(world).await;
    let store = &world.store;
    let other = world.account("b@example.com").await;
    let second = world.organization(other, false).await;
    let theirs = domain(second, "corp.example");
    store.add_domain(&theirs, stamp()).await.unwrap();
    assert!(is_conflict(&store.verify_domain(&theirs, VerifiedBy::Record, stamp()).await));
    assert_eq!(store.domains(second).await.unwrap()[0].verified, None);
    store.remove_domain(first, &theirs.name, stamp()).await.unwrap();
    store.verify_domain(&theirs, VerifiedBy::Record, stamp()).await.unwrap();
    store.set_organization_disabled(second, true, stamp()).await.unwrap();
    assert_eq!(store.organization_of_domain(&theirs.name).await.unwrap(), None, "while disabled");
    store.set_organization_disabled(second, false, stamp()).await.unwrap();
    store.delete_organization(second, stamp()).await.unwrap();
    assert!(store.domains(second).await.unwrap().is_empty());
}

pub async fn a_newcomer_gets_an_account_where_the_organization_makes_some(world: &World) {
    let (organization, provider) = works(world).await;
    let store = &world.store;
    let new = newcomer(world, provider, "new@corp.example", "new-1");
    assert!(is_not_found(&store.welcome_newcomer(&new, stamp()).await), "off by default");
    assert!(!store.makes_accounts(organization).await.unwrap());
    store.set_makes_accounts(organization, true, stamp()).await.unwrap();
    assert!(is_conflict(&store.set_makes_accounts(organization, true, stamp()).await));
    store.welcome_newcomer(&new, stamp()).await.unwrap();
    assert_eq!(store.linked_account(provider, "new-1").await.unwrap(), Some(new.account.id));
    let seat = store.seat(organization, new.account.id).await.unwrap().unwrap();
    assert!(!seat.standing.is_administrator());
    let again = newcomer(world, provider, "new@corp.example", "new-2");
    assert!(
        is_conflict(&store.welcome_newcomer(&again, stamp()).await),
        "the address has an account"
    );
    let same = newcomer(world, provider, "other@corp.example", "new-1");
    assert!(is_conflict(&store.welcome_newcomer(&same, stamp()).await), "the person has one");
    let email = Email::parse("other@corp.example").unwrap();
    assert_eq!(store.account_by_email(&email).await.unwrap(), None, "nothing was left");
}

pub async fn a_newcomer_has_an_address_of_a_verified_domain(world: &World) {
    let (organization, provider) = works(world).await;
    let store = &world.store;
    store.set_makes_accounts(organization, true, stamp()).await.unwrap();
    store.add_domain(&domain(organization, "open.example"), stamp()).await.unwrap();
    for email in
        ["new@open.example", "new@sub.corp.example", "new@evil.example", "new@corp.example."]
    {
        let new = newcomer(world, provider, email, "new");
        assert!(is_not_found(&store.welcome_newcomer(&new, stamp()).await), "{email}");
    }
    store.set_identity_provider_enabled(provider, false, stamp()).await.unwrap();
    let new = newcomer(world, provider, "new@corp.example", "new");
    assert!(is_not_found(&store.welcome_newcomer(&new, stamp()).await), "disabled");
}

pub async fn a_domain_is_taken_from_who_should_not_have_it(world: &World) {
    let (first, _) = works(world).await;
    let store = &world.store;
    let second = world.organization(world.account("b@example.com").await, false).await;
    let (theirs, ours) = (domain(second, "corp.example"), domain(first, "corp.example"));
    let holder = async || store.organization_of_domain(&theirs.name).await.unwrap();
    store.verify_domain(&theirs, VerifiedBy::Operator, stamp()).await.unwrap();
    assert_eq!(holder().await, Some(second), "the operator says whose it is");
    assert_eq!(store.domains(first).await.unwrap()[0].verified, None);
    assert!(is_conflict(&store.verify_domain(&ours, VerifiedBy::Record, stamp()).await));
    store.set_organization_disabled(second, true, stamp()).await.unwrap();
    store.verify_domain(&ours, VerifiedBy::Record, stamp()).await.unwrap();
    assert_eq!(holder().await, Some(first), "a record wins over a disabled organization");
    store.set_organization_disabled(second, false, stamp()).await.unwrap();
    assert_eq!(holder().await, Some(first));
}

pub async fn newcomers_of_a_day_are_limited_but_not_those_provisioning_told_of(world: &World) {
    let (organization, provider) = works(world).await;
    let store = &world.store;
    store.set_makes_accounts(organization, true, stamp()).await.unwrap();
    for number in 0..MAX_NEWCOMERS {
        let who = format!("n{number}");
        let mut new = newcomer(world, provider, &format!("{who}@corp.example"), &who);
        let number = u64::try_from(number).unwrap();
        new.account.id = AccountId::new(1_800_000_000_000 + number, [0; 10]);
        store.welcome_newcomer(&new, stamp()).await.unwrap();
    }
    let new = newcomer(world, provider, "more@corp.example", "more");
    let refused = store.welcome_newcomer(&new, stamp()).await;
    assert!(matches!(refused, Err(StoreError::Conflict(TOO_MANY_NEWCOMERS))), "{refused:?}");
    assert_eq!(store.linked_account(provider, "more").await.unwrap(), None);
    let told = super::scim::user(world, organization, "told");
    store.create_scim_user(&told, stamp()).await.unwrap();
    let known = newcomer(world, provider, "told@corp.example", "told-1");
    store.welcome_newcomer(&known, stamp()).await.unwrap();
    store.welcome_newcomer(&new, at(86_400)).await.unwrap();
}

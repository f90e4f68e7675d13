use keymoor_core::{access::Target, refusal::Refusal};

use crate::support::{World, organization, scoped};

#[tokio::test]
async fn s37_federated_and_scope_two_by_two() {
    let (ours, other) = (organization(1), organization(2));
    for federated in [false, true] {
        for scope in [None, Some(ours)] {
            let world = World::new();
            if federated {
                world.directory.federate(ours);
            }
            let claims = scoped(scope, None);
            let refused = world.ask(&claims, Target::Organization(ours)).await.err();
            let expected =
                (federated && scope.is_none()).then_some(Refusal::AdditionalAuthentication(ours));
            assert_eq!(refused, expected, "federated {federated}, scope {scope:?}");
            let elsewhere = world.ask(&claims, Target::Organization(other)).await;
            assert!(elsewhere.is_ok(), "federated {federated}, scope {scope:?}");
        }
    }
}

#[tokio::test]
async fn s37_what_belongs_to_no_organization_needs_no_scope() {
    let world = World::new();
    world.directory.federate(organization(1));
    assert!(world.ask(&scoped(None, None), Target::General).await.is_ok());
}

#[tokio::test]
async fn s38_federation_that_is_switched_on_acts_at_the_next_request() {
    let (world, ours) = (World::new(), organization(1));
    let claims = scoped(None, None);
    assert!(world.ask(&claims, Target::Organization(ours)).await.is_ok());
    world.directory.federate(ours);
    let refused = world.ask(&claims, Target::Organization(ours)).await;
    assert_eq!(refused.unwrap_err(), Refusal::AdditionalAuthentication(ours));
}

#[tokio::test]
async fn s39_every_pair_of_organizations() {
    let all = [organization(1), organization(2), organization(3)];
    let world = World::new();
    world.directory.federate(all[0]);
    world.directory.federate(all[1]);
    for scope in all {
        for target in all {
            let open = scope == target || target == all[2];
            let refused = world.ask(&scoped(Some(scope), None), Target::Organization(target)).await;
            let expected = (!open).then_some(Refusal::AdditionalAuthentication(target));
            assert_eq!(refused.err(), expected, "scope of {scope} on {target}");
        }
    }
}

#[tokio::test]
async fn s39_a_token_limited_to_one_is_refused_on_every_other() {
    let (a, federated, plain) = (organization(1), organization(2), organization(3));
    let world = World::new();
    world.directory.federate(federated);
    for scope in [None, Some(a), Some(federated), Some(plain)] {
        for target in [federated, plain] {
            let refused = world.ask(&scoped(scope, Some(a)), Target::Organization(target)).await;
            assert_eq!(refused.unwrap_err(), Refusal::OrganizationNotPermitted, "{scope:?}");
        }
        let own = world.ask(&scoped(scope, Some(a)), Target::Organization(a)).await;
        assert!(own.is_ok(), "{scope:?}");
    }
}

#[tokio::test]
async fn a_permit_is_judged_anew_for_another_target() {
    let (world, ours) = (World::new(), organization(1));
    world.directory.federate(ours);
    let access = world.ask(&scoped(None, None), Target::General).await.unwrap();
    let refused = world.guard.judge(&access, Target::Organization(ours));
    assert_eq!(refused.unwrap_err(), Refusal::AdditionalAuthentication(ours));
}

use allocation_counter::measure;
use futures_util::FutureExt;
use http::{Method, Uri};
use keymoor_core::access::Target;
use keymoor_guard::{NoLookUp, RoutesConfig};

use crate::support::{World, headers, organization, scoped};

/// Calls often enough that what is remembered is remembered, and what is buffered has its buffers.
const WARM: usize = 2_000;

#[test]
fn a_remembered_verdict_allocates_nothing() {
    let world = World::new();
    let token = world.signer.sign(&scoped(None, None));
    let headers = headers(&[&format!("Bearer {token}")]);
    let uri = Uri::from_static("/x?a=b");
    let ask = || {
        let verdict = world.guard.check(&headers, &uri, Target::General).now_or_never();
        assert!(verdict.unwrap().is_ok());
    };
    (0..WARM).for_each(|_| ask());
    let counted = measure(|| (0..100).for_each(|_| ask()));
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn a_route_is_judged_without_an_allocation_of_its_own() {
    let world = World::new();
    let ours = organization(1);
    let text = r#"{"route": [
        {"path": "/public/**", "public": true},
        {"path": "/organizations/{organization}/**", "organization": {"path": "organization"}}
    ]}"#;
    let config: RoutesConfig = serde_json::from_str(text).unwrap();
    let (routes, _) = config.compile().unwrap();
    let token = world.signer.sign(&scoped(Some(ours), None));
    let headers = headers(&[&format!("Bearer {token}")]);
    let uri: Uri = format!("/organizations/{ours}/reports").parse().unwrap();
    let ask = || {
        let judged = routes.judge(&world.guard, &NoLookUp, &Method::GET, &uri, &headers);
        assert!(judged.now_or_never().unwrap().is_ok());
    };
    (0..WARM).for_each(|_| ask());
    let counted = measure(|| (0..100).for_each(|_| ask()));
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

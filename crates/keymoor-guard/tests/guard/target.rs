use http::Request;
use keymoor_core::{OrganizationId, access::Target, refusal::Refusal};
use keymoor_guard::organization_after;

const ID: &str = "23aae327-baaa-11e3-8aaa-1231bbbba02c";

fn target(path: &str) -> Result<Target, Refusal> {
    let (parts, ()) = Request::builder().uri(path).body(()).unwrap().into_parts();
    organization_after("/organizations")(&parts)
}

#[test]
fn the_segment_after_the_prefix_is_the_organization() {
    let organization = Target::Organization(OrganizationId::parse(ID).unwrap());
    for rest in ["", "/", "/reports", "/reports/2026?x=1"] {
        assert_eq!(target(&format!("/organizations/{ID}{rest}")), Ok(organization), "{rest}");
    }
}

#[test]
fn other_paths_are_about_no_organization() {
    for path in ["/", "/hello", "/organizations", "/organizationsx/y", "/caf%C3%A9"] {
        assert_eq!(target(path), Ok(Target::General), "{path}");
    }
}

#[test]
fn s73_a_path_that_can_be_read_in_two_ways_is_not_found() {
    let upper = ID.to_uppercase();
    let paths = [
        format!("/organizations/{upper}"),
        format!("/organizations/{}", ID.replace('-', "")),
        format!("/organizations/{}", ID.replacen('2', "%32", 1)),
        format!("/organizations%2f{ID}"),
        format!("/%6frganizations/{ID}"),
        format!("//organizations/{ID}"),
        format!("/organizations//{ID}"),
        format!("/organizations/./{ID}"),
        format!("/organizations/x/../{ID}"),
        format!("/organizations/%2e%2e/{ID}"),
        format!("/organizations/{ID};x=1"),
        format!("/organizations;x/{ID}"),
        format!("/organizations/{ID}%00"),
        format!("/organizations/{ID}%"),
        format!("/organizations/{ID}%zz"),
        format!("/organizations/{ID}/%3f"),
        "/organizations/x".to_owned(),
        "/organizations/".to_owned(),
        "/hello/../organizations".to_owned(),
    ];
    for path in paths {
        assert_eq!(target(&path), Err(Refusal::NotFound), "{path}");
    }
}

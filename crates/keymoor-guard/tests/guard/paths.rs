use http::Request;
use keymoor_core::{access::Target, refusal::Refusal};
use keymoor_guard::organization_after;

use crate::support::organization;

fn target(path: &str) -> Result<Target, Refusal> {
    let (parts, ()) = Request::get(path).body(()).unwrap().into_parts();
    organization_after("/organizations")(&parts)
}

#[test]
fn s73_the_segment_after_the_prefix_names_the_organization() {
    let id = organization(1);
    for rest in ["", "/", "/reports", "/reports?x=%2f..", "/caf%C3%A9"] {
        let path = format!("/organizations/{id}{rest}");
        assert_eq!(target(&path), Ok(Target::Organization(id)), "{path}");
    }
}

#[test]
fn s73_paths_outside_the_prefix_are_general() {
    for path in ["/", "/hello", "/organizations", "/organizationsx/1", "/api/organizations/1"] {
        assert_eq!(target(path), Ok(Target::General), "{path}");
    }
}

#[test]
fn s73_what_is_no_canonical_uuid_is_not_found() {
    let id = organization(0xAB).to_string();
    let others = [id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}"), format!("{id}x")];
    for segment in others.iter().map(String::as_str).chain(["", "1", "*"]) {
        let path = format!("/organizations/{segment}");
        assert_eq!(target(&path), Err(Refusal::NotFound), "{path}");
    }
}

#[test]
fn s73_a_path_that_another_reader_takes_otherwise_is_not_found() {
    let id = organization(1);
    let paths = [
        format!("/organizations%2f{id}"),
        format!("/organizations%2F{id}"),
        format!("/organizations%5c{id}"),
        format!("/organizations\\{id}"),
        format!("//organizations/{id}"),
        format!("/organizations//{id}"),
        format!("/organizations/{id}//reports"),
        format!("/organizations/{id}/../{id}"),
        format!("/organizations/{id}/./reports"),
        format!("/organizations/{id}/.."),
        format!("/organizations/{id}/../"),
        format!("/hello/../organizations/{id}"),
        format!("/hello/%2e%2e/organizations/{id}"),
        format!("/hello/%2E./organizations/{id}"),
        format!("/hello/..;/organizations/{id}"),
        format!("/hello;x/{id}"),
        format!("/%6frganizations/{id}"),
        format!("/organizations/{id}%00"),
        format!("/organizations/{id}%23"),
        format!("/organizations/{id}%3f"),
        format!("/organizations/{id}/%zz"),
        format!("/organizations/{id}/%2"),
        format!("/organizations/{id}/%252f"),
    ];
    for path in paths {
        assert_eq!(target(&path), Err(Refusal::NotFound), "{path}");
    }
}

use keymoor_core::{OrganizationId, Scope, Scopes, scope::InvalidScope};
use proptest::prelude::*;

const A: &str = "23aae327-baaa-11e3-8aaa-1231bbbba02c";

#[test]
fn s34_a_canonical_organization_of_any_uuid_version_is_a_scope() {
    for version in 1..=8 {
        let id = format!("23aae327-baaa-{version}1e3-8aaa-1231bbbba02c");
        let scopes = Scopes::parse(&format!("organization:{id}")).unwrap();
        let organization = OrganizationId::parse(&id).unwrap();
        assert!(scopes.contains(&Scope::Organization(organization)));
    }
}

#[test]
fn s36_every_other_spelling_is_invalid() {
    let upper = A.to_uppercase();
    let simple = A.replace('-', "");
    let cases = [
        "organization:".to_owned(),
        "organization:*".to_owned(),
        "organization".to_owned(),
        "organization:all".to_owned(),
        format!("organization:{upper}"),
        format!("organization:{simple}"),
        format!("organization:{{{A}}}"),
        format!("organization:urn:uuid:{A}"),
        format!("Organization:{A}"),
        format!("organization: {A}"),
        format!("organization:{A}\n"),
        format!("organization:{A}\0"),
        format!(" organization:{A}"),
        format!("organization:{A} "),
        format!("organization:{A}  organization:{A}"),
        format!("organization:{A}\torganization:{A}"),
        format!("organization:{A},organization:{A}"),
        format!("organization:{A}/x"),
        format!("organization:{A} *"),
        "ORGANIZATION".to_owned(),
        "organizations".to_owned(),
        "*".to_owned(),
        " ".to_owned(),
    ];
    for text in cases {
        assert_eq!(Scopes::parse(&text), Err(InvalidScope), "{text:?}");
    }
}

#[test]
fn a_scope_that_stands_twice_counts_once() {
    let scopes = Scopes::parse(&format!("organization:{A} organization:{A}")).unwrap();
    assert_eq!(scopes.to_string(), format!("organization:{A}"));
}

#[test]
fn more_scopes_than_a_token_can_carry_are_invalid() {
    let all = |count: u32| {
        let each = (0..count).map(|n| format!("organization:{n:08x}-baaa-11e3-8aaa-1231bbbba02c"));
        each.collect::<Vec<_>>().join(" ")
    };
    assert!(Scopes::parse(&all(32)).is_ok());
    assert_eq!(Scopes::parse(&all(33)), Err(InvalidScope));
}

#[test]
fn s34_a_name_is_short_and_plain() {
    for text in ["reports:read", "a", "9", "https://api.example.com/read", &"x".repeat(64)] {
        assert_eq!(Scopes::parse(text).unwrap().to_string(), text);
    }
    for text in ["", "-a", ":a", "a\"b", "a\\b", "a\u{e9}", "a,b", &"x".repeat(65)] {
        assert_eq!(Scopes::parse(text), Err(InvalidScope), "{text:?}");
    }
}

proptest! {
    #[test]
    fn s34_what_is_taken_prints_as_it_was_read(text in "(organization:)?[0-9a-fA-F-]{0,40}( .{0,10})?") {
        if let Ok(scopes) = Scopes::parse(&text) {
            prop_assert_eq!(scopes.to_string(), text);
        }
    }
}

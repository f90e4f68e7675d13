use keymoor_core::scim::{Address, Filter, ScimError, User, apply};
use serde_json::{Value, json};

fn patched(operations: &Value) -> Result<User, ScimError> {
    let emails = vec![Address { value: "a@example.com".to_owned(), kind: None, primary: true }];
    let user = User { user_name: "bob".to_owned(), active: true, emails, ..User::default() };
    apply(&user, &json!({ "Operations": operations }))
}

fn set(path: &str, value: &Value) -> Value {
    json!({ "op": "replace", "path": path, "value": value })
}

#[test]
fn no_operation_of_a_patch_sees_more_addresses_than_a_person_has() {
    let many = json!(vec![json!({ "value": "b@example.com" }); 21]);
    let gone = set("emails", &json!([]));
    assert!(patched(&json!([set("emails", &many), gone])).is_err(), "though none is left");
    let add = json!({ "op": "add", "path": "emails", "value": many });
    assert!(patched(&json!([add, gone])).is_err());
    let one =
        |n: usize| json!({ "op": "add", "path": "emails", "value": { "value": n.to_string() } });
    let mut slowly: Vec<_> = (0..20).map(one).collect();
    slowly.push(gone.clone());
    assert!(patched(&json!(slowly)).is_err());
    let made = |n: usize| set(&format!("emails[type eq \"{n}\"].value"), &json!("x"));
    let mut slowly: Vec<_> = (0..20).map(made).collect();
    slowly.push(gone);
    assert!(patched(&json!(slowly)).is_err());
}

#[test]
fn a_part_of_an_address_is_small_before_it_is_set_on_each() {
    let gone = set("emails", &json!([]));
    for large in [json!([[], []]), json!({}), json!(7), json!("x".repeat(513))] {
        for path in ["emails.value", "emails.primary", "emails[type eq \"work\"].value"] {
            assert!(patched(&json!([set(path, &large), gone])).is_err(), "{path} {large}");
        }
        let entry = set("emails", &json!([{ "value": large }]));
        assert!(patched(&json!([entry, gone])).is_err(), "{large}");
    }
    let user = patched(&json!([set("emails.primary", &json!("False"))])).unwrap();
    assert!(!user.emails[0].primary);
}

#[test]
fn a_filter_has_no_control_characters() {
    for attribute in ["userName", "externalId", "id", "emails.value"] {
        let text = format!(r#"{attribute} eq "a\u0000b""#);
        let refused = Filter::parse(&text).unwrap_err();
        assert_eq!(refused.body()["scimType"], "invalidFilter", "{attribute}");
    }
}

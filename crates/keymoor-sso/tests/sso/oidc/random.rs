//! Nothing that is thrown at it makes it panic, and nothing that is not signed is taken.

use keymoor_sso::oidc::{Algorithm, fuzz::TARGETS};
use proptest::prelude::*;

use super::idp::Flow;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s57_any_bytes_end_well(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for (_, target) in TARGETS {
            target(&bytes);
        }
    }

    #[test]
    fn s57_any_json_ends_well(text in r#"\{("[a-z_]{1,6}":("[ -~]{0,8}"|-?[0-9]{1,20}|\[\]|\{\}),){0,4}"x":1\}"#) {
        for (_, target) in TARGETS {
            target(text.as_bytes());
        }
    }

    #[test]
    fn s57_any_three_parts_are_no_token(text in "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,90}") {
        prop_assert!(Flow::es256().with(&text).is_err());
    }

    #[test]
    fn s57_a_token_with_changed_bytes_is_none(at in any::<prop::sample::Index>(), new in any::<u8>()) {
        let flow = Flow::new(Algorithm::EdDsa);
        let mut token = flow.id_token(&flow.claims()).into_bytes();
        let index = at.index(token.len());
        prop_assume!(token[index] != new);
        token[index] = new;
        prop_assert!(flow.with(&String::from_utf8_lossy(&token)).is_err());
    }
}

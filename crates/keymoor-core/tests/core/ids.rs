use keymoor_core::{AccountId, ApiKey, OrganizationId};
use proptest::prelude::*;

proptest! {
    #[test]
    fn s12_an_api_key_is_never_an_account(random: [u8; 16]) {
        let key = ApiKey::from_random(random).to_string();
        prop_assert!(ApiKey::parse(&key).is_ok());
        prop_assert!(AccountId::parse(&key).is_err());
    }

    #[test]
    fn s12_an_account_is_never_an_api_key(milliseconds in 0..1_u64 << 48, random: [u8; 10]) {
        let account = AccountId::new(milliseconds, random).to_string();
        prop_assert!(AccountId::parse(&account).is_ok());
        prop_assert!(ApiKey::parse(&account).is_err());
    }

    #[test]
    fn an_id_has_one_spelling(random: [u8; 16]) {
        let id = OrganizationId::from_random(random);
        let text = id.to_string();
        prop_assert_eq!(OrganizationId::parse(&text), Ok(id));
        prop_assume!(text.bytes().any(|byte| byte.is_ascii_lowercase()));
        let upper = text.to_uppercase();
        let simple = text.replace('-', "");
        for other in [upper, simple, format!("{{{text}}}"), format!("urn:uuid:{text}")] {
            prop_assert!(OrganizationId::parse(&other).is_err(), "{}", other);
        }
    }
}

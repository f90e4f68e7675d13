use keymoor_core::{
    domain::{Domain, InvalidDomain},
    name::Email,
};

#[test]
fn a_domain_has_one_spelling() {
    for text in ["example.com", "a.b.example.com", "xn--bcher-kva.example", "corp.internal"] {
        assert_eq!(Domain::parse(text).map(|domain| domain.to_string()).as_deref(), Ok(text));
    }
    let long = format!("{}.com", "a.".repeat(125));
    for text in [
        "",
        ".",
        "Example.com",
        "example.com.",
        ".example.com",
        "exa mple.com",
        "a..com",
        "-a.com",
        "a-.com",
        "bücher.example",
        "192.0.2.1",
        "a_b.com",
        "a@b.com",
        "example.com:443",
        &long,
        "a.1",
    ] {
        assert_eq!(Domain::parse(text), Err(InvalidDomain::Form), "{text}");
    }
}

#[test]
fn a_domain_that_many_share_is_nobodys() {
    for text in ["com", "localhost", "co.uk", "com.au", "ac.jp", "gov.br"] {
        assert_eq!(Domain::parse(text), Err(InvalidDomain::Shared), "{text}");
    }
    for text in ["co.uk.example.com", "example.co.uk", "co.com", "uk.co"] {
        assert!(Domain::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn s58_an_address_has_the_domain_after_its_one_at() {
    let of = |text: &str| Email::parse(text).ok().and_then(|email| Domain::of(&email));
    let corp = Domain::parse("corp.example").ok();
    for text in ["ada@corp.example", "ADA@Corp.Example", " ada@corp.example\n", "a+b@corp.example"]
    {
        assert_eq!(of(text), corp, "{text}");
    }
    for text in [
        "a@evil@corp.example",
        "ada@corp.example.",
        "ada@corp.example@evil.example",
        "ada@corp",
        "ada@[192.0.2.1]",
        "ada@\u{43}\u{43e}rp.example",
        "ada@corp\u{3002}example",
        "corp.example",
        "\"a@evil\"@corp.example",
        "ada@corp.example,evil.example",
        "ada@corp.example\0",
        "ada@corp.example (x)",
    ] {
        assert_eq!(of(text), None, "{text}");
    }
    assert_ne!(of("ada@sub.corp.example"), corp, "a subdomain is another domain");
    assert_ne!(of("ada@evilcorp.example"), corp);
}

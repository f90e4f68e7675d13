use keymoor_core::wire::{InvalidRedirectUri, RedirectUri};
use proptest::prelude::*;

fn parse(text: &str) -> RedirectUri {
    RedirectUri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn allows(registered: &str, asked: &str) -> bool {
    RedirectUri::parse(asked).is_ok_and(|asked| parse(registered).allows(&asked))
}

#[test]
fn what_an_application_can_register() {
    for text in [
        "https://app.example.com/callback",
        "https://app.example.com",
        "https://app.example.com:8443/a/b?tenant=1",
        "https://192.0.2.1/callback",
        "https://[2001:db8::1]/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:49152/callback",
        "http://[::1]:8080/",
        "http://localhost:3000/callback",
        "com.example.app:/oauth",
        "com.example.app://oauth/done",
    ] {
        assert_eq!(parse(text).as_str(), text);
    }
}

#[test]
fn what_nobody_can_register() {
    use InvalidRedirectUri::{Fragment, Host, Parameter, Scheme, Text};
    for (text, why) in [
        ("", Text),
        ("https://app.example.com/a b", Text),
        ("https://app.example.com/\u{e4}", Text),
        ("https://app.example.com\\@evil.example/", Text),
        ("https://app.example.com/cb#x", Fragment),
        ("https://app.example.com/#", Fragment),
        ("/callback", Scheme),
        ("app.example.com", Scheme),
        ("http://app.example.com/cb", Scheme),
        ("http://127.0.0.2/cb", Scheme),
        ("http://127.0.0.1.evil.example/cb", Scheme),
        ("HTTPS://app.example.com/cb", Scheme),
        ("ftp://app.example.com/cb", Scheme),
        ("javascript:alert(1)", Scheme),
        ("data:text/html,x", Scheme),
        ("myapp:/cb", Scheme),
        ("com..app:/cb", Scheme),
        ("com.example.app:cb", Scheme),
        ("https:app.example.com", Host),
        ("https:///cb", Host),
        ("https://*.example.com/cb", Host),
        ("https://user@app.example.com/cb", Host),
        ("https://app.example.com@evil.example/cb", Host),
        ("http://127.0.0.1@evil.example/cb", Host),
        ("http://127.0.0.1:80@evil.example/cb", Host),
        ("https://app.example.com:/cb", Host),
        ("https://app.example.com:0443/cb", Host),
        ("https://app.example.com:70000/cb", Host),
        ("https://app.example.com?code=x", Parameter),
        ("https://app.example.com/?a=1&st%61te=x", Parameter),
        ("com.example.app:/cb?iss=x", Parameter),
    ] {
        assert_eq!(RedirectUri::parse(text).unwrap_err(), why, "{text}");
    }
    let long = format!("https://app.example.com/{}", "a".repeat(RedirectUri::MAX_LENGTH));
    assert_eq!(RedirectUri::parse(&long).unwrap_err(), Text);
}

#[test]
fn the_port_of_a_loopback_address_and_nothing_else_may_differ() {
    for (registered, asked, allowed) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true),
        ("http://127.0.0.1:80/cb", "http://127.0.0.1/cb", true),
        ("http://127.0.0.1:1/cb?a=1", "http://127.0.0.1:2/cb?a=1", true),
        ("http://[::1]:1/cb", "http://[::1]:2/cb", true),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb/", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb?a=1", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/CB", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example:1/cb", false),
        ("http://127.0.0.1/cb", "http://[::1]/cb", false),
        ("http://127.0.0.1/cb", "http://localhost/cb", false),
        ("http://127.0.0.1/cb", "https://127.0.0.1/cb", false),
        ("http://localhost:1/cb", "http://localhost:2/cb", false),
        ("http://localhost:1/cb", "http://localhost:1/cb", true),
        ("https://127.0.0.1:1/cb", "https://127.0.0.1:2/cb", false),
        ("https://app.example.com/cb", "https://app.example.com:443/cb", false),
        ("https://app.example.com/cb", "https://APP.example.com/cb", false),
        ("https://app.example.com/cb", "https://app.example.com/cb/../x", false),
        ("https://app.example.com/cb", "https://app.example.com/c%62", false),
        ("https://app.example.com/cb", "https://app.example.com/cb?x", false),
        ("https://app.example.com", "https://app.example.com/", false),
        ("com.example.app:/cb", "com.example.app://cb", false),
    ] {
        assert_eq!(allows(registered, asked), allowed, "{registered} {asked}");
    }
}

#[test]
fn parameters_are_added_to_the_query_that_is_there() {
    for (text, full) in [
        ("https://a.example/cb", "https://a.example/cb?code=x+y%26&iss=i"),
        ("https://a.example/cb?", "https://a.example/cb?code=x+y%26&iss=i"),
        ("https://a.example/cb?t=1", "https://a.example/cb?t=1&code=x+y%26&iss=i"),
        ("https://a.example/cb?t=1&", "https://a.example/cb?t=1&code=x+y%26&iss=i"),
    ] {
        assert_eq!(parse(text).with(&[("code", "x y&"), ("iss", "i")]), full);
    }
}

#[test]
fn a_policy_names_its_origin_or_else_its_scheme() {
    for (text, source, place) in [
        ("https://a.example:8443/cb?x", "https://a.example:8443", "a.example:8443"),
        ("http://127.0.0.1:3000/cb", "http://127.0.0.1:3000", "127.0.0.1:3000"),
        // CSP has no words for an IPv6 address.
        ("http://[::1]:3000/cb", "http:", "[::1]:3000"),
        ("com.example.app:/cb", "com.example.app:", "com.example.app"),
        ("com.example.app://evil.example/cb", "com.example.app:", "com.example.app"),
    ] {
        assert_eq!((&*parse(text).policy_source(), parse(text).place()), (source, place));
    }
}

proptest! {
    #[test]
    fn any_text_that_is_taken_allows_itself_and_is_kept(text in "\\PC{0,60}") {
        if let Ok(uri) = RedirectUri::parse(&text) {
            prop_assert_eq!(uri.as_str(), &text);
            prop_assert!(uri.allows(&uri));
        }
    }

    #[test]
    fn any_port_of_a_loopback_address_is_allowed(one: u16, other: u16, path in "[a-z/]{0,12}") {
        let registered = format!("http://127.0.0.1:{}/{path}", one.max(1));
        let asked = format!("http://127.0.0.1:{}/{path}", other.max(1));
        prop_assert!(allows(&registered, &asked));
    }

    #[test]
    fn no_change_of_one_character_is_allowed(at in 0_usize..40, with in "[ -~]") {
        let registered = "https://app.example.com:8443/callback?t=1";
        let at = at.min(registered.len() - 1);
        let mut asked = registered.to_owned();
        asked.replace_range(at..=at, &with);
        prop_assert_eq!(allows(registered, &asked), registered == asked);
    }

    #[test]
    fn no_loopback_change_but_of_the_port_is_allowed(at in 0_usize..30, with in "[ -~]") {
        let registered = "http://127.0.0.1:8443/callback";
        let at = at.min(registered.len() - 1);
        let mut asked = registered.to_owned();
        asked.replace_range(at..=at, &with);
        let in_port = (17..21).contains(&at) && with.as_bytes()[0].is_ascii_digit();
        let expected = registered == asked || in_port && !asked.contains(":0");
        prop_assert_eq!(allows(registered, &asked), expected, "{}", asked);
    }
}

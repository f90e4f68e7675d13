use http::{HeaderMap, HeaderName, HeaderValue, Method};
use keymoor_core::wire::check_method;

fn holds(method: &Method, query: Option<&str>, header: Option<&str>, minds: bool) -> bool {
    let mut headers = HeaderMap::new();
    if let Some(name) = header {
        let name = HeaderName::try_from(name).unwrap();
        headers.insert(name, HeaderValue::from_static("DELETE"));
    }
    check_method(method, query, &headers, minds).is_ok()
}

#[test]
fn s73_connect_and_trace_are_not_judged() {
    for minds in [true, false] {
        assert!(!holds(&Method::CONNECT, None, None, minds));
        assert!(!holds(&Method::TRACE, None, None, minds));
        assert!(holds(&Method::OPTIONS, None, None, minds));
    }
}

#[test]
fn s73_nothing_overrides_a_method_that_counts() {
    let names =
        ["x-http-method-override", "X_HTTP_Method", "x.method.override", "x-method_override"];
    for name in names {
        assert!(!holds(&Method::POST, None, Some(name), true), "{name}");
        assert!(holds(&Method::POST, None, Some(name), false), "{name}");
    }
    for query in ["_method=DELETE", "a=b&_method=PUT", "%5Fmethod=PUT", "_METHOD=x", "_method"] {
        assert!(!holds(&Method::POST, Some(query), None, true), "{query}");
        assert!(holds(&Method::POST, Some(query), None, false), "{query}");
    }
    for query in ["method=PUT", "a=_method", "x_method=PUT", ""] {
        assert!(holds(&Method::POST, Some(query), None, true), "{query}");
    }
    assert!(holds(&Method::POST, None, Some("x-http-methods"), true));
}

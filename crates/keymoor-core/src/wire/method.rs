//! A method that every reader reads alike.

use http::{HeaderMap, Method};

use super::identity::is_read_as;

/// The request can be read as one of another method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the method can be read in more than one way")]
pub struct AmbiguousMethod;

/// Headers by which frameworks let a POST stand for another method.
const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];
/// The parameter by which they do so.
const PARAMETER: &str = "_method";

/// Refuses what no API is called by, CONNECT and TRACE (RFC 9110 §9.3.6, §9.3.8), and, where what is
/// allowed depends on the method (`minds`), what could change the method behind: a header or a
/// parameter of the query. What stands in a body is not read.
pub fn check_method(
    method: &Method,
    query: Option<&str>,
    headers: &HeaderMap,
    minds: bool,
) -> Result<(), AmbiguousMethod> {
    let never = [Method::CONNECT, Method::TRACE].contains(method);
    let overridden = minds && (names_another(headers) || query.is_some_and(has_parameter));
    if never || overridden { Err(AmbiguousMethod) } else { Ok(()) }
}

fn names_another(headers: &HeaderMap) -> bool {
    let reads = |name: &str| {
        OVERRIDES.into_iter().any(|known| known.len() == name.len() && is_read_as(name, known))
    };
    headers.keys().any(|name| reads(name.as_str()))
}

fn has_parameter(query: &str) -> bool {
    let named = |name: &str| name.trim().eq_ignore_ascii_case(PARAMETER);
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| named(&name))
}

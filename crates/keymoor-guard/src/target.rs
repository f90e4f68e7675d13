use http::request::Parts;
use keymoor_core::{OrganizationId, access::Target, refusal::Refusal};

/// Reads the organization from the path segment after `prefix`: with `/organizations`, the path
/// `/organizations/<uuid>/reports` is about that organization. Other paths are about none.
///
/// The path is judged as it stands, since the API behind may read it in its own way: one that
/// another reader could take for something else (an escaped slash or dot, an empty or dotted
/// segment, a backslash) is refused as not found, and so is an id that is not canonical.
pub fn organization_after(
    prefix: &'static str,
) -> impl Fn(&Parts) -> Result<Target, Refusal> + Clone {
    move |parts| {
        let path = parts.uri.path();
        if is_ambiguous(path) {
            return Err(Refusal::NotFound);
        }
        match path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) => organization(rest.split('/').next().unwrap_or_default()),
            None => Ok(Target::General),
        }
    }
}

fn organization(segment: &str) -> Result<Target, Refusal> {
    OrganizationId::parse(segment).map(Target::Organization).map_err(|_| Refusal::NotFound)
}

/// Whether some reader might see another path here. Escapes are refused altogether where they
/// hide a character that needs none: a path with an escaped letter is written so for a reason.
fn is_ambiguous(path: &str) -> bool {
    let odd = |segment: &str| {
        segment == "." || segment == ".." || segment.contains(['\\', ';', '#', '?', '\0'])
    };
    let inner = path.trim_end_matches('/');
    path.contains("//")
        || inner.split('/').any(odd)
        || escapes(path).any(|byte| byte.is_none_or(|byte| byte.is_ascii()))
}

/// The bytes that escapes stand for; `None` for a `%` that starts no escape.
fn escapes(path: &str) -> impl Iterator<Item = Option<u8>> + '_ {
    path.split('%').skip(1).map(|rest| {
        let digits = rest.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
    })
}

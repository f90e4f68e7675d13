//! Requests that try to get past a gateway, for every gateway alike: heads and paths as raw text.

/// What stands in a forged header: an API that sees it was deceived.
pub const FORGED: &str = "forged-identity";

/// Header lines that try to pass for the gateway's own, or to take its own away, each with
/// [`FORGED`] as its value.
pub fn forged_headers() -> Vec<String> {
    let names = [
        "X-Keymoor-Account",
        "X-Keymoor-Client",
        "X-Keymoor-Scope",
        "X-Keymoor-Organization",
        "X-Keymoor-Organizations",
        "X-Keymoor-Token-Id",
    ];
    let spellings: [fn(&str) -> String; 9] = [
        str::to_owned,
        str::to_lowercase,
        str::to_uppercase,
        |name| name.replace('-', "_"),
        |name| name.replace('-', "."),
        |name| name.to_lowercase().replacen('-', "_", 1),
        |name| name.to_lowercase().replace('-', "_"),
        |name| name.to_uppercase().replace('-', "_"),
        |name| name.replacen('-', ".", 1),
    ];
    let mut lines = Vec::new();
    for name in names {
        for spelling in spellings {
            let spelled = spelling(name);
            lines.push(format!("{spelled}: {FORGED}\r\n"));
            lines.push(format!("{spelled}: a\r\n{spelled}: {FORGED}\r\n"));
            lines.push(format!("Connection: {name}\r\n{spelled}: {FORGED}\r\n"));
        }
    }
    lines
}

/// Header lines by which an API might believe that a request is for another path, came another way or
/// is somebody's, each with [`FORGED`] in its value.
pub fn misleading_headers() -> Vec<String> {
    let names = [
        "X-Original-URL",
        "X-Original-URI",
        "X-Original-Host",
        "X-Original-Method",
        "X-Rewrite-URL",
        "X-Original-Forwarded-For",
        "X-Real-IP",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Prefix",
        "X-Forwarded-Server",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "X-Forwarded-Groups",
        "X-Forwarded-Access-Token",
        "X-Forwarded-Client-Cert",
        "X-Auth-Request-User",
        "X-Auth-Request-Email",
        "X-Auth-Request-Id-Token",
        "X-Authenticated-User",
        "X-Authenticated-Scope",
        "X-Remote-User",
        "Remote-User",
        "Remote-Groups",
        "X-Webauth-User",
        "X-Webauth-Email",
        "X-SSL-Client-Cert",
        "X-SSL-Client-Verify",
        "X-SSL-Client-Subject-DN",
        "Proxy",
    ];
    let lines = names.into_iter().flat_map(|name| {
        [name.to_owned(), name.to_lowercase(), name.replace('-', "_")]
            .map(|name| format!("{name}: /{FORGED}\r\n"))
    });
    lines.chain([format!("Forwarded: for=192.0.2.1;host={FORGED}\r\n")]).collect()
}

/// Header lines that try to have the gateway's own headers taken out as belonging to the connection
/// (RFC 9110 §7.6.1).
pub fn hiding_headers() -> Vec<String> {
    let names = ["X-Keymoor-Account", "x-keymoor-client", "X-Keymoor-Token-Id, X-Keymoor-Account"];
    let ways: [fn(&str) -> String; 4] = [
        |names| format!("Connection: {names}\r\n"),
        |names| format!("Connection: keep-alive, {names}\r\n"),
        |names| format!("connection: keep-alive\r\nConnection: {names}\r\n"),
        |names| format!("Connection: {names}, X-Forwarded-Proto\r\n"),
    ];
    names.iter().flat_map(|names| ways.map(|way| way(names))).collect()
}

/// Path prefixes under which `/{tail}` might be read as `/organizations/{tail}` by somebody.
pub fn hidden_paths(tail: &str) -> Vec<String> {
    let words =
        ["organizations", "Organizations", "ORGANIZATIONS", "%6frganizations", "organization%73"];
    let ways = [
        "/{w}/{t}",
        "//{w}/{t}",
        "/{w}//{t}",
        "/./{w}/{t}",
        "/x/../{w}/{t}",
        "/x/%2e%2e/{w}/{t}",
        "/x/%2E%2E/{w}/{t}",
        "/x/..%2f{w}/{t}",
        "/x/..%5c{w}/{t}",
        "/x\\..\\{w}\\{t}",
        "/{w}%2f{t}",
        "/{w}%2F{t}",
        "/{w}%5c{t}",
        "/{w};a=b/{t}",
        "/{w};/{t}",
        "/;/{w}/{t}",
        "/x/..;/{w}/{t}",
        "/{w}/{t}%00",
        "/{w}/{t}%3b",
        "/{w}/{t}%23",
        "/{w}/{t}%3f",
        "/{w}%00/{t}",
        "/%2e/{w}/{t}",
        "/.%2f{w}/{t}",
        "/{w}/x/../{t}",
        "/{w}/%2e%2e/{w}/{t}",
        "/%252f{w}/{t}",
        "/x/%252e%252e/{w}/{t}",
        "/{w}%252f{t}",
        "/public/../{w}/{t}",
        "/public/%2e%2e/{w}/{t}",
        "/public/..;/{w}/{t}",
        "/public#/../{w}/{t}",
        "/public?/../../{w}/{t}",
        "/public%23/../{w}/{t}",
        "/public%3f/../{w}/{t}",
        "/public/.%2e/{w}/{t}",
        "/public/%2e./{w}/{t}",
        "/public\\..\\{w}/{t}",
        "/public/%5c../{w}/{t}",
        "/%70ublic/../{w}/{t}",
        "/{w}/{t}/.",
        "/{w}/{t}/..",
        "/{w}/{t}//",
        "/{w}/{t}%20",
        "/{w}/{t}.json",
        "/{w}/%7b{t}%7d",
        "/\u{ff0f}{w}/{t}",
        "/{w}%c0%af{t}",
        "/x/%c0%ae%c0%ae/{w}/{t}",
    ];
    let fill = |way: &str, word: &str| way.replace("{w}", word).replace("{t}", tail);
    words.iter().flat_map(|word| ways.iter().map(move |way| fill(way, word))).collect()
}

/// Every path that some reader might see in `path`: decoded once and twice, with dots resolved,
/// slashes merged, parameters and what follows a cut taken off, letters folded.
pub fn readings(path: &str) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let mut seen = vec![path.to_owned()];
    let steps: [fn(&str) -> String; 7] = [
        decode,
        |path| path.replace('\\', "/"),
        |path| path.split(['#', '?', '\0']).next().unwrap_or_default().to_owned(),
        without_parameters,
        resolve,
        merge,
        str::to_lowercase,
    ];
    // To a fixed point: every order of the steps, as often as they bring something new.
    let mut at = 0;
    while at < seen.len() && seen.len() < 2000 {
        for step in steps {
            let next = step(&seen[at]);
            if !seen.contains(&next) {
                seen.push(next);
            }
        }
        at += 1;
    }
    seen
}

fn decode(path: &str) -> String {
    let mut decoded = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.extend_from_slice(before.as_bytes());
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(b'%'));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    decoded.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&decoded).into_owned()
}

fn without_parameters(path: &str) -> String {
    let plain = |segment: &str| segment.split(';').next().unwrap_or_default().to_owned();
    path.split('/').map(plain).collect::<Vec<_>>().join("/")
}

fn resolve(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "." => {}
            ".." => {
                if kept.len() > 1 {
                    kept.pop();
                }
            }
            other => kept.push(other),
        }
    }
    kept.join("/")
}

fn merge(path: &str) -> String {
    let mut merged = String::new();
    for character in path.chars() {
        if character != '/' || !merged.ends_with('/') {
            merged.push(character);
        }
    }
    merged
}

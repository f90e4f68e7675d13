use std::io::Read;

use keymoor_client::{Call, Endpoints, Error};
use reqwest::{Method, Url, header::HeaderValue};
use serde_json::{Map, Value};

use crate::client::{arguments::Api, failure::Failure, token::formats::quoted};

/// A call as the command line asks for it.
pub(super) struct Planned {
    pub(super) method: Method,
    target: String,
    query: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
    /// Where the body is from, as curl names it, if it is not made of fields.
    source: Option<String>,
}

impl Planned {
    /// Reads the command line, and the body from where it is.
    pub(super) fn read(options: &Api) -> Result<Self, Failure> {
        let (method, target) = method_and_target(options)?;
        let limit = options.limit.map(|limit| limit.to_string());
        let listing =
            [("filter", options.filter.clone()), ("sort", options.sort.clone()), ("limit", limit)];
        let query = listing.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let body = body(options)?;
        let source = options.input.as_ref().map(|path| path.to_string_lossy().into_owned());
        Ok(Self { method, target, query, body, source })
    }

    pub(super) fn call(&self) -> Call {
        let mut call = Call::new(self.method.clone(), self.target.clone());
        for (name, value) in &self.query {
            call = call.query(*name, value);
        }
        match &self.body {
            Some(body) => call.body(HeaderValue::from_static("application/json"), body.clone()),
            None => call,
        }
    }

    /// Where it would be sent.
    pub(super) fn url(&self, endpoints: &Endpoints) -> Result<Url, Failure> {
        let mut url = endpoints.resolve(&self.target).map_err(Error::from)?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

fn method_and_target(options: &Api) -> Result<(Method, String), Failure> {
    let has_body = !options.fields.is_empty() || options.input.is_some();
    match options.call.as_slice() {
        [target] if is_method(target) => {
            Err(Failure::usage(format!("{target} needs a path: keymoor api {target} /account")))
        }
        [target] => Ok((if has_body { Method::POST } else { Method::GET }, target.clone())),
        [method, target] => {
            let named = method.to_ascii_uppercase().parse();
            let named = named.ok().filter(|_| is_method(&method.to_ascii_uppercase()));
            let named = named.ok_or_else(|| Failure::usage(format!("{method:?} is no method")))?;
            Ok((named, target.clone()))
        }
        _ => Err(Failure::usage("give a method and a path, or a path alone")),
    }
}

fn is_method(word: &str) -> bool {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&word)
}

fn body(options: &Api) -> Result<Option<Vec<u8>>, Failure> {
    if let Some(path) = &options.input {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes)?;
            return Ok(Some(bytes));
        }
        let read = std::fs::read(path);
        return read.map(Some).map_err(|e| Failure::usage(format!("{}: {e}", path.display())));
    }
    if options.fields.is_empty() {
        return Ok(None);
    }
    Ok(Some(Value::from(fields(&options.fields)?).to_string().into_bytes()))
}

/// `a=1`, and `a[b]=1` and `a[]=1` for what is inside.
fn fields(given: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut object = Map::new();
    for field in given {
        let parsed = field.split_once('=').filter(|(name, _)| !name.is_empty());
        let (name, text) = parsed
            .ok_or_else(|| Failure::usage(format!("-F {field:?}: NAME=VALUE is expected")))?;
        place(&mut object, name, value(text)?)
            .ok_or_else(|| Failure::usage(format!("-F {name:?} does not go with the others")))?;
    }
    Ok(object)
}

fn place(object: &mut Map<String, Value>, name: &str, value: Value) -> Option<()> {
    let Some((outer, inner)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) else {
        return object.insert(name.to_owned(), value).is_none().then_some(());
    };
    let empty = if inner.is_empty() { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
    match (object.entry(outer).or_insert(empty), inner) {
        (Value::Array(items), "") => items.push(value),
        (Value::Object(fields), inner) if !inner.is_empty() => {
            fields.insert(inner.to_owned(), value);
        }
        _ => return None,
    }
    Some(())
}

fn value(text: &str) -> Result<Value, Failure> {
    if let Some(path) = text.strip_prefix('@') {
        let read = if path == "-" {
            std::io::read_to_string(std::io::stdin().lock())
        } else {
            std::fs::read_to_string(path)
        };
        return read.map(Value::from).map_err(|e| Failure::usage(format!("@{path}: {e}")));
    }
    Ok(match text {
        "true" => true.into(),
        "false" => false.into(),
        "null" => Value::Null,
        // Only numbers that are written back as they came: 007 is a text.
        _ => match serde_json::from_str::<Value>(text) {
            Ok(Value::Number(number)) if number.to_string() == text => number.into(),
            _ => text.into(),
        },
    })
}

/// The same call for curl. The token is in no word of it: curl reads it from this command.
pub(super) fn curl(options: &Api, planned: &Planned, url: &Url) -> String {
    let word = |name: &str, value: &str| format!(" {name} {}", quoted(value));
    let place = &options.place;
    let authority = place.ca_file.as_ref().map(|path| path.to_string_lossy().into_owned());
    let token = [
        place.profile.as_ref().map(|name| word("-p", name)),
        options.scoped.org.as_ref().map(|id| word("--org", id)),
        authority.as_ref().map(|path| word("--ca-file", path)),
        place.token_timeout.map(|bound| word("--token-timeout", &bound.as_secs().to_string())),
    ];
    let call = [
        // Brackets in a URL are what they are.
        Some(" -g".to_owned()),
        method(planned),
        Some(word("-H", &format!("Accept: {}", keymoor_client::ACCEPTED))),
        authority.as_ref().map(|path| word("--cacert", path)),
        options.include.then(|| " -i".to_owned()),
        sent(planned),
        Some(format!(" {}", quoted(url.as_str()))),
    ];
    let text = |words: Vec<Option<String>>| words.into_iter().flatten().collect::<String>();
    format!("curl -K <(keymoor token{} -f curl){}\n", text(token.into()), text(call.into()))
}

/// A body makes curl's method POST, and `-X HEAD` makes it wait for a body that never comes.
fn method(planned: &Planned) -> Option<String> {
    match (planned.method.as_str(), planned.body.is_some()) {
        ("GET", false) => None,
        ("HEAD", false) => Some(" -I".to_owned()),
        (method, _) => Some(format!(" -X {method}")),
    }
}

/// From where this command has it, so that no byte of it changes in a shell's word.
fn sent(planned: &Planned) -> Option<String> {
    let body = planned.body.as_ref()?;
    let data = match &planned.source {
        Some(path) => format!("--data-binary {}", quoted(&format!("@{path}"))),
        // What begins with @ would be a file for --data.
        None => format!("--data-raw {}", quoted(&String::from_utf8_lossy(body))),
    };
    Some(format!(" -H 'Content-Type: application/json' {data}"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::fields;

    fn body(given: &[&str]) -> String {
        let given: Vec<_> = given.iter().map(ToString::to_string).collect();
        Value::from(fields(&given).expect("they fit")).to_string()
    }

    #[test]
    fn fields_are_typed_where_they_read_like_json() {
        assert_eq!(
            body(&["a=x", "b=true", "c=12", "d=007", "e=null", "f=", "g=1.5", "h=x=y"]),
            r#"{"a":"x","b":true,"c":12,"d":"007","e":null,"f":"","g":1.5,"h":"x=y"}"#
        );
    }

    #[test]
    fn fields_nest() {
        assert_eq!(body(&["p[]=a", "p[]=b", "q[r]=1"]), r#"{"p":["a","b"],"q":{"r":1}}"#);
    }

    #[test]
    fn fields_that_contradict_each_other_are_refused() {
        for given in [["a=1", "a[]=2"], ["a=1", "a=2"], ["a[b]=1", "a[]=2"]] {
            assert!(fields(&given.map(str::to_owned)).is_err(), "{given:?}");
        }
        assert!(fields(&["x".to_owned()]).is_err());
    }
}

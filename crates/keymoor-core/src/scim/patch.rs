//! PATCH (RFC 7644 §3.5.2), as Okta and Entra ID send it too: operations in any case, booleans as text,
//! several attributes in one value with dots in their names.

use serde_json::{Map, Value, json};

use super::{
    ScimError, USER, User,
    filter::{Literal, value as literal},
    user::{MAX_ADDRESSES, MAX_TEXT, boolean, invalid, member, too_many},
};

/// The most operations of one request.
const MAX_OPERATIONS: usize = 100;

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Add,
    Replace,
    Remove,
}

/// Where it does it: an attribute, which of its values, and a part of it.
struct Path<'p> {
    attribute: &'static str,
    which: Option<&'p str>,
    part: Option<String>,
}

/// The attributes that are kept, and the parts that they have.
const ATTRIBUTES: [(&str, &[&str]); 6] = [
    ("userName", &[]),
    ("externalId", &[]),
    ("active", &[]),
    ("displayName", &[]),
    ("name", &["formatted", "familyName", "givenName"]),
    ("emails", &["value", "type", "primary"]),
];

/// The user as the operations of `body` leave it: all of them, or none.
pub fn apply(user: &User, body: &Value) -> Result<User, ScimError> {
    let operations = body.as_object().and_then(|body| member(body, "Operations"));
    let operations = operations.and_then(Value::as_array).filter(|all| !all.is_empty());
    let operations = operations.ok_or_else(|| syntax("Operations must be a list of operations"))?;
    if operations.len() > MAX_OPERATIONS {
        return Err(syntax("at most 100 operations fit into one request"));
    }
    let mut fields = user.write();
    for operation in operations {
        carry_out(&mut fields, operation)?;
    }
    User::read(&Value::Object(fields))
}

fn syntax(detail: &str) -> ScimError {
    ScimError::typed("invalidSyntax", detail)
}

fn carry_out(fields: &mut Map<String, Value>, operation: &Value) -> Result<(), ScimError> {
    let operation = operation.as_object().ok_or_else(|| syntax("an operation is an object"))?;
    let kind = match member(operation, "op").and_then(Value::as_str).map(str::to_ascii_lowercase) {
        Some(op) if op == "add" => Kind::Add,
        Some(op) if op == "replace" => Kind::Replace,
        Some(op) if op == "remove" => Kind::Remove,
        _ => return Err(syntax("op must be add, replace or remove")),
    };
    let value = member(operation, "value");
    match (member(operation, "path"), value) {
        (Some(Value::String(path)), value) => change(fields, kind, path, value),
        (None | Some(Value::Null), _) if kind == Kind::Remove => {
            Err(ScimError::typed("noTarget", "remove needs a path"))
        }
        (None | Some(Value::Null), Some(Value::Object(all))) => {
            all.iter().try_for_each(|(path, value)| change(fields, kind, path, Some(value)))
        }
        (None | Some(Value::Null), _) => Err(syntax("without a path, value is an object")),
        (Some(_), _) => Err(ScimError::typed("invalidPath", "path must be a text")),
    }
}

fn change(
    fields: &mut Map<String, Value>,
    kind: Kind,
    path: &str,
    value: Option<&Value>,
) -> Result<(), ScimError> {
    let Some(path) = read_path(path)? else {
        return Ok(());
    };
    let value = match (kind, value) {
        (Kind::Remove, _) => &Value::Null,
        (_, Some(value)) => value,
        (_, None) => return Err(ScimError::typed("invalidValue", "value is missing")),
    };
    match path.attribute {
        "emails" => emails(fields, kind, &path, value),
        "name" => name(fields, kind, &path, value),
        // Nobody is brought back by what is not said.
        attribute @ ("userName" | "active") if value.is_null() => {
            Err(ScimError::typed("mutability", format!("{attribute} cannot be removed")))
        }
        attribute => {
            fields.insert(attribute.to_owned(), value.clone());
            Ok(())
        }
    }
}

/// `attribute`, `attribute.part`, `attribute[which].part`, with the schema in front or not; `None` for
/// what is not kept.
fn read_path(text: &str) -> Result<Option<Path<'_>>, ScimError> {
    let invalid = || ScimError::typed("invalidPath", "the path is no path of an attribute");
    let text = text.trim();
    let schema = text.get(..USER.len()).filter(|schema| schema.eq_ignore_ascii_case(USER));
    let text = match schema {
        Some(_) => text[USER.len()..].strip_prefix([':', '.']).unwrap_or_default(),
        None => text,
    };
    // Another schema's attribute, or what the protocol itself keeps.
    if text.to_ascii_lowercase().starts_with("urn:") || text.eq_ignore_ascii_case("schemas") {
        return Ok(None);
    }
    if ["id", "meta"].iter().any(|fixed| text.eq_ignore_ascii_case(fixed)) {
        return Err(ScimError::typed("mutability", "id and meta cannot be changed"));
    }
    let (head, which, rest) = match text.split_once('[') {
        Some((head, rest)) => {
            let (which, rest) = rest.rsplit_once(']').ok_or_else(invalid)?;
            (head, Some(which), rest.strip_prefix('.').unwrap_or(rest))
        }
        None => match text.split_once('.') {
            Some((head, rest)) => (head, None, rest),
            None => (text, None, ""),
        },
    };
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if head.is_empty() || !plain(head) || !rest.split('.').all(plain) {
        return Err(invalid());
    }
    let known = ATTRIBUTES.iter().find(|(name, _)| name.eq_ignore_ascii_case(head));
    let Some((attribute, parts)) = known else {
        return Ok(None);
    };
    if which.is_some() && *attribute != "emails" {
        return Err(invalid());
    }
    if rest.is_empty() {
        return Ok(Some(Path { attribute, which, part: None }));
    }
    let part = parts.iter().find(|part| part.eq_ignore_ascii_case(rest));
    Ok(part.map(|part| Path { attribute, which, part: Some((*part).to_owned()) }))
}

/// An object whose parts are set one by one; a whole one replaces it, or adds its parts to it.
fn name(
    fields: &mut Map<String, Value>,
    kind: Kind,
    path: &Path<'_>,
    value: &Value,
) -> Result<(), ScimError> {
    let mut own = fields.get("name").and_then(Value::as_object).cloned().unwrap_or_default();
    match (&path.part, value) {
        (Some(part), value) => set(&mut own, part, value),
        (None, Value::Object(parts)) => {
            if kind == Kind::Replace {
                own.clear();
            }
            for (part, value) in parts {
                let known = ATTRIBUTES[4].1.iter().find(|known| known.eq_ignore_ascii_case(part));
                if let Some(known) = known {
                    set(&mut own, known, value);
                }
            }
        }
        (None, Value::Null) => own.clear(),
        (None, _) => return Err(ScimError::typed("invalidValue", "name must be an object")),
    }
    fields.insert("name".to_owned(), Value::Object(own));
    Ok(())
}

fn set(object: &mut Map<String, Value>, name: &str, value: &Value) {
    if value.is_null() {
        object.remove(name);
    } else {
        object.insert(name.to_owned(), value.clone());
    }
}

fn emails(
    fields: &mut Map<String, Value>,
    kind: Kind,
    path: &Path<'_>,
    value: &Value,
) -> Result<(), ScimError> {
    let mut own = match fields.remove("emails") {
        Some(Value::Array(own)) => own,
        _ => Vec::new(),
    };
    match (path.which, &path.part) {
        (None, None) => whole(&mut own, kind, value)?,
        (None, Some(part)) => {
            let value = kept(part, value)?;
            for one in &mut own {
                set_part(one, part, &value);
            }
        }
        (Some(which), part) => {
            let which = Which::parse(which)?;
            if kind == Kind::Remove && part.is_none() {
                own.retain(|one| !which.takes(one));
            } else {
                some(&mut own, &which, part.as_deref(), value)?;
            }
        }
    }
    // The next operation goes over all of them again.
    if own.len() > MAX_ADDRESSES {
        return Err(too_many());
    }
    fields.insert("emails".to_owned(), Value::Array(own));
    Ok(())
}

/// All of the addresses, or more of them. A new primary one takes the place of the old.
fn whole(own: &mut Vec<Value>, kind: Kind, value: &Value) -> Result<(), ScimError> {
    let new = match value {
        Value::Null => &[],
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    if new.len() > MAX_ADDRESSES {
        return Err(too_many());
    }
    let new = new.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    if kind != Kind::Add {
        own.clear();
    }
    if new.iter().any(|one| one["primary"] == true) {
        for one in own.iter_mut() {
            set_part(one, "primary", &Value::Bool(false));
        }
    }
    own.extend(new.into_iter().filter(|one| !own.contains(one)).collect::<Vec<_>>());
    Ok(())
}

/// An address with the parts that are kept of it.
fn entry(value: &Value) -> Result<Value, ScimError> {
    let fields = value.as_object().ok_or_else(|| invalid("emails must be objects"))?;
    let mut all = Map::new();
    for part in ATTRIBUTES[5].1 {
        if let Some(value) = member(fields, part) {
            set(&mut all, part, &kept(part, value)?);
        }
    }
    Ok(Value::Object(all))
}

/// What an address's part is set to: a value may be set in many places, so it has to be small first.
fn kept(part: &str, value: &Value) -> Result<Value, ScimError> {
    match (part, value) {
        ("primary", value) if boolean(value).is_some() => Ok(json!(boolean(value))),
        (_, Value::Null | Value::Bool(_)) => Ok(value.clone()),
        (_, Value::String(text)) if text.len() <= MAX_TEXT => Ok(value.clone()),
        _ => Err(invalid("a part of emails is true, false or a text of at most 512 bytes")),
    }
}

/// Changes those that fit. If none does, one that fits is made: Entra ID says so what a new address is.
fn some(
    own: &mut Vec<Value>,
    which: &Which,
    part: Option<&str>,
    value: &Value,
) -> Result<(), ScimError> {
    let value = match part {
        Some(part) => kept(part, value)?,
        None => entry(value)?,
    };
    if !own.iter().any(|one| which.takes(one)) {
        if value.is_null() {
            return Ok(());
        }
        own.push(which.made());
    }
    for one in own.iter_mut().filter(|one| which.takes(one)) {
        match part {
            Some(part) => set_part(one, part, &value),
            None => *one = value.clone(),
        }
    }
    Ok(())
}

fn set_part(one: &mut Value, part: &str, value: &Value) {
    if let Some(one) = one.as_object_mut() {
        set(one, part, value);
    }
}

/// A condition on one of several values: `type eq "work"`.
struct Which {
    part: &'static str,
    value: Literal,
}

impl Which {
    fn parse(text: &str) -> Result<Self, ScimError> {
        let invalid = || ScimError::typed("invalidFilter", "a path's filter is part eq value");
        let (part, rest) = text.trim().split_once(' ').ok_or_else(invalid)?;
        let rest = rest.trim_start();
        let operator = rest.get(..2).filter(|word| word.eq_ignore_ascii_case("eq"));
        operator.ok_or_else(invalid)?;
        let (value, rest) = literal(&rest[2..])?;
        if matches!(&value, Literal::Text(text) if text.len() > MAX_TEXT) {
            return Err(invalid());
        }
        let part = ATTRIBUTES[5].1.iter().find(|known| known.eq_ignore_ascii_case(part));
        let part = part.filter(|_| rest.trim().is_empty()).ok_or_else(invalid)?;
        Ok(Self { part, value })
    }

    fn takes(&self, one: &Value) -> bool {
        match &self.value {
            Literal::Bool(wanted) => (one[self.part] == true) == *wanted,
            Literal::Text(wanted) => {
                one[self.part].as_str().is_some_and(|text| text.eq_ignore_ascii_case(wanted))
            }
        }
    }

    fn made(&self) -> Value {
        let value = match &self.value {
            Literal::Bool(value) => json!(value),
            Literal::Text(text) => json!(text),
        };
        json!({ self.part: value })
    }
}

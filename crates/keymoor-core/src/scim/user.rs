use serde_json::{Map, Value, json};

use super::ScimError;

/// The URN of the user schema (RFC 7643 §4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The most bytes of one text.
pub(super) const MAX_TEXT: usize = 512;
/// The most addresses of a person.
pub(super) const MAX_ADDRESSES: usize = 20;

/// What a provisioning client says of a person: the attributes that are kept. Others are taken and
/// forgotten, as RFC 7644 §3.3 allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "named as in RFC 7643 §4.1")]
pub struct User {
    /// `userName`: unique in the organization, whatever the case of its letters.
    pub user_name: String,
    /// `externalId`: the client's own name for the person.
    pub external_id: Option<String>,
    /// `active`: whether the person may be a member.
    pub active: bool,
    /// `displayName`.
    pub display_name: Option<String>,
    /// `name`.
    pub name: PersonName,
    /// `emails`.
    pub emails: Vec<Address>,
}

/// `name` of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in RFC 7643 §4.1.1")]
pub struct PersonName {
    pub formatted: Option<String>,
    pub family_name: Option<String>,
    pub given_name: Option<String>,
}

/// One of `emails`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in RFC 7643 §4.1.2")]
pub struct Address {
    pub value: String,
    pub kind: Option<String>,
    pub primary: bool,
}

impl User {
    /// Reads a resource. Names of attributes may be in any case (RFC 7643 §2.1); `active` may be the
    /// text that Entra ID sends.
    pub fn read(resource: &Value) -> Result<Self, ScimError> {
        let fields =
            resource.as_object().ok_or_else(|| invalid("the resource must be an object"))?;
        let user_name = text(fields, "userName")?.filter(|name| !name.trim().is_empty());
        let user_name = user_name.ok_or_else(|| invalid("userName is missing"))?;
        let active = match member(fields, "active") {
            None | Some(Value::Null) => true,
            Some(value) => boolean(value).ok_or_else(|| invalid("active must be true or false"))?,
        };
        Ok(Self {
            user_name,
            external_id: text(fields, "externalId")?.filter(|id| !id.is_empty()),
            active,
            display_name: text(fields, "displayName")?,
            name: name(member(fields, "name"))?,
            emails: addresses(member(fields, "emails"))?,
        })
    }

    /// The attributes as JSON; those that are not there are left out.
    pub fn write(&self) -> Map<String, Value> {
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        put("userName", json!(self.user_name));
        put("active", json!(self.active));
        if let Some(id) = &self.external_id {
            put("externalId", json!(id));
        }
        if let Some(name) = &self.display_name {
            put("displayName", json!(name));
        }
        if self.name != PersonName::default() {
            put("name", self.name.write());
        }
        if !self.emails.is_empty() {
            put("emails", self.emails.iter().map(Address::write).collect());
        }
        all
    }

    /// The address that counts: the primary one, or the first.
    pub fn address(&self) -> Option<&str> {
        let primary = self.emails.iter().find(|one| one.primary).or(self.emails.first());
        primary.map(|one| one.value.as_str())
    }
}

impl PersonName {
    fn write(&self) -> Value {
        let parts = [
            ("formatted", &self.formatted),
            ("familyName", &self.family_name),
            ("givenName", &self.given_name),
        ];
        let there = parts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        there.map(|(name, value)| (name.to_owned(), json!(value))).collect::<Map<_, _>>().into()
    }
}

impl Address {
    fn write(&self) -> Value {
        let mut all = json!({ "value": self.value, "primary": self.primary });
        if let Some(kind) = &self.kind {
            all["type"] = json!(kind);
        }
        all
    }
}

pub(super) fn invalid(detail: &str) -> ScimError {
    ScimError::typed("invalidValue", detail)
}

/// More addresses than a person has.
pub(super) fn too_many() -> ScimError {
    invalid("emails must be 20 at most")
}

/// The member of that name, in any case.
pub(super) fn member<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
    fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// A boolean, or a text that says one.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match member(fields, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() > MAX_TEXT || text.contains(char::is_control) => {
            let detail = format!("{name} must have at most {MAX_TEXT} bytes, none of control");
            Err(invalid(&detail))
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(&format!("{name} must be a text"))),
    }
}

fn name(value: Option<&Value>) -> Result<PersonName, ScimError> {
    let fields = match value {
        None | Some(Value::Null) => return Ok(PersonName::default()),
        Some(value) => value.as_object().ok_or_else(|| invalid("name must be an object"))?,
    };
    Ok(PersonName {
        formatted: text(fields, "formatted")?,
        family_name: text(fields, "familyName")?,
        given_name: text(fields, "givenName")?,
    })
}

/// Addresses, of which one at most is primary. An address without a value says nothing.
fn addresses(value: Option<&Value>) -> Result<Vec<Address>, ScimError> {
    let list = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    if list.len() > MAX_ADDRESSES {
        return Err(too_many());
    }
    let mut read = Vec::new();
    for one in list {
        let fields = one.as_object().ok_or_else(|| invalid("emails must be objects"))?;
        let Some(value) = text(fields, "value")?.filter(|value| !value.is_empty()) else {
            continue;
        };
        let kind = text(fields, "type")?;
        let primary = member(fields, "primary").and_then(boolean).unwrap_or(false);
        read.push(Address { value, kind, primary });
    }
    if read.iter().filter(|one| one.primary).count() > 1 {
        return Err(invalid("one of emails at most may be primary"));
    }
    Ok(read)
}

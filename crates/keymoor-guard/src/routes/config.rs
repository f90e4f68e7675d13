//! The table as its operator writes it.

use http::{HeaderName, Method};
use keymoor_core::{InvalidScope, ScopeName};
use serde::Deserialize;

use super::{
    pattern::{InvalidPattern, Pattern},
    table::{OrganizationFrom, Route, Routes, Rule},
};

/// The table in a file: `[[route]]` lines, and what counts for the rest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RoutesConfig {
    /// What happens to a path that fits no line.
    pub unmatched: Unmatched,
    /// The lines, in the order in which they count.
    pub route: Vec<RouteConfig>,
}

/// What happens to a path that fits no line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unmatched {
    /// A valid token opens it.
    #[default]
    Guard,
    /// Nothing opens it: 404.
    Refuse,
}

/// One line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RouteConfig {
    /// As [`Pattern`] describes.
    pub path: String,
    /// Methods, in capitals; none means all.
    pub methods: Vec<String>,
    /// Whether anybody may, without a token.
    pub public: bool,
    /// Where the organization stands.
    pub organization: Option<OrganizationConfig>,
    /// Scopes that a token has to carry.
    pub scopes: Vec<String>,
    /// The name of the upstream that serves it.
    pub upstream: Option<String>,
}

/// Where the organization stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum OrganizationConfig {
    /// In the segment `{name}` of the path.
    Path(String),
    /// In this header.
    Header(String),
    /// Somebody is asked.
    LookUp(LookUpConfig),
}

/// Whom to ask for the organization of a resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LookUpConfig {
    /// Where: a URL in which one `{name}` of the path stands.
    pub url: String,
    /// Seconds for which an answer counts.
    #[serde(default = "minute")]
    pub seconds: u32,
}

const fn minute() -> u32 {
    60
}

/// The table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("route {path:?}: {problem}")]
pub struct InvalidRoutes {
    path: String,
    problem: String,
}

impl RoutesConfig {
    /// The table, and the look-ups that it numbers.
    pub fn compile(&self) -> Result<(Routes, Vec<LookUpConfig>), InvalidRoutes> {
        let mut look_ups = Vec::new();
        let compile = |line: &RouteConfig| {
            line.compile(&mut look_ups)
                .map_err(|problem| InvalidRoutes { path: line.path.clone(), problem })
        };
        let lines = self.route.iter().map(compile).collect::<Result<_, _>>()?;
        Ok((Routes::new(lines, self.unmatched == Unmatched::Refuse), look_ups))
    }
}

impl RouteConfig {
    fn compile(&self, look_ups: &mut Vec<LookUpConfig>) -> Result<Route, String> {
        let pattern: Pattern = self.path.parse().map_err(|e: InvalidPattern| e.to_string())?;
        let rule = self.rule(&pattern, look_ups)?;
        let methods = self.methods.iter().map(|name| method(name)).collect::<Result<_, _>>()?;
        Ok(Route { pattern, methods, rule, upstream: self.upstream.clone() })
    }

    fn rule(&self, pattern: &Pattern, look_ups: &mut Vec<LookUpConfig>) -> Result<Rule, String> {
        if self.public {
            let plain = self.organization.is_none() && self.scopes.is_empty();
            let why = "what is public has no organization and no scopes";
            return plain.then_some(Rule::Public).ok_or_else(|| why.to_owned());
        }
        let organization = match &self.organization {
            None => OrganizationFrom::Nothing,
            Some(organization) => organization.compile(pattern, look_ups)?,
        };
        let scope = |name: &String| {
            name.parse::<ScopeName>().map_err(|InvalidScope| format!("{name:?} is no scope"))
        };
        let scopes = self.scopes.iter().map(scope).collect::<Result<_, _>>()?;
        Ok(Rule::Guarded { organization, scopes })
    }
}

impl OrganizationConfig {
    fn compile(
        &self,
        pattern: &Pattern,
        look_ups: &mut Vec<LookUpConfig>,
    ) -> Result<OrganizationFrom, String> {
        let place = |name: &str| {
            pattern.position(name).ok_or_else(|| format!("{{{name}}} does not stand in the path"))
        };
        Ok(match self {
            Self::Path(name) => OrganizationFrom::Segment(place(name)?),
            Self::Header(name) => {
                let parsed = HeaderName::try_from(name.as_str());
                let header = parsed.map_err(|_| format!("{name:?} is no header"))?;
                OrganizationFrom::Header(header)
            }
            Self::LookUp(look_up) => {
                let at = place(look_up.name()?)?;
                look_ups.push(look_up.clone());
                OrganizationFrom::LookUp(look_ups.len() - 1, at)
            }
        })
    }
}

impl LookUpConfig {
    /// The name in braces in its URL.
    fn name(&self) -> Result<&str, String> {
        let mut parts = self.url.split('{');
        let (_, inner) = (parts.next(), parts.next());
        let name = inner.and_then(|inner| inner.split_once('}')).map(|(name, _)| name);
        let once = parts.next().is_none();
        name.filter(|_| once)
            .ok_or_else(|| format!("{:?} names one {{name}} of the path", self.url))
    }

    /// The URL to ask about `segment`, which stands in it as it stands in the path; in a query,
    /// without the characters that would end it or begin another parameter.
    pub fn url_of(&self, segment: &str) -> String {
        match (self.url.split_once('{'), self.url.split_once('}')) {
            (Some((before, _)), Some((_, after))) if before.contains('?') => {
                format!("{before}{}{after}", in_query(segment))
            }
            (Some((before, _)), Some((_, after))) => format!("{before}{segment}{after}"),
            _ => self.url.clone(),
        }
    }
}

/// A segment of a path as the value of a parameter: what parts parameters there is escaped. Escapes
/// that the segment has mean the same in both.
fn in_query(segment: &str) -> String {
    let escaped = |character| match character {
        '&' => "%26".to_owned(),
        '=' => "%3D".to_owned(),
        '+' => "%2B".to_owned(),
        other => String::from(other),
    };
    segment.chars().map(escaped).collect()
}

fn method(name: &str) -> Result<Method, String> {
    let capitals = name.bytes().all(|byte| byte.is_ascii_uppercase()) && !name.is_empty();
    let parsed = Method::from_bytes(name.as_bytes()).ok().filter(|_| capitals);
    parsed.ok_or_else(|| format!("{name:?} is no method in capitals"))
}

use http::{HeaderName, Method};
use keymoor_core::ScopeName;

use super::pattern::{Fit, Pattern};

/// Where the organization of a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationFrom {
    /// The resource belongs to none.
    Nothing,
    /// In this segment of the path, counted from 0.
    Segment(usize),
    /// In this header, once.
    Header(HeaderName),
    /// Somebody has to be asked: the look-up of this number, about this segment of the path.
    LookUp(usize, usize),
}

/// What a request needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing: anybody may.
    Public,
    /// A token that opens the organization and carries the scopes.
    Guarded {
        /// The organization that is entered.
        organization: OrganizationFrom,
        /// All of these are wanted.
        scopes: Vec<ScopeName>,
    },
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Route {
    /// The paths that it is about.
    pub pattern: Pattern,
    /// The methods that it is about; empty means every one.
    pub methods: Vec<Method>,
    /// What they need.
    pub rule: Rule,
    /// Which upstream serves them, if not the one that serves everything else.
    pub upstream: Option<String>,
}

/// The table: the first line that fits counts.
#[derive(Clone, Debug)]
pub struct Routes {
    lines: Vec<Route>,
    /// For what no line fits: a token is enough, or nothing is.
    unmatched: Option<Route>,
}

/// Nothing is served under the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRoute;

impl Routes {
    /// A table of `lines`. What fits none needs a token, or is refused if `refuses` says so.
    pub fn new(lines: Vec<Route>, refuses: bool) -> Self {
        let guarded = Rule::Guarded { organization: OrganizationFrom::Nothing, scopes: Vec::new() };
        let rest = || Route {
            pattern: "/**".parse().expect("the pattern of everything"),
            methods: Vec::new(),
            rule: guarded,
            upstream: None,
        };
        Self { lines, unmatched: (!refuses).then(rest) }
    }

    /// The lines, in the order in which they count.
    pub fn lines(&self) -> &[Route] {
        &self.lines
    }

    /// The headers in which organizations stand.
    pub fn organization_headers(&self) -> impl Iterator<Item = &HeaderName> {
        self.lines.iter().filter_map(|line| match &line.rule {
            Rule::Guarded { organization: OrganizationFrom::Header(name), .. } => Some(name),
            _ => None,
        })
    }

    /// Whether any line minds the method.
    pub fn mind_methods(&self) -> bool {
        self.lines.iter().any(|line| !line.methods.is_empty())
    }

    /// The line that counts for a path that is not ambiguous. A path that only lines of other methods
    /// fit is served for those alone.
    pub(super) fn find(&self, method: &Method, path: &str) -> Result<&Route, NoRoute> {
        let mut known = false;
        for line in &self.lines {
            match line.pattern.fit(path) {
                Fit::Exact if line.is_about(method) => return Ok(line),
                Fit::Exact => known = true,
                Fit::CaseOnly => return Err(NoRoute),
                Fit::No => {}
            }
        }
        self.unmatched.as_ref().filter(|_| !known).ok_or(NoRoute)
    }
}

impl Route {
    /// Whoever may `GET` may ask with `HEAD` what it would bring (RFC 9110 §9.3.2).
    fn is_about(&self, method: &Method) -> bool {
        let named = |method: &Method| self.methods.contains(method);
        self.methods.is_empty() || named(method) || (method == Method::HEAD && named(&Method::GET))
    }
}

use std::str::FromStr;

/// The text is no pattern of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPattern {
    /// It does not begin with a slash.
    #[error("a path begins with /")]
    Start,
    /// Something beside letters, digits and `- . _ ~`, or a dotted or empty segment.
    #[error("between slashes stand letters, digits, - . _ ~, or {{name}}, or ** at the end")]
    Segment,
    /// The same name twice.
    #[error("each {{name}} stands once")]
    Name,
}

/// What a path looks like: `/organizations/{organization}/**`. A name in braces is one segment,
/// `**` at the end is any number of them, none too. A slash at the end of a path changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    segments: Vec<Segment>,
    /// Whether more may follow.
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    Capture(Box<str>),
}

/// How a path fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// As it stands.
    Exact,
    /// But for the case of letters: who serves the path may not mind, so it may be none other.
    CaseOnly,
    /// Not at all.
    No,
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let inner = text.strip_prefix('/').ok_or(InvalidPattern::Start)?;
        let (inner, open) = match inner.strip_suffix("**") {
            Some("") => ("", true),
            Some(before) => (before.strip_suffix('/').ok_or(InvalidPattern::Segment)?, true),
            None => (inner.strip_suffix('/').unwrap_or(inner), false),
        };
        let parts = inner.split('/').filter(|_| !inner.is_empty());
        let segments = parts.map(str::parse).collect::<Result<Vec<Segment>, _>>()?;
        let names: Vec<_> = segments.iter().filter_map(Segment::name).collect();
        let repeated = names.iter().enumerate().any(|(at, name)| names[..at].contains(name));
        if repeated { Err(InvalidPattern::Name) } else { Ok(Self { segments, open }) }
    }
}

impl FromStr for Segment {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let inner = name.unwrap_or(text);
        if matches!(inner, "" | "." | "..") || !inner.bytes().all(fits) {
            return Err(InvalidPattern::Segment);
        }
        Ok(if name.is_some() { Self::Capture(inner.into()) } else { Self::Literal(inner.into()) })
    }
}

impl Segment {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Capture(name) => Some(name),
        }
    }

    fn fit(&self, segment: &str) -> Fit {
        match self {
            Self::Literal(literal) if **literal == *segment => Fit::Exact,
            Self::Literal(literal) if literal.eq_ignore_ascii_case(segment) => Fit::CaseOnly,
            Self::Literal(_) => Fit::No,
            Self::Capture(_) => Fit::Exact,
        }
    }
}

impl Pattern {
    /// Which segment, counted from 0, is captured under `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.segments.iter().position(|segment| segment.name() == Some(name))
    }

    /// How `path`, which is not ambiguous, fits.
    pub(super) fn fit(&self, path: &str) -> Fit {
        let mut given = segments(path);
        let mut fit = Fit::Exact;
        for segment in &self.segments {
            match given.next().map_or(Fit::No, |given| segment.fit(given)) {
                Fit::Exact => {}
                Fit::CaseOnly => fit = Fit::CaseOnly,
                Fit::No => return Fit::No,
            }
        }
        if self.open || given.next().is_none() { fit } else { Fit::No }
    }
}

/// The segments of a path that is not ambiguous.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

//! A time that a response tells, held against the present.

use keymoor_core::UnixTime;

use super::{Quoted, SKEW, SamlRefusal as Refusal, instant, tree::Node};

/// A time, and where it stands.
pub(crate) struct Told<'d> {
    time: UnixTime,
    text: &'d str,
    element: &'static str,
}

impl<'d> Told<'d> {
    /// The time in the attribute `name` of `node`, which must be there; `element` is its name in
    /// messages.
    pub(crate) fn read(
        node: Node<'d>,
        name: &'static str,
        element: &'static str,
    ) -> Result<Self, Refusal> {
        let text = node.attribute(name).ok_or(Refusal::Missing(element))?;
        let fault = || Refusal::Time { element, found: Quoted::new(text) };
        let time = instant::parse(text).ok_or_else(fault)?;
        Ok(Self { time, text, element })
    }

    /// The time, if it is not in the future, clocks differing by [`SKEW`].
    pub(crate) fn begun(self, now: UnixTime) -> Result<UnixTime, Refusal> {
        let early = Refusal::Early { element: self.element, at: Quoted::new(self.text) };
        if self.time <= now.plus(SKEW) { Ok(self.time) } else { Err(early) }
    }

    /// The time, if it is in the future, clocks differing by [`SKEW`].
    pub(crate) fn ahead(self, now: UnixTime) -> Result<UnixTime, Refusal> {
        let over = Refusal::Over { element: self.element, at: Quoted::new(self.text) };
        if now < self.time.plus(SKEW) { Ok(self.time) } else { Err(over) }
    }
}

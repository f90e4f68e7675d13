//! A look at the bytes before any parser sees them.
//!
//! In well-formed XML `<` and `&` stand for nothing but markup, so what is refused here is not in
//! the document, wherever a parser would find it.

use super::refusal::DocumentFault;

/// The deepest nesting of elements; a response of the usual providers has 8 levels.
pub(crate) const MAX_DEPTH: u32 = 24;

const BUILT_IN: [&str; 5] = ["amp;", "lt;", "gt;", "apos;", "quot;"];

/// Whether comments may stand in the document: in metadata, which people edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comments {
    Allowed,
    Refused,
}

/// Refuses DOCTYPE, comments, CDATA, processing instructions and entities.
pub(crate) fn scan(text: &str, comments: Comments) -> Result<(), DocumentFault> {
    let body = without_declaration(text)?;
    for (at, _) in body.match_indices('<') {
        check_markup(&body[at + 1..], comments)?;
    }
    for (at, _) in body.match_indices('&') {
        check_reference(&body[at + 1..])?;
    }
    Ok(())
}

/// What follows `<?xml … ?>`, which may only say that the text is UTF-8.
fn without_declaration(text: &str) -> Result<&str, DocumentFault> {
    let Some(rest) = text.strip_prefix("<?xml ") else { return Ok(text) };
    let (declaration, body) = rest.split_once("?>").ok_or(DocumentFault::Instruction)?;
    let encoding = declaration.split_once("encoding").map(|(_, value)| value.to_ascii_lowercase());
    match encoding {
        Some(encoding) if !encoding.contains("utf-8") => Err(DocumentFault::Encoding),
        _ => Ok(body),
    }
}

fn check_markup(after: &str, comments: Comments) -> Result<(), DocumentFault> {
    let comment = after.starts_with("!--");
    match after.as_bytes().first() {
        Some(b'!') if comment && comments == Comments::Allowed => Ok(()),
        Some(b'!') if comment => Err(DocumentFault::Comment),
        Some(b'!') if after.starts_with("![CDATA[") => Err(DocumentFault::Cdata),
        Some(b'!') => Err(DocumentFault::Doctype),
        Some(b'?') => Err(DocumentFault::Instruction),
        _ => Ok(()),
    }
}

fn check_reference(after: &str) -> Result<(), DocumentFault> {
    let built_in = BUILT_IN.iter().any(|name| after.starts_with(name));
    if built_in || after.starts_with('#') { Ok(()) } else { Err(DocumentFault::Entity) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s64_markup_that_is_not_elements_is_refused() {
        for (text, fault) in [
            ("<!DOCTYPE a><a/>", DocumentFault::Doctype),
            ("<a><!ENTITY b 'c'></a>", DocumentFault::Doctype),
            ("<a><!-- --></a>", DocumentFault::Comment),
            ("<a><![CDATA[b]]></a>", DocumentFault::Cdata),
            ("<a><?b c?></a>", DocumentFault::Instruction),
            ("<?xml-stylesheet href='b'?><a/>", DocumentFault::Instruction),
            ("<?xml version='1.0'?><?xml version='1.0'?><a/>", DocumentFault::Instruction),
            ("<a>&b;</a>", DocumentFault::Entity),
            ("<?xml version='1.0' encoding='UTF-16'?><a/>", DocumentFault::Encoding),
        ] {
            assert_eq!(scan(text, Comments::Refused), Err(fault), "{text}");
        }
    }

    #[test]
    fn s64_plain_elements_pass() {
        for text in ["<a b='&lt;&#65;'>&amp;</a>", "<?xml version='1.0' encoding='utf-8'?><a/>"] {
            assert_eq!(scan(text, Comments::Refused), Ok(()), "{text}");
        }
        assert_eq!(scan("<!-- b --><a/>", Comments::Allowed), Ok(()));
    }
}

//! Random changes to good documents: whatever is accepted says what the original says.

use keymoor_testkit::Seeded;

use super::corpus::Corpus;

const MUTANTS: usize = 8000;

/// The start and the end of a piece of text.
type Span = (usize, usize);

/// Where each element of `xml` begins and ends. Good documents have no comments or the like.
fn elements(xml: &str) -> Vec<Span> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for (start, _) in xml.match_indices('<') {
        let end = start + xml[start..].find('>').unwrap() + 1;
        if xml[start..].starts_with("</") {
            found.push((open.pop().unwrap(), end));
        } else if xml[start..end].ends_with("/>") {
            found.push((start, end));
        } else if !xml[start..].starts_with("<?") {
            open.push(start);
        }
    }
    found
}

/// Where each attribute of `xml` begins and ends, with the blank before it.
fn attributes(xml: &str) -> Vec<Span> {
    let mut found = Vec::new();
    for (equals, _) in xml.match_indices("=\"") {
        let start = xml[..equals].rfind(' ').unwrap();
        let end = equals + 2 + xml[equals + 2..].find('"').unwrap() + 1;
        found.push((start, end));
    }
    found
}

/// Where each text between tags begins and ends.
fn texts(xml: &str) -> Vec<Span> {
    let starts = xml.match_indices('>').map(|(at, _)| at + 1);
    let ends = starts.map(|start| (start, xml[start..].find('<').map_or(xml.len(), |n| start + n)));
    ends.filter(|(start, end)| start < end).collect()
}

fn one(random: &mut Seeded, spans: &[Span]) -> Span {
    if spans.is_empty() { (0, 0) } else { spans[random.below(spans.len())] }
}

fn replaced(xml: &str, (start, end): Span, by: &str) -> String {
    format!("{}{by}{}", &xml[..start], &xml[end..])
}

/// Moves or copies one element before or after another.
fn transplanted(xml: &str, random: &mut Seeded, keep: bool) -> String {
    let spans = elements(xml);
    let (start, end) = one(random, &spans);
    let (before, after) = one(random, &spans);
    let at = if random.below(2) == 0 { before } else { after };
    let piece = &xml[start..end];
    if keep {
        return replaced(xml, (at, at), piece);
    }
    if at > start && at < end {
        return replaced(xml, (start, end), "");
    }
    let cut = replaced(xml, (start, end), "");
    let at = if at >= end { at - (end - start) } else { at };
    replaced(&cut, (at, at), piece)
}

fn renamed_element(xml: &str, random: &mut Seeded) -> String {
    let (start, end) = one(random, &elements(xml));
    if start == end {
        return String::new();
    }
    let piece = &xml[start + 1..end];
    let name = &piece[..piece.find([' ', '>', '/']).unwrap()];
    let others =
        ["saml:Assertion", "saml:NameID", "samlp:Response", "ds:Object", "x", "saml:Advice"];
    let other = others[random.below(others.len())];
    let renamed = xml[start..end].replacen(name, other, 1);
    let close = format!("</{name}>");
    match renamed.strip_suffix(&close) {
        Some(rest) => replaced(xml, (start, end), &format!("{rest}</{other}>")),
        None => replaced(xml, (start, end), &renamed),
    }
}

fn changed_attribute(xml: &str, random: &mut Seeded) -> String {
    let (start, end) = one(random, &attributes(xml));
    let Some((name, value)) = xml[start..end].split_once('=') else { return String::new() };
    let (_, from) = {
        let (s, e) = one(random, &attributes(xml));
        xml[s..e].split_once('=').unwrap()
    };
    let by = match random.below(6) {
        0 => String::new(),
        1 => format!("{name}={from}"),
        2 => format!(" x={value}"),
        3 => format!("{name}={value} Consent={value}"),
        4 => format!("{name}={value}{name}={from}"),
        _ => format!("{}={value}", name.to_lowercase()),
    };
    replaced(xml, (start, end), &by)
}

fn changed_text(xml: &str, random: &mut Seeded) -> String {
    let (start, end) = one(random, &texts(xml));
    let (from, to) = one(random, &texts(xml));
    let text = &xml[start..end];
    let by = match random.below(4) {
        0 => String::new(),
        1 => xml[from..to].to_owned(),
        2 => format!("{text} "),
        _ => format!("{text}mallory"),
    };
    replaced(xml, (start, end), &by)
}

fn flipped(xml: &str, random: &mut Seeded) -> Vec<u8> {
    let mut bytes = xml.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(3) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, random.bytes::<1>()[0]),
        }
    }
    bytes
}

fn mutant(xml: &str, random: &mut Seeded) -> Vec<u8> {
    let text = match random.below(8) {
        0 => transplanted(xml, random, true),
        1 => transplanted(xml, random, false),
        2 => {
            let span = one(random, &elements(xml));
            replaced(xml, span, "")
        }
        3 => renamed_element(xml, random),
        4 => changed_attribute(xml, random),
        5 => changed_text(xml, random),
        _ => return flipped(xml, random),
    };
    text.into_bytes()
}

#[test]
fn s63_no_mutant_is_accepted_as_somebody_else() {
    let corpus = Corpus::get();
    let good: Vec<_> = corpus.good().collect();
    let mut random = Seeded::new(63);
    let mut harmless = 0;
    for number in 0..MUTANTS {
        let document = good[number % good.len()];
        let source = document.source.as_deref();
        let xml = std::str::from_utf8(&document.bytes).unwrap();
        let mut changed = mutant(xml, &mut random);
        // One in four is changed twice.
        if number % 4 == 0
            && let Ok(text) = std::str::from_utf8(&changed)
            && is_whole(text)
        {
            changed = mutant(text, &mut random);
        }
        if changed == document.bytes {
            continue;
        }
        if let Ok(verified) = corpus.verify(&changed, source) {
            harmless += 1;
            let original = corpus.verify(&document.bytes, source).unwrap();
            let told = String::from_utf8_lossy(&changed);
            assert_eq!(verified, original, "{}: {told}", document.file);
        }
    }
    println!("{harmless} of {MUTANTS} mutants differ only in what is neither signed nor used");
    assert!(harmless * 20 < MUTANTS, "{harmless} mutants were accepted");
}

/// Whether the tools above can take a changed text apart.
fn is_whole(text: &str) -> bool {
    let tags = |mark: &str| text.matches(mark).count();
    let closed = tags("</") + tags("/>");
    tags("<") > 0
        && tags("<") == tags(">")
        && !text.contains("<?")
        && tags("<") - tags("</") == closed
        && std::panic::catch_unwind(|| (elements(text), attributes(text), texts(text))).is_ok()
}

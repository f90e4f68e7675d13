/// The most characters of a foreign text that a message repeats.
const MOST: usize = 200;

/// What a message may repeat of a foreign text: bounded, and without control characters or those
/// that turn the direction of writing. It still has to be escaped for HTML.
pub(super) fn shown(text: &str) -> String {
    bounded(text, MOST)
}

/// The same with another bound, in characters.
pub(super) fn bounded(text: &str, most: usize) -> String {
    let mut left = text.chars().filter(|&char| !is_hidden(char));
    let mut kept: String = left.by_ref().take(most).collect();
    if left.next().is_some() {
        kept.push('…');
    }
    kept
}

/// Whether `char` is a control, or a mark that changes how its neighbours are read.
pub(super) fn is_hidden(char: char) -> bool {
    let marks = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}'];
    char.is_control() || char == '\u{feff}' || marks.iter().any(|range| range.contains(&char))
}

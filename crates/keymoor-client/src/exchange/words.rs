/// The most characters that are repeated of a server's words.
const MOST: usize = 500;

/// A server's words, fit to be shown: without control characters, which might steer a terminal, and
/// not too long.
pub(crate) fn tidy(text: &str) -> String {
    let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    shown.take(MOST).collect::<String>().trim().to_owned()
}

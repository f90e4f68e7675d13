//! An event as a line. Names, labels and addresses are what strangers chose: none of them begins a line
//! of its own, steers a terminal, or is a formula to a spreadsheet.

use std::fmt::Write;

use serde_json::Value;

/// The columns of the CSV.
const COLUMNS: [&str; 9] =
    ["at", "kind", "actor", "subject", "account", "address", "times", "detail", "id"];
/// Their names in a line.
pub(super) const CSV_HEAD: &str = "at,kind,actor,subject,account,address,times,detail,id";

/// The text with its control characters written out, and those that turn the direction of writing.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns {
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// As one line of JSON. What JSON lets stand, such as DEL, is escaped too.
pub(super) fn as_json(event: &Value) -> String {
    visible(&event.to_string())
}

fn cell(event: &Value, name: &str) -> String {
    match &event[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(object) if object.is_empty() => String::new(),
        other => other.to_string(),
    }
}

/// As one line of CSV (RFC 4180). What a spreadsheet would take for a formula has an apostrophe first.
pub(super) fn as_csv(event: &Value) -> String {
    let quoted = |name: &&str| {
        let text = visible(&cell(event, name));
        let formula = text.starts_with(['=', '+', '-', '@']);
        format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
    };
    COLUMNS.iter().map(quoted).collect::<Vec<_>>().join(",")
}

/// As one line for people.
pub(super) fn as_text(event: &Value) -> String {
    let mut line = format!("{}  {:<32}", cell(event, "at"), cell(event, "kind"));
    for (name, before) in
        [("actor", "by "), ("subject", ""), ("account", "account "), ("address", "from ")]
    {
        let text = cell(event, name);
        if !text.is_empty() && text != "nobody" {
            let _ = write!(line, "  {before}{text}");
        }
    }
    if event["times"].as_i64().is_some_and(|times| times != 1) {
        let _ = write!(line, "  {} times", event["times"]);
    }
    let detail = cell(event, "detail");
    if !detail.is_empty() {
        let _ = write!(line, "  {detail}");
    }
    visible(&line)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn s102_what_strangers_chose_stays_in_its_place() {
        let evil = "=cmd|'x'!A1\n2026,\"forged\"\u{1b}[2J\u{7f}\u{85}\u{202e}";
        let event = json!({ "at": "2026-11-25T05:00:00+00:00", "kind": "sign_in.done",
            "actor": "account:1", "subject": "-1+1", "account": "1", "address": "192.0.2.1",
            "times": 1, "detail": { "label": evil }, "id": "2-7" });
        let lines = [as_json(&event), as_csv(&event), as_text(&event)];
        for line in &lines {
            let steers = |c: char| c.is_control() || c == '\u{202e}';
            assert!(!line.contains(steers), "{line:?}");
        }
        let read: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(read, event, "JSON keeps what it was");
        assert!(lines[1].contains("\"'-1+1\""), "{}", lines[1]);
        assert_eq!(as_csv(&json!({ "kind": "a\"b" })).matches("\"\"\"").count(), 0);
    }

    #[test]
    fn the_head_names_the_columns() {
        assert_eq!(CSV_HEAD, COLUMNS.join(","));
    }
}

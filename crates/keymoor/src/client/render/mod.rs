//! How answers are printed: for people on a terminal, as JSON in a pipe, or as asked for.

pub(crate) mod cell;
mod csv;
mod json;
mod table;
mod yaml;

use clap::ValueEnum;
use serde_json::Value;

use super::terminal::Look;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// JSON; errors are JSON on stderr, too
    Json,
    /// A line of JSON for each item of a list
    Jsonl,
    /// Columns, for people
    Table,
    /// YAML
    Yaml,
    /// Comma-separated values with a head line
    Csv,
}

/// The items of a HAL list or of an array, if `value` is one.
pub(crate) fn items(value: &Value) -> Option<Vec<&Value>> {
    let list = value.pointer("/_embedded/items").unwrap_or(value);
    list.as_array().map(|items| items.iter().collect())
}

/// The text of `value` in the form that was asked for, or in the one that fits where it goes.
pub(crate) fn text(value: &Value, output: Option<Output>, look: Look) -> String {
    let list = items(value);
    let fitting = if look.terminal && list.is_some() { Output::Table } else { Output::Json };
    let rows = list.unwrap_or_else(|| vec![value]);
    match output.unwrap_or(fitting) {
        Output::Json => json::pretty(value, look.colour),
        Output::Jsonl => rows.iter().flat_map(|row| [row.to_string(), "\n".to_owned()]).collect(),
        Output::Table => table::table(&rows, look.colour),
        Output::Yaml => yaml::yaml(value),
        Output::Csv => csv::csv(&rows),
    }
}

/// The names of the fields of all items, in the order in which they come first. Links are for
/// machines; a table for people leaves out what holds whole objects or nothing, too.
fn columns(items: &[&Value], for_people: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, value) in items.iter().filter_map(|item| item.as_object()).flatten() {
        let hidden = name.starts_with('_') || (for_people && value.is_object());
        if !hidden && !names.contains(name) {
            names.push(name.clone());
        }
    }
    let says = |name: &String| items.iter().any(|item| !cell::text(&item[name]).is_empty());
    names.retain(|name| !for_people || says(name));
    names
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Output, text};
    use crate::client::terminal::Look;

    const PIPE: Look = Look { terminal: false, colour: false };
    const TERMINAL: Look = Look { terminal: true, colour: false };

    fn list() -> Value {
        json!({ "total": 2, "_embedded": { "items": [
            { "uuid": "1", "label": "a, \"b\"", "flags": { "active": true }, "_links": {} },
            { "uuid": "2", "label": "\u{1b}[2Jx", "note": null, "tags": ["p", "q"] },
        ] } })
    }

    #[test]
    fn a_list_is_a_table_on_a_terminal_and_cannot_steer_it() {
        insta::assert_snapshot!(text(&list(), None, TERMINAL), @r#"
        uuid  label       tags
        1     a, "b"      -
        2     \u{1b}[2Jx  p q
        "#);
    }

    #[test]
    fn a_list_is_json_in_a_pipe() {
        let printed = text(&list(), None, PIPE);
        assert_eq!(serde_json::from_str::<Value>(&printed).expect("JSON"), list());
    }

    #[test]
    fn items_are_lines_of_json() {
        insta::assert_snapshot!(text(&list(), Some(Output::Jsonl), PIPE), @r#"
        {"uuid":"1","label":"a, \"b\"","flags":{"active":true},"_links":{}}
        {"uuid":"2","label":"\u001b[2Jx","note":null,"tags":["p","q"]}
        "#);
    }

    #[test]
    fn a_field_of_csv_is_quoted_where_it_must_be() {
        let csv = text(&list(), Some(Output::Csv), PIPE).replace('\u{1b}', "ESC");
        insta::assert_snapshot!(csv, @r#"
        uuid,label,flags,note,tags
        1,"a, ""b""","{""active"":true}",,
        2,ESC[2Jx,,,p q
        "#);
    }

    #[test]
    fn yaml_quotes_what_it_could_take_for_something_else() {
        let value = json!({ "a": "no", "b": [1, { "c": "x: y", "d": {}, "e": [] }], "f": [["g"]],
            "1": null, "h": { "i": "plain", "j": "\u{1b}" } });
        insta::assert_snapshot!(text(&value, Some(Output::Yaml), PIPE), @r#"
        a: "no"
        b:
          - 1
          - c: "x: y"
            d: {}
            e: []
        f:
          - - g
        "1": null
        h:
          i: plain
          j: "\u001b"
        "#);
    }

    #[test]
    fn colour_is_only_in_the_names() {
        let look = Look { terminal: true, colour: true };
        assert_eq!(text(&json!({ "a": 1 }), None, look), "{\n  \u{1b}[34m\"a\"\u{1b}[0m: 1\n}\n");
    }
}

use serde_json::Value;

use super::{cell, columns};

/// A table for people: a line for each item, columns by the widest cell, cut at 60 characters.
pub(crate) fn table(items: &[&Value], colour: bool) -> String {
    let columns = columns(items, true);
    if columns.is_empty() {
        return "nothing\n".to_owned();
    }
    let head: Vec<String> = columns.iter().map(|name| cell::plain(name)).collect();
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| columns.iter().map(|name| shown(&item[name.as_str()])).collect())
        .collect();
    let width = |at: usize| {
        rows.iter().chain([&head]).map(|row| row[at].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut text = line(&head, &widths);
    if colour {
        text = format!("\u{1b}[1m{}\u{1b}[0m\n", text.trim_end());
    }
    text.extend(rows.iter().map(|row| line(row, &widths)));
    text
}

fn shown(value: &Value) -> String {
    let text = cell::plain(&cell::text(value));
    if text.chars().count() > 60 {
        text.chars().take(59).chain(['…']).collect()
    } else if text.is_empty() {
        "-".to_owned()
    } else {
        text
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
    format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
}

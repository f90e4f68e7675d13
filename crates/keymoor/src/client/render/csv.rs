use serde_json::Value;

use super::{cell, columns};

/// RFC 4180, but for the line ends, which are those of Unix tools.
pub(crate) fn csv(items: &[&Value]) -> String {
    let columns = columns(items, false);
    let head = columns.iter().map(|name| field(name)).collect::<Vec<_>>().join(",");
    let rows = items.iter().map(|item| {
        let cells = columns.iter().map(|name| field(&cell::text(&item[name.as_str()])));
        cells.collect::<Vec<_>>().join(",")
    });
    std::iter::once(head).chain(rows).chain([String::new()]).collect::<Vec<_>>().join("\n")
}

fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

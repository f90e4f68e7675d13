use serde_json::Value;

/// A list for people: a line for each item, in columns.
pub(super) struct Table {
    /// Title, width and field; the last one takes what is left.
    pub(super) columns: &'static [(&'static str, usize, &'static str)],
    /// What to say instead of an empty table.
    pub(super) none: &'static str,
}

impl Table {
    pub(super) fn text(&self, items: &Value) -> String {
        let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
        if items.is_empty() {
            return format!("{}\n", self.none);
        }
        let head = self.line(|(title, ..)| (*title).to_owned());
        let line = |item| self.line(|(_, _, field)| cell(item, field));
        std::iter::once(head).chain(items.iter().map(line)).collect()
    }

    fn line(&self, text: impl Fn(&(&str, usize, &str)) -> String) -> String {
        let cells = self.columns.iter().map(|column| format!("{:<1$}", text(column), column.1));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    }
}

/// A field as text; a dash where there is nothing.
fn cell(item: &Value, field: &str) -> String {
    let text = match &item[field] {
        Value::String(text) => text.clone(),
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    };
    if text.is_empty() { "-".to_owned() } else { text }
}

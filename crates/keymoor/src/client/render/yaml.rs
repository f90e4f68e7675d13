use serde_json::Value;

/// YAML 1.2 in block style. Strings that YAML could take for something else are quoted as JSON
/// quotes them, which YAML reads the same.
pub(crate) fn yaml(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (at, (name, field)) in fields.iter().enumerate() {
                indent(at, depth, text);
                text.push_str(&scalar(name));
                text.push(':');
                nested(field, depth, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                indent(at, depth, text);
                text.push_str("- ");
                write(item, depth + 1, text);
            }
        }
        Value::String(string) => line(&scalar(string), text),
        other => line(&other.to_string(), text),
    }
}

fn nested(value: &Value, depth: usize, text: &mut String) {
    let block = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    text.push(if block { '\n' } else { ' ' });
    if block {
        text.push_str(&"  ".repeat(depth + 1));
    }
    write(value, depth + 1, text);
}

/// The first line of a block stands where the writer is already.
fn indent(at: usize, depth: usize, text: &mut String) {
    if at > 0 {
        text.push_str(&"  ".repeat(depth));
    }
}

fn line(word: &str, text: &mut String) {
    text.push_str(word);
    text.push('\n');
}

fn scalar(string: &str) -> String {
    if is_plain(string) { string.to_owned() } else { Value::from(string).to_string() }
}

/// Words that begin with a letter and hold nothing that means something in YAML.
fn is_plain(string: &str) -> bool {
    let meant = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@');
    string.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && string.chars().all(harmless)
        && !meant.contains(&string.to_ascii_lowercase().as_str())
}

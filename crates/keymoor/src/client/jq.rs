use jaq_core::{
    Compiler, Ctx, Filter, Vars, data,
    load::{Arena, File, Loader},
    unwrap_valr,
};
use jaq_json::{Val, read};
use serde_json::Value;

use super::failure::Failure;

/// Looks at an expression before anything is sent.
pub(crate) fn check(expression: &str) -> Result<(), Failure> {
    compiled(expression).map(drop)
}

/// Runs a jq expression; `take` gets a line for each of its results as it comes, strings without
/// their quotes, and says whether it wants more.
pub(crate) fn run(
    expression: &str,
    input: &[u8],
    mut take: impl FnMut(&str) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let filter = compiled(expression)?;
    let input = read::parse_single(input).map_err(|_| Failure::other("the answer is no JSON"))?;
    let ctx = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
    let results = filter.id.run((ctx, input)).map(unwrap_valr);
    for result in results {
        if !take(&line(&result.map_err(|error| failed(&error))?))? {
            break;
        }
    }
    Ok(())
}

fn compiled(expression: &str) -> Result<Filter<data::JustLut<Val>>, Failure> {
    let wrong = || Failure::usage(format!("--jq: {expression:?} is no jq expression"));
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let arena = Arena::default();
    let program = File { code: expression, path: () };
    let modules = Loader::new(defs).load(&arena, program).map_err(|_| wrong())?;
    Compiler::default().with_funs(funs).compile(modules).map_err(|_| wrong())
}

fn failed(error: &jaq_core::Error<Val>) -> Failure {
    Failure::other(format!("--jq: {error}"))
}

fn line(value: &Val) -> String {
    let text = value.to_string();
    match serde_json::from_str(&text) {
        Ok(Value::String(string)) => format!("{string}\n"),
        _ => format!("{text}\n"),
    }
}

#[cfg(test)]
mod tests {
    use crate::client::failure::Failure;

    fn run(expression: &str, input: &[u8]) -> Result<String, Failure> {
        let mut told = String::new();
        super::run(expression, input, |line| {
            told.push_str(line);
            Ok(told.lines().count() < 5)
        })?;
        Ok(told)
    }

    #[test]
    fn results_come_one_by_one_and_without_end_if_need_be() {
        assert_eq!(run("range(infinite)", b"{}").expect("it runs"), "0\n1\n2\n3\n4\n");
    }

    #[test]
    fn strings_are_printed_bare_and_others_as_json() {
        let told = run(".[] | .a, .b", br#"[{"a":"x\ny","b":{"c":1}}]"#).expect("it runs");
        assert_eq!(told, "x\ny\n{\"c\":1}\n");
    }

    #[test]
    fn a_wrong_expression_is_told_before_anything_else() {
        assert_eq!(run(".[", b"{}").expect_err("wrong").reason as u8, 2);
        assert_eq!(run("frobnicate", b"{}").expect_err("wrong").reason as u8, 2);
    }

    #[test]
    fn a_failing_expression_is_told() {
        assert_eq!(run(".a.b", br#"{"a":1}"#).expect_err("fails").reason as u8, 1);
    }
}

//! `keymoor inspect`.

use std::io::{IsTerminal, read_to_string, stdin};

use zeroize::Zeroizing;

use super::{
    arguments::Inspect,
    failure::Failure,
    inspect::Inspected,
    moment, output,
    render::Output,
    terminal::{self, Look},
};

pub(crate) fn run(options: &Inspect) -> Result<(), Failure> {
    let text = Zeroizing::new(if options.token == "-" {
        if stdin().is_terminal() {
            return Err(Failure::usage("pipe the token in: keymoor token | keymoor inspect -"));
        }
        read_to_string(stdin().lock())?
    } else {
        if terminal::is_watched() {
            tell!("Every user of this machine could read that token: pipe it in, with -.");
        }
        options.token.clone()
    });
    let inspected = Inspected::decode(&text, moment::now())?;
    let for_people = Look::of_stdout().terminal && options.output.is_none();
    if for_people || options.output == Some(Output::Table) {
        return output::print(&inspected.text());
    }
    output::value(&inspected.json(), options.output)
}

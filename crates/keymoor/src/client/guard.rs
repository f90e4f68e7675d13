use std::ffi::OsString;

use super::failure::Failure;

/// Options that people expect to take a secret.
const NAMES: [&str; 9] = [
    "--secret",
    "--api-secret",
    "--client-secret",
    "--password",
    "--access-token",
    "--refresh-token",
    "--token",
    "--bearer",
    "--key-secret",
];

/// Refuses secrets among the arguments, where every user of the machine can read them, before
/// anything repeats what was given.
pub(crate) fn check_arguments(arguments: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let mut arguments = arguments.skip(1).map(|one| one.to_string_lossy().into_owned());
    let Some(command) = arguments.find(|one| !one.starts_with('-')) else { return Ok(()) };
    if ["serve", "admin", "demo"].contains(&command.as_str()) {
        return Ok(());
    }
    for argument in arguments.take_while(|one| one != "--") {
        let name = argument.split('=').next().unwrap_or_default();
        if NAMES.contains(&name) {
            return Err(refused(&format!("{name} is no option")));
        }
        if holds_secret(&argument) {
            return Err(refused("an argument looks like an API Secret or a refresh token"));
        }
    }
    Ok(())
}

/// `km_` and what follows it in a secret of Keymoor, or `kmr_` in a refresh token.
fn holds_secret(argument: &str) -> bool {
    ["km_", "kmr_"].iter().any(|mark| {
        argument.match_indices(mark).any(|(at, _)| {
            let rest = &argument[at + mark.len()..];
            rest.bytes().take_while(u8::is_ascii_alphanumeric).count() >= 40
        })
    })
}

fn refused(what: &str) -> Failure {
    Failure::usage(format!(
        "{what}: every user of this machine can read the arguments of a command"
    ))
    .hint(
        "Give the secret on standard input (keymoor login --key KEY --secret-stdin), in \
         KEYMOOR_SECRET or by a profile. If it is out, rotate it: keymoor keys rotate",
    )
}

/// Whether errors shall be JSON: `-o json` or `-o jsonl` stands somewhere before `--`.
pub(crate) fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let words: Vec<_> = arguments
        .map(|one| one.to_string_lossy().into_owned())
        .take_while(|one| one != "--")
        .collect();
    let joined = ["-ojson", "-ojsonl", "-o=json", "--output=json", "--output=jsonl"];
    words.iter().any(|word| joined.contains(&word.as_str()))
        || words.windows(2).any(|pair| {
            ["-o", "--output"].contains(&pair[0].as_str())
                && ["json", "jsonl"].contains(&pair[1].as_str())
        })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{check_arguments, wants_json};

    fn words(line: &str) -> impl Iterator<Item = OsString> {
        line.split(' ').map(OsString::from)
    }

    #[test]
    fn s95_a_secret_among_the_arguments_is_refused_and_not_repeated() {
        let secret = format!("km_{}", "a1".repeat(24));
        for line in [
            "keymoor login --secret canary".to_owned(),
            "keymoor login --client-secret=canary".to_owned(),
            format!("keymoor login --key {secret}"),
            format!("keymoor api -F s={secret} /x"),
            format!("keymoor inspect {secret}"),
            format!("keymoor inspect kmr_{}", "a1".repeat(24)),
        ] {
            let failure = check_arguments(words(&line)).expect_err(&line);
            assert_eq!(failure.reason as u8, 2);
            let told = failure.text(false);
            assert!(told.contains("--secret-stdin"), "{told}");
            assert!(!told.contains("canary") && !told.contains("a1a1"), "{told}");
        }
    }

    #[test]
    fn other_arguments_pass() {
        for line in [
            "keymoor",
            "keymoor --help",
            "keymoor login --key K --secret-stdin",
            "keymoor exec -- tool --secret x",
            "keymoor api /km_x -F label=km_short",
        ] {
            assert!(check_arguments(words(line)).is_ok(), "{line}");
        }
    }

    #[test]
    fn json_errors_are_asked_for_by_the_output() {
        assert!(wants_json(words("keymoor api /x -o json")));
        assert!(wants_json(words("keymoor api /x --output=jsonl")));
        assert!(!wants_json(words("keymoor api /x -o table")));
        assert!(!wants_json(words("keymoor exec -- tool -o json")));
    }
}

use super::graph::shipped;

/// Licences under which a library may be part of something licensed MIT OR Apache-2.0.
const COMPATIBLE: [&str; 15] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "0BSD",
    "CC0-1.0",
    "Unlicense",
    "CDLA-Permissive-2.0",
    "BSL-1.0",
    // File by file: a work that contains it may have any licence (MPL-2.0 §3.3).
    "MPL-2.0",
];

/// Whether the expression can be met: of an OR one side, of an AND both (SPDX 2.3 annex D).
fn is_compatible(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let plain = expression.replace(['(', ')'], " ");
    let alternatives = |text: &str| text.split(" OR ").any(|one| COMPATIBLE.contains(&one.trim()));
    plain.split(" AND ").all(alternatives)
}

#[test]
fn every_shipped_crate_has_a_compatible_licence() {
    let packages = shipped();
    assert!(packages.len() > 100, "the graph was looked at");
    for package in packages {
        let licence = package.license.as_deref().unwrap_or("none");
        assert!(
            is_compatible(licence),
            "{} {} is licensed {licence}: do without it, or add the licence if it is compatible",
            package.name,
            package.version
        );
    }
}

#[test]
fn an_incompatible_licence_is_seen() {
    for licence in ["GPL-3.0", "none", "MIT AND GPL-2.0", "SSPL-1.0", ""] {
        assert!(!is_compatible(licence), "{licence}");
    }
    for licence in ["MIT", "GPL-2.0 OR MIT", "(MIT OR X) AND ISC", "MIT/Apache-2.0"] {
        assert!(is_compatible(licence), "{licence}");
    }
}

use keymoor_core::wire::listing::{Fields, Kind, Listing};
use proptest::prelude::*;
use serde_json::{Value, json};

const FIELDS: Fields = &[
    ("name", Kind::Text),
    ("total", Kind::Number),
    ("created_at", Kind::Time),
    ("flags.on", Kind::Flag),
];

fn items() -> Vec<Value> {
    let item = |name: &str, total: i64, year: i64, on: bool| {
        let created_at = format!("{year}-01-02T03:04:05+00:00");
        json!({ "name": name, "total": total, "created_at": created_at, "flags": { "on": on } })
    };
    vec![
        item("Harbour", 3, 2024, true),
        item("observatory", 10, 2025, false),
        item("Mill; west, old\\new", 3, 2026, true),
        json!({ "name": "closed" }),
    ]
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn names(pairs: &[(&str, &str)]) -> Vec<String> {
    let listing = Listing::parse(&query(pairs), FIELDS).unwrap();
    let selected = listing.part(listing.select(items()));
    selected.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

const OLD: &str = "Mill; west, old\\new";

#[test]
fn a_filter_takes_what_its_conditions_say() {
    let table: [(&str, &[&str]); 18] = [
        ("name=Harbour", &["Harbour"]),
        ("name=harbour", &[]),
        ("name!=Harbour", &["observatory", OLD, "closed"]),
        ("name=@BOUR", &["Harbour"]),
        ("name!@o", &[]),
        ("name!@u", &["observatory", OLD, "closed"]),
        ("total>3", &["observatory"]),
        ("total>=3", &["Harbour", "observatory", OLD]),
        ("total<10", &["Harbour", OLD]),
        ("total<=3", &["Harbour", OLD]),
        ("total!=3", &["observatory", "closed"]),
        ("created_at>=2025", &["observatory", OLD]),
        ("created_at<2025-01-02T03:04:05+00:00", &["Harbour"]),
        ("created_at=@2025-01", &["observatory"]),
        ("flags.on=true", &["Harbour", OLD]),
        ("name=Harbour,name=closed", &["Harbour", "closed"]),
        ("total=3;created_at<2026", &["Harbour"]),
        ("name=observatory,total=3;created_at>=2025", &["observatory", OLD]),
    ];
    for (filter, expected) in table {
        let expected: Vec<_> = expected.iter().filter(|name| !name.is_empty()).collect();
        assert_eq!(names(&[("filter", filter)]).iter().collect::<Vec<_>>(), expected, "{filter}");
    }
}

#[test]
fn a_backslash_makes_a_sign_part_of_the_value() {
    assert_eq!(names(&[("filter", r"name=Mill\; west\, old\\new")]), [OLD]);
    assert_eq!(names(&[("filter", r"name=@old\new")]), [OLD]);
}

#[test]
fn a_list_is_sorted_by_one_field_after_the_other() {
    assert_eq!(names(&[("sort", "name")]), ["closed", "Harbour", OLD, "observatory"]);
    assert_eq!(names(&[("sort", "-total,-name")]), ["observatory", OLD, "Harbour", "closed"]);
    assert_eq!(names(&[("sort", "flags.on,name")]), ["closed", "observatory", "Harbour", OLD]);
}

#[test]
fn a_part_is_taken_of_what_is_selected() {
    let pairs = [("filter", "total>=3"), ("sort", "name"), ("limit", "1"), ("offset", "1")];
    assert_eq!(names(&pairs), [OLD]);
    assert_eq!(names(&[("offset", "9")]), Vec::<String>::new());
    assert_eq!(names(&[("filter", ""), ("sort", ""), ("limit", "")]).len(), 4, "empty is absent");
}

#[test]
fn the_way_to_another_part_keeps_filter_and_sort() {
    let pairs = [("filter", "name=@a,total>1"), ("sort", "-name"), ("limit", "1")];
    let listing = Listing::parse(&query(&pairs), FIELDS).unwrap();
    let next = Listing::parse(&listing.query_at(1), FIELDS).unwrap();
    assert_eq!((next.limit, next.offset), (Some(1), 1));
    assert_eq!(next.select(items()), listing.select(items()));
}

#[test]
fn what_does_not_hold_is_named() {
    let table = [
        ("filter", "colour=red", "\"colour\""),
        ("filter", "name", "\"name\""),
        ("filter", "name~x", "\"name~x\""),
        ("filter", "=x", "\"\""),
        ("filter", "name=a,", "needs a field"),
        ("filter", "total=many", "\"total\""),
        ("filter", "total=@1", "\"total\""),
        ("filter", "flags.on=yes", "\"flags.on\""),
        ("filter", "created_at>yesterday", "\"created_at\""),
        ("sort", "colour", "\"colour\""),
        ("sort", "name,", "\"\""),
        ("sort", "--name", "\"-name\""),
        ("limit", "0", "1 or more"),
        ("limit", "-1", "whole number"),
        ("offset", "x", "whole number"),
    ];
    for (parameter, value, named) in table {
        let error = Listing::parse(&query(&[(parameter, value)]), FIELDS).unwrap_err();
        assert_eq!(error.parameter, parameter, "{value}");
        assert!(error.problem.contains(named), "{error}");
    }
    let twice = Listing::parse("sort=name&sort=total", FIELDS).unwrap_err();
    assert!(twice.problem.contains("more than once"), "{twice}");
}

fn found(filter: &str) -> Vec<Value> {
    Listing::parse(&query(&[("filter", filter)]), FIELDS).unwrap().select(items())
}

fn escaped(text: &str) -> String {
    let escape = |c: char| if ",;\\@=".contains(c) { vec!['\\', c] } else { vec![c] };
    text.chars().flat_map(escape).collect()
}

#[test]
fn a_part_stands_alone_where_nothing_else_is_wanted() {
    for (text, part) in [
        ("limit=2&offset=4", Some((2, 4))),
        ("limit=2", Some((2, 0))),
        ("limit=2&filter=&sort=", Some((2, 0))),
        ("", None),
        ("offset=4", None),
        ("limit=2&sort=name", None),
        ("limit=2&filter=name=x", None),
    ] {
        assert_eq!(Listing::parse(text, FIELDS).unwrap().part_alone(), part, "{text}");
    }
}

proptest! {
    #[test]
    fn no_query_is_too_odd_to_be_answered(filter in ".*", sort in "[a-z,.-]*", raw in ".*") {
        let _ = Listing::parse(&query(&[("filter", &filter), ("sort", &sort)]), FIELDS);
        let _ = Listing::parse(&raw, FIELDS);
    }

    /// An operator and its opposite part the list in two.
    #[test]
    fn opposites_part_the_list(total in 0_i64..12, text in "[a-zA-Z,;\\\\]{0,3}") {
        let text = escaped(&text);
        for (one, other) in [
            (format!("total={total}"), format!("total!={total}")),
            (format!("name={text}"), format!("name!={text}")),
            (format!("name=@{text}"), format!("name!@{text}")),
        ] {
            prop_assert_eq!(found(&one).len() + found(&other).len(), items().len(), "{}", one);
        }
    }

    #[test]
    fn and_takes_what_both_take_and_or_what_one_does(a in 0_i64..12, b in 0_i64..12) {
        let (one, other) = (format!("total>={a}"), format!("total<={b}"));
        let (first, second) = (found(&one), found(&other));
        let both = items().into_iter().filter(|i| first.contains(i) && second.contains(i));
        prop_assert_eq!(found(&format!("{one};{other}")), both.collect::<Vec<_>>());
        let any = items().into_iter().filter(|i| first.contains(i) || second.contains(i));
        prop_assert_eq!(found(&format!("{one},{other}")), any.collect::<Vec<_>>());
    }

    #[test]
    fn a_value_is_found_however_it_is_written(name in "[ -~]{1,20}") {
        let filter = format!("name={}", escaped(&name));
        let listing = Listing::parse(&query(&[("filter", &filter)]), FIELDS).unwrap();
        let items = vec![json!({ "name": name }), json!({ "name": format!("{name}x") })];
        prop_assert_eq!(listing.select(items), vec![json!({ "name": name })]);
    }

    #[test]
    fn turned_round_is_the_other_way_round(totals in proptest::collection::hash_set(0_i64..99, 0..9)) {
        let items: Vec<_> = totals.iter().map(|total| json!({ "total": total })).collect();
        let sorted = |sort: &str| {
            Listing::parse(&query(&[("sort", sort)]), FIELDS).unwrap().select(items.clone())
        };
        let mut reversed = sorted("-total");
        reversed.reverse();
        prop_assert_eq!(sorted("total"), reversed);
    }
}

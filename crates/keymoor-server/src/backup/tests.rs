use std::io::{BufReader, Cursor};

use keymoor_core::{UnixTime, seal::MasterKey};
use keymoor_store::{Cell, Column, ColumnKind, Part, Table};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::{
    format::{BackupError, Frames, Header, frame},
    sums::Sums,
};

fn master(byte: u8) -> MasterKey {
    MasterKey::new(Zeroizing::new([byte; 32]))
}

fn parts() -> Vec<Part> {
    let column = |name: &str, kind| Column { name: name.to_owned(), kind };
    let columns = vec![column("id", ColumnKind::Number), column("label", ColumnKind::Text)];
    let rows = |from: i64| {
        let row = |id: i64| vec![Cell::Number(id), Cell::Text(format!("script {id}"))];
        (from..from + 3).map(row).collect::<Vec<_>>()
    };
    let table = Table { name: "tokens".to_owned(), columns, rows: 6 };
    vec![Part::Tables(vec![table]), Part::Rows(0, rows(1)), Part::Rows(0, rows(4)), Part::End]
}

/// The header's line, and each frame.
fn pieces() -> Vec<Vec<u8>> {
    let line = Header::new(UnixTime::from_seconds(1_795_461_060), 12).line();
    let frames = parts();
    let frames = frames.iter().zip(0..).map(|(part, place)| frame(&master(7), &line, place, part));
    let frames: Vec<_> = frames.collect();
    [vec![line.clone()], frames].concat()
}

fn read(file: &[u8], master: &MasterKey) -> Result<Vec<Part>, BackupError> {
    let (_, frames) = Frames::open(BufReader::new(Cursor::new(file.to_vec())), master)?;
    frames.collect()
}

#[test]
fn what_was_written_is_read() {
    let found = read(&pieces().concat(), &master(7)).unwrap();
    assert_eq!(found, parts());
}

#[test]
fn nothing_of_it_is_in_the_clear() {
    let file = pieces().concat();
    let shows = |text: &str| file.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!shows("script") && !shows("tokens"));
}

#[test]
fn s88_another_master_key_opens_nothing() {
    let refused = read(&pieces().concat(), &master(8)).unwrap_err();
    assert!(matches!(refused, BackupError::WrongKey), "{refused}");
}

#[test]
fn s88_no_byte_can_be_changed() {
    let file = pieces().concat();
    for place in 0..file.len() {
        let mut changed = file.clone();
        changed[place] ^= 1;
        assert!(read(&changed, &master(7)).is_err(), "byte {place}");
    }
}

#[test]
fn s88_a_backup_that_is_cut_off_anywhere_is_refused() {
    let file = pieces().concat();
    for length in 0..file.len() {
        assert!(read(&file[..length], &master(7)).is_err(), "{length} bytes");
    }
    let added = [file.as_slice(), b"x"].concat();
    assert!(matches!(read(&added, &master(7)), Err(BackupError::Added)));
}

#[test]
fn s88_no_frame_can_be_left_out_moved_or_taken_from_another_backup() {
    let (ours, theirs) = (pieces(), pieces());
    let place =
        |wanted: &[usize]| wanted.iter().flat_map(|&at| ours[at].clone()).collect::<Vec<_>>();
    for wanted in [&[0, 1, 2, 4][..], &[0, 1, 3, 2, 4], &[0, 1, 2, 2, 4], &[0, 1, 4], &[0, 4]] {
        assert!(read(&place(wanted), &master(7)).is_err(), "{wanted:?}");
    }
    let mut mixed = ours.clone();
    mixed[2].clone_from(&theirs[2]);
    assert!(matches!(read(&mixed.concat(), &master(7)), Err(BackupError::Damaged(_))));
}

#[test]
fn a_file_that_is_no_backup_is_told() {
    for file in [&b""[..], b"SQLite format 3\0", b"{}\n", &[b'x'; 10_000]] {
        assert!(matches!(read(file, &master(7)), Err(BackupError::NotOne)));
    }
    let newer = Header { keymoor_backup: 2, ..Header::new(UnixTime::from_seconds(0), 99) };
    assert!(matches!(read(&newer.line(), &master(7)), Err(BackupError::Newer(_))));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut file = pieces()[0].clone();
        file.extend(tail);
        prop_assert!(read(&file, &master(7)).is_err());
    }
}

#[test]
fn sums_are_equal_for_the_same_rows_in_any_order_only() {
    let sum = |parts: &[Part]| {
        let mut sums = Sums::default();
        for part in parts {
            sums.add(part);
        }
        sums
    };
    let parts = parts();
    let all = sum(&parts);
    let mut turned = parts.clone();
    turned.swap(1, 2);
    assert_eq!(sum(&turned), all);
    let mut changed = parts.clone();
    changed[1] = parts[2].clone();
    assert_ne!(sum(&changed), all);
    assert_ne!(sum(&parts[..2]), all);
    assert_eq!((all.rows(), all.announced(), all.tables()), (6, 6, 1));
}

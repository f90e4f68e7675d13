use std::io::{self, BufRead, Read};

use keymoor_core::{
    UnixTime,
    seal::{MasterKey, Purpose, SEAL_NONCE_LENGTH, Sealed},
};
use keymoor_store::Part;
use serde::{Deserialize, Serialize};

use crate::{random, time::rfc3339};

/// The version of the format.
const FORMAT: u32 = 1;
/// The most bytes of the header's line.
const HEADER: u64 = 4096;
/// The most bytes of a frame: 200 rows, of which each may hold a provider's metadata.
const FRAME: u32 = 512 * 1024 * 1024;

/// What a backup says of itself, in the clear; every frame is sealed to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub keymoor_backup: u32,
    /// 128 random bits.
    pub id: String,
    /// When it was made, in seconds since 1970.
    pub made_at: UnixTime,
    /// The number of the database's last migration.
    pub schema: i64,
    /// The Keymoor that made it.
    pub version: String,
}

/// Why a backup cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It does not begin as a backup does.
    #[error("it is not a backup of Keymoor")]
    NotOne,
    /// Of a later format.
    #[error("it was made by a newer Keymoor ({0}): restore it with that one")]
    Newer(String),
    /// The first frame does not open.
    #[error("it was made with another master key, or it was changed: bring the master key of then")]
    WrongKey,
    /// A later frame does not open.
    #[error("it is damaged or was changed after {0} bytes; nothing of it is used")]
    Damaged(u64),
    /// It ends too early.
    #[error("it is cut off after {0} bytes; nothing of it is used")]
    CutOff(u64),
    /// Something follows its end.
    #[error("something was added to its end; nothing of it is used")]
    Added,
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Header {
    /// The header of a new backup.
    pub fn new(made_at: UnixTime, schema: i64) -> Self {
        let id = random::<16>().iter().fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { keymoor_backup: FORMAT, id, made_at, schema, version }
    }

    /// When it was made, for people.
    pub fn made(&self) -> String {
        rfc3339(self.made_at)
    }

    /// Its line, with the line's end.
    pub fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("a header has only text keys");
        line.push(b'\n');
        line
    }

    /// Reads it, and gives its line too.
    ///
    /// # Errors
    /// [`BackupError::NotOne`], [`BackupError::Newer`], [`BackupError::Io`]
    pub(super) fn read(file: &mut impl BufRead) -> Result<(Self, Vec<u8>), BackupError> {
        let mut line = Vec::new();
        file.take(HEADER).read_until(b'\n', &mut line)?;
        let header: Self = serde_json::from_slice(&line).map_err(|_| BackupError::NotOne)?;
        if header.keymoor_backup != FORMAT {
            return Err(BackupError::Newer(header.version));
        }
        Ok((header, line))
    }
}

/// What a frame is sealed to, beside the key: its header, its place, and whether it is the last.
fn name(line: &[u8], place: u64, is_last: bool) -> String {
    format!("{}{place} {is_last}", String::from_utf8_lossy(line))
}

/// The frame of that place.
pub(super) fn frame(master: &MasterKey, line: &[u8], place: u64, part: &Part) -> Vec<u8> {
    let plain = serde_json::to_vec(part).expect("a part has only text keys");
    let nonce = random::<SEAL_NONCE_LENGTH>();
    let name = name(line, place, matches!(part, Part::End));
    let Sealed(sealed) = master.seal(Purpose::Backup, &name, nonce, &plain);
    let length = u32::try_from(sealed.len()).expect("a part is far shorter than 4 GiB");
    [&length.to_be_bytes(), sealed.as_slice()].concat()
}

/// The parts of a backup, in order; the last is [`Part::End`], or there is an error.
pub struct Frames<'a, R> {
    file: R,
    master: &'a MasterKey,
    line: Vec<u8>,
    place: u64,
    read: u64,
    ended: bool,
}

impl<'a, R: BufRead> Frames<'a, R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`BackupError::NotOne`], [`BackupError::Newer`], [`BackupError::Io`]
    pub fn open(mut file: R, master: &'a MasterKey) -> Result<(Header, Self), BackupError> {
        let (header, line) = Header::read(&mut file)?;
        Ok((header, Self::after(line, file, master)))
    }

    /// The frames that follow the header's line.
    pub(super) fn after(line: Vec<u8>, file: R, master: &'a MasterKey) -> Self {
        let read = line.len() as u64;
        Self { file, master, line, place: 0, read, ended: false }
    }

    /// How many bytes were read.
    pub fn bytes(&self) -> u64 {
        self.read
    }

    fn part(&mut self) -> Result<Part, BackupError> {
        let mut length = [0; 4];
        self.fill(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > FRAME {
            return Err(BackupError::Damaged(self.read));
        }
        let mut sealed = Vec::new();
        // Grows as bytes come, so that a length that is made up takes no memory.
        (&mut self.file).take(u64::from(length)).read_to_end(&mut sealed)?;
        if sealed.len() < length as usize {
            return Err(BackupError::CutOff(self.read + sealed.len() as u64));
        }
        let part = self.unseal(&Sealed(sealed))?;
        self.read += u64::from(length);
        self.place += 1;
        Ok(part)
    }

    fn unseal(&self, sealed: &Sealed) -> Result<Part, BackupError> {
        let open = |is_last| {
            let name = name(&self.line, self.place, is_last);
            self.master.open(Purpose::Backup, &name, sealed)
        };
        let wrong = || match self.place {
            0 => BackupError::WrongKey,
            _ => BackupError::Damaged(self.read),
        };
        let plain = open(false).or_else(|_| open(true)).map_err(|_| wrong())?;
        serde_json::from_slice(&plain).map_err(|_| BackupError::Damaged(self.read))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BackupError> {
        let outcome = self.file.read_exact(bytes);
        if outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
            return Err(BackupError::CutOff(self.read));
        }
        self.read += bytes.len() as u64;
        Ok(outcome?)
    }

    fn check_ended(&mut self) -> Result<(), BackupError> {
        self.ended = true;
        if self.file.fill_buf()?.is_empty() { Ok(()) } else { Err(BackupError::Added) }
    }
}

impl<R: BufRead> Iterator for Frames<'_, R> {
    type Item = Result<Part, BackupError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let part = self.part();
        let part = match part {
            Ok(Part::End) => self.check_ended().map(|()| Part::End),
            Ok(part) => Ok(part),
            Err(error) => {
                self.ended = true;
                Err(error)
            }
        };
        Some(part)
    }
}

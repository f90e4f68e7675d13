//! A client of HTTP/2 in plain frames (RFC 9113), which may do what no library does.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::soon;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;

pub(crate) const INITIAL_WINDOW_SIZE: u16 = 4;

const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

pub(crate) struct H2(TcpStream);

impl H2 {
    pub(crate) async fn open(address: SocketAddr, settings: &[(u16, u32)]) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut opened = Self(stream);
        let one = |(name, value): &(u16, u32)| {
            [&name.to_be_bytes()[..], &value.to_be_bytes()[..]].concat()
        };
        let said: Vec<u8> = settings.iter().flat_map(one).collect();
        assert!(opened.send(SETTINGS, 0, 0, &said).await);
        opened
    }

    /// Whether the other end still took it.
    pub(crate) async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags][..], &stream.to_be_bytes()].concat();
        self.0.write_all(&[&head, payload].concat()).await.is_ok()
    }

    /// A GET, ended or with a body to come.
    pub(crate) async fn ask(&mut self, stream: u32, path: &str, lines: &[(&str, &str)]) -> bool {
        self.send(HEADERS, END_HEADERS | END_STREAM, stream, &block(0x82, path, lines)).await
    }

    /// A POST whose body is to come.
    pub(crate) async fn post(&mut self, stream: u32, path: &str, lines: &[(&str, &str)]) -> bool {
        self.send(HEADERS, END_HEADERS, stream, &block(0x83, path, lines)).await
    }

    /// The next frame that is no housekeeping, which is done; `None` at the end.
    pub(crate) async fn read(&mut self) -> Option<Frame> {
        loop {
            let mut head = [0; 9];
            soon(self.0.read_exact(&mut head)).await.ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let mut payload = vec![0; length];
            soon(self.0.read_exact(&mut payload)).await.ok()?;
            let (kind, flags) = (head[3], head[4]);
            match kind {
                SETTINGS if flags & ACK == 0 => drop(self.send(SETTINGS, ACK, 0, &[]).await),
                PING if flags & ACK == 0 => drop(self.send(PING, ACK, 0, &payload).await),
                SETTINGS | PING => {}
                _ => return Some(Frame { kind, stream, payload }),
            }
        }
    }

    /// The next of this kind; `None` if the connection ends before.
    pub(crate) async fn until(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = self.read().await?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }

    /// Reads to the end and keeps up all that while.
    pub(crate) async fn end(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.read().await {
            frames.push(frame);
        }
        frames
    }
}

/// A head by HPACK (RFC 7541) without compression: a method of the static table, then literals.
fn block(method: u8, path: &str, lines: &[(&str, &str)]) -> Vec<u8> {
    let mut block = vec![method, 0x86, 0x04];
    put(&mut block, path);
    block.push(0x01);
    put(&mut block, "api.example.com");
    for (name, value) in lines {
        block.push(0);
        put(&mut block, name);
        put(&mut block, value);
    }
    block
}

/// A text with its length, an integer of seven bits and more (RFC 7541 §5.1).
fn put(block: &mut Vec<u8>, text: &str) {
    let byte = |number: usize| u8::try_from(number).unwrap();
    let mut rest = text.len();
    if let Some(more) = rest.checked_sub(127) {
        block.push(127);
        rest = more;
        while rest >= 128 {
            block.push(byte(rest % 128) | 128);
            rest /= 128;
        }
    }
    block.push(byte(rest));
    block.extend_from_slice(text.as_bytes());
}

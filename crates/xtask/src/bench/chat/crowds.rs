//! Readers: as many connections as asked for, each checking that it gets every
//! message once and in order. One thread serves them all, so their cost stays
//! small beside the server's.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::boards::Board;

/// How frames are found in a stream of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Messages of so many bytes.
    Fixed(usize),
    /// A server's WebSocket frames.
    WebSocket,
    /// XML stanzas of a group chat.
    Stanzas,
}

/// A connection that has joined, with what came beyond the join.
pub struct Seat {
    pub stream: TcpStream,
    pub rest: Vec<u8>,
    /// Bytes that were received for the join.
    pub received: usize,
    /// Number of the topic's last event at the join, where events are numbered.
    pub seq: Option<i64>,
}

/// Joined connections that read, until they are let go.
pub struct Crowd {
    tasks: Vec<JoinHandle<anyhow::Result<Reader>>>,
    stop: Rc<Notify>,
    stopped: Rc<Cell<bool>>,
}

/// Bytes read at once, by all in turn.
const SCRATCH: usize = 64 * 1024;
/// What others take for 5,000 joins differs by two orders of magnitude.
const PATIENCE: Duration = Duration::from_secs(240);
/// Connections that join at the same time.
const ABREAST: usize = 64;

/// Joins so many, some at a time.
pub async fn join_all<F>(count: usize, join: impl Fn(usize) -> F) -> anyhow::Result<Vec<Seat>>
where
    F: Future<Output = anyhow::Result<Seat>> + 'static,
{
    let mut joining = JoinSet::new();
    let mut seats = Vec::with_capacity(count);
    for number in 0..count {
        if joining.len() >= ABREAST
            && let Some(seat) = joining.join_next().await
        {
            seats.push(seat??);
        }
        joining.spawn_local(join(number));
    }
    while let Some(seat) = joining.join_next().await {
        seats.push(seat??);
    }
    Ok(seats)
}

impl Crowd {
    pub fn read(seats: Vec<Seat>, framing: Framing, board: &Board) -> Self {
        let (stop, stopped) = (Rc::new(Notify::new()), Rc::new(Cell::new(false)));
        let tasks = seats
            .into_iter()
            .map(|seat| {
                let reader = Reader {
                    stream: seat.stream,
                    rest: seat.rest,
                    last: seat.seq,
                };
                let (board, stop) = (board.clone(), Rc::clone(&stop));
                let stopped = Rc::clone(&stopped);
                tokio::task::spawn_local(reader.run(framing, board, stop, stopped))
            })
            .collect();
        Self {
            tasks,
            stop,
            stopped,
        }
    }

    /// Stops reading and gives the connections back.
    pub async fn let_go(self) -> anyhow::Result<Vec<Seat>> {
        self.stopped.set(true);
        self.stop.notify_waiters();
        let mut seats = vec![];
        for task in self.tasks {
            let reader = task.await??;
            seats.push(Seat {
                stream: reader.stream,
                rest: reader.rest,
                received: 0,
                seq: reader.last,
            });
        }
        Ok(seats)
    }
}

struct Reader {
    stream: TcpStream,
    /// A frame of which not all has come.
    rest: Vec<u8>,
    last: Option<i64>,
}

thread_local! {
    static BUFFER: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; SCRATCH]);
}

impl Reader {
    async fn run(
        mut self,
        framing: Framing,
        board: Board,
        stop: Rc<Notify>,
        stopped: Rc<Cell<bool>>,
    ) -> anyhow::Result<Self> {
        while !stopped.get() {
            tokio::select! {
                () = stop.notified() => break,
                ready = self.stream.readable() => ready?,
            }
            let read = BUFFER.with_borrow_mut(|buffer| {
                let kept = self.rest.len();
                buffer[..kept].copy_from_slice(&self.rest);
                let count = match self.stream.try_read(&mut buffer[kept..]) {
                    Ok(0) => bail!("the server hung up on a reader"),
                    Ok(count) => count,
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                    Err(error) => return Err(error.into()),
                };
                let now = Instant::now();
                let mut bytes = &buffer[..kept + count];
                while let Some((frame, after)) = next_frame(bytes, framing)? {
                    judge(frame, &mut self.last, &board, now);
                    bytes = after;
                }
                self.rest.clear();
                self.rest.extend_from_slice(bytes);
                if self.rest.is_empty() {
                    self.rest = Vec::new();
                }
                Ok(())
            });
            read?;
        }
        Ok(self)
    }
}

/// A frame's payload, and the bytes behind it; none where it is not whole.
type Found<'a> = Option<(&'a [u8], &'a [u8])>;

pub fn next_frame(bytes: &[u8], framing: Framing) -> anyhow::Result<Found<'_>> {
    match framing {
        Framing::Fixed(length) => Ok(bytes.split_at_checked(length)),
        Framing::WebSocket => {
            let [first, short, ..] = *bytes else {
                return Ok(None);
            };
            if first == 0x88 {
                bail!("the server closed a reader's connection");
            }
            let (head, length) = match short {
                126 => match bytes.get(2..4) {
                    Some(length) => (4, usize::from(u16::from_be_bytes(length.try_into()?))),
                    None => return Ok(None),
                },
                127 => match bytes.get(2..10) {
                    Some(length) => (10, usize::try_from(u64::from_be_bytes(length.try_into()?))?),
                    None => return Ok(None),
                },
                short => (2, usize::from(short)),
            };
            Ok(bytes[head..].split_at_checked(length))
        }
        Framing::Stanzas => {
            const END: &[u8] = b"</message>";
            let end = bytes.windows(END.len()).position(|window| window == END);
            Ok(end.map(|end| bytes.split_at(end + END.len())))
        }
    }
}

/// Finds which message a frame is, and whether it comes in its turn.
fn judge(frame: &[u8], last: &mut Option<i64>, board: &Board, now: Instant) {
    let Some(number) = marker(frame) else {
        // Something else, such as a count.
        return;
    };
    let order = sequence(frame).unwrap_or(number as i64);
    if last.is_some_and(|last| order != last + 1) {
        board.fault();
    }
    *last = Some(order);
    // Its header is of four bytes, as long as messages are of this size.
    board.delivered(number, frame.len() + 4, now);
}

/// Stands on both sides of a message's number. Nothing else on any wire here
/// has it, and it marks nothing, so that the words are plain as most are.
pub const MARK: char = '^';

/// Messages carry `^NUMBER^` near the start of their words.
pub fn body(number: usize, length: usize) -> String {
    const WORDS: &str = "The build cache is warm again, thanks to whoever restarted it while I was having lunch in the garden with the others. ";
    let mut body = format!("{MARK}{number:07}{MARK} ");
    body.extend(
        WORDS
            .chars()
            .cycle()
            .take(length.saturating_sub(body.len())),
    );
    body
}

fn marker(frame: &[u8]) -> Option<usize> {
    let at = frame.iter().position(|byte| *byte == MARK as u8)?;
    let digits = frame.get(at + 1..at + 8)?;
    if frame.get(at + 8) != Some(&(MARK as u8)) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The topic's number in one of our event frames.
fn sequence(frame: &[u8]) -> Option<i64> {
    const BEFORE: &[u8] = b"\"seq\":";
    if !frame.starts_with(b"{\"type\":\"event\"") {
        return None;
    }
    let at = frame
        .windows(BEFORE.len())
        .position(|window| window == BEFORE)?;
    let digits = &frame[at + BEFORE.len()..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

/// Reads until `enough` finds what it waits for in what has come.
pub async fn read_until<T>(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
    mut enough: impl FnMut(&mut Vec<u8>) -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let reading = async {
        loop {
            if let Some(found) = enough(bytes)? {
                return Ok(found);
            }
            if stream.read_buf(bytes).await? == 0 {
                bail!(
                    "the server hung up: {}",
                    String::from_utf8_lossy(&bytes[..bytes.len().min(300)])
                );
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading)
        .await
        .with_context(|| format!("no answer within {} s", PATIENCE.as_secs()))?
}

/// An HTTP answer's head and body, where its length is told.
pub async fn answer(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
) -> anyhow::Result<(String, Vec<u8>)> {
    read_until(stream, bytes, |bytes| {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(Ok(0), |length| length.trim().parse())?;
        if bytes.len() < end + 4 + length {
            return Ok(None);
        }
        let mut rest = bytes.split_off(end + 4);
        let after = rest.split_off(length);
        *bytes = after;
        Ok(Some((head, rest)))
    })
    .await
}

/// A client's text frame, masked with nothing (RFC 6455 §5.3 wants a mask; its
/// value is ours to choose).
pub fn client_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(short @ ..126) => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(text.len() as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// Opens a WebSocket over a stream; what comes after the handshake is left in
/// `bytes`.
pub async fn open_socket(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
    host: &str,
    path: &str,
    token: Option<&str>,
) -> anyhow::Result<()> {
    let token = token.map_or(String::new(), |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{token}\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let (head, _) = answer(stream, bytes).await?;
    if !head.starts_with("http/1.1 101") {
        bail!("no WebSocket: {}", head.lines().next().unwrap_or_default());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_whole_or_not_at_all() {
        let text = "x".repeat(300);
        let mut bytes = vec![0x81, 126];
        bytes.extend_from_slice(&300_u16.to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes.extend_from_slice(&[0x81, 1, b'y', 0x81]);
        let (first, after) = next_frame(&bytes, Framing::WebSocket).unwrap().unwrap();
        assert_eq!(first, text.as_bytes());
        let (second, after) = next_frame(after, Framing::WebSocket).unwrap().unwrap();
        assert_eq!(second, b"y");
        assert!(next_frame(after, Framing::WebSocket).unwrap().is_none());
        assert!(next_frame(&[0x88, 0], Framing::WebSocket).is_err());
    }

    #[test]
    fn a_message_out_of_its_turn_is_a_fault() {
        let board = Board::default();
        let (first, second) = (board.send(2), board.send(2));
        let frame = |seq: i64, number| {
            format!(
                r#"{{"type":"event","topic":"channel:1","seq":{seq},"event":{{"seq":9,"source":"{}"}}}}"#,
                body(number, 120)
            )
        };
        let mut last = Some(6);
        for (seq, number) in [(7, first), (8, second)] {
            judge(
                frame(seq, number).as_bytes(),
                &mut last,
                &board,
                Instant::now(),
            );
        }
        assert_eq!((board.sum().faults, last), (0, Some(8)));
        judge(
            frame(10, second).as_bytes(),
            &mut last,
            &board,
            Instant::now(),
        );
        assert_eq!(board.sum().faults, 1);
        assert_eq!(body(7, 120).len(), 120);
    }
}

//! The least that a fan-out costs: a server that writes each message to each
//! socket by a send() of its own, one after the other, and does nothing else.
//! Once without any protocol, once with WebSocket frames. It runs as a process
//! of its own: `xtask floor`.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

use anyhow::bail;
use clap::Args;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::crowds::{self, Framing, next_frame, read_until};

#[derive(Args)]
pub struct Choice {
    /// Speaks WebSocket, else nothing at all.
    #[arg(long)]
    websocket: bool,
    /// Bytes of a message where there is no protocol to tell.
    #[arg(long, default_value_t = 178)]
    length: usize,
}

type Sockets = Rc<RefCell<Vec<Rc<TcpStream>>>>;

pub async fn run(choice: Choice) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ready http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let sockets = Sockets::default();
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let sockets = Rc::clone(&sockets);
                let (websocket, length) = (choice.websocket, choice.length);
                tokio::task::spawn_local(async move {
                    // Ends with its connection.
                    let _ = serve(stream, sockets, websocket, length).await;
                });
            }
        })
        .await
}

async fn serve(
    mut stream: TcpStream,
    sockets: Sockets,
    websocket: bool,
    length: usize,
) -> anyhow::Result<()> {
    let mut bytes = vec![];
    if websocket {
        crowds::answer(&mut stream, &mut bytes).await?;
        let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        stream.write_all(answer.as_bytes()).await?;
    }
    let framing = if websocket {
        Framing::WebSocket
    } else {
        Framing::Fixed(length)
    };
    // Whoever speaks first is the sender; everyone else is a reader.
    let mut own = Some(stream);
    loop {
        let Some(stream) = own.as_mut() else {
            return Ok(());
        };
        stream.readable().await?;
        let mut chunk = [0; 4 * 1024];
        match stream.try_read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error.into()),
        }
        if bytes.starts_with(b"join") {
            if let Some(stream) = own.take() {
                sockets.borrow_mut().push(Rc::new(stream));
            }
            return Ok(());
        }
        if websocket && bytes.starts_with(&crowds::client_frame("join")) {
            if let Some(stream) = own.take() {
                sockets.borrow_mut().push(Rc::new(stream));
            }
            return Ok(());
        }
        while let Some(message) = next_message(&mut bytes, framing)? {
            let all: Vec<Rc<TcpStream>> = sockets.borrow().clone();
            for socket in &all {
                send(socket, &message).await?;
            }
        }
    }
}

/// The next message of a sender, as it goes out.
fn next_message(bytes: &mut Vec<u8>, framing: Framing) -> anyhow::Result<Option<Vec<u8>>> {
    if framing != Framing::WebSocket {
        let found =
            next_frame(bytes, framing)?.map(|(message, after)| (message.to_vec(), after.to_vec()));
        return Ok(found.map(|(message, after)| {
            *bytes = after;
            message
        }));
    }
    // A client's frame has a mask, ours of nothing, behind its length.
    let head = match bytes.get(1) {
        None => return Ok(None),
        Some(0xfe) => 8,
        Some(_) => 6,
    };
    if bytes.len() < head {
        return Ok(None);
    }
    let length = match head {
        8 => usize::from(u16::from_be_bytes([bytes[2], bytes[3]])),
        _ => usize::from(bytes[1] & 0x7f),
    };
    if bytes.len() < head + length {
        return Ok(None);
    }
    let after = bytes.split_off(head + length);
    let mut message = vec![bytes[0], bytes[1] & 0x7f];
    message.extend_from_slice(&bytes[2..head - 4]);
    message.extend_from_slice(&bytes[head..]);
    *bytes = after;
    Ok(Some(message))
}

async fn send(socket: &TcpStream, message: &[u8]) -> anyhow::Result<()> {
    let mut rest = message;
    while !rest.is_empty() {
        match socket.try_write(rest) {
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                socket.writable().await?;
            }
            Err(error) => bail!("a reader left: {error}"),
        }
    }
    Ok(())
}

/// Joins a floor, or anything that takes `join` as the first message.
pub async fn join(base: String, websocket: bool) -> anyhow::Result<(TcpStream, Vec<u8>)> {
    let (mut stream, bytes) = connect(base, websocket).await?;
    let join = if websocket {
        crowds::client_frame("join")
    } else {
        b"join".to_vec()
    };
    stream.write_all(&join).await?;
    Ok((stream, bytes))
}

/// A connection that may send.
pub async fn connect(base: String, websocket: bool) -> anyhow::Result<(TcpStream, Vec<u8>)> {
    let host = base.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).await?;
    stream.set_nodelay(true)?;
    let mut bytes = vec![];
    if websocket {
        crowds::open_socket(&mut stream, &mut bytes, &host, "/", None).await?;
    }
    Ok((stream, bytes))
}

/// Waits until a probe message, sent again and again, has reached a reader:
/// then everyone who joined before is in.
pub async fn settle(
    sender: &mut TcpStream,
    probe: &[u8],
    reader: &mut TcpStream,
    bytes: &mut Vec<u8>,
    framing: Framing,
) -> anyhow::Result<()> {
    sender.write_all(probe).await?;
    read_until(reader, bytes, |bytes| {
        let found = next_frame(bytes, framing)?.map(|(_, after)| after.to_vec());
        Ok(found.map(|after| *bytes = after))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_frame_goes_out_as_a_servers() {
        for text in ["short", &"long".repeat(50)] {
            let mut bytes = crowds::client_frame(text);
            bytes.push(0x81);
            let message = next_message(&mut bytes, Framing::WebSocket)
                .unwrap()
                .unwrap();
            let (payload, rest) = next_frame(&message, Framing::WebSocket).unwrap().unwrap();
            assert_eq!((payload, rest), (text.as_bytes(), &[][..]));
            assert_eq!(bytes, [0x81]);
            assert!(
                next_message(&mut bytes, Framing::WebSocket)
                    .unwrap()
                    .is_none()
            );
        }
    }
}

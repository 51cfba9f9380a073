//! R15: a fifth of the room reads next to nothing. Everyone else hears in time,
//! and memory stays bounded.
//!
//! Control: the same crowd at a server that waits for each socket in turn, as
//! the plain floor of `bench chat` does.

use std::path::{Path, PathBuf};

use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;
use tokio::task::LocalSet;
use tokio::time::{Duration, Instant};

use crate::bench::chat::boards::Board;
use crate::bench::chat::crowds::{Crowd, Framing, Seat};
use crate::bench::chat::halls::Hall;
use crate::bench::chat::{crowds, meters};
use crate::processes::Shell;
use crate::prove::{Finding, Promise};
use crate::servers::Server;

pub const PROMISE: Promise = Promise {
    id: "R15",
    claim: "while a fifth reads 100 bytes a second, the others' p99 is under 500 ms and memory under 1.5 GB",
};

const LATEST: Duration = Duration::from_millis(500);
const MEMORY: u64 = 1_500_000_000;
/// Between two messages, and how many: enough to fill what the kernel holds
/// for one who does not read, and our queue behind it.
const PACE: Duration = Duration::from_millis(100);
const MESSAGES: usize = 300;
/// Of the messages: large ones, so that the queues fill.
const LENGTH: usize = 3_800;

pub async fn attempt(shell: &Shell, binary: PathBuf, people: usize) -> anyhow::Result<Finding> {
    let folder = super::folder()?;
    let (installation, tokens) = super::set_up(shell, binary, folder.path(), people).await?;
    let local = LocalSet::new();
    local
        .run_until(async {
            let server = installation.serve().await?;
            let process = server.process()?;
            let hall = Hall::open(&server, tokens).await?;
            let slow = hall.join_deaf(people / 5).await?;
            let quick = hall.join(people - people / 5).await?;
            let board = Board::default();
            let readers = quick.len();
            let crowd = Crowd::read(quick, Framing::WebSocket, &board);
            let mouth = hall.mouth_of(LENGTH)(board.clone()).await?;
            trickle(slow);
            let mut ticks = tokio::time::interval(PACE);
            let mut peak = 0;
            for _ in 0..MESSAGES {
                ticks.tick().await;
                mouth.send(board.send(readers)).await?;
                peak = peak.max(meters::resident(process)?);
            }
            let all = board.until_in_flight(0, Duration::from_secs(60)).await;
            let sum = board.sum();
            drop(crowd);
            server.stop().await?;
            let control = control(shell, people.min(40)).await?;
            Ok(Finding {
                held: all && sum.faults == 0 && sum.p99 <= LATEST && peak <= MEMORY,
                control_failed: !control,
                figure: json!({
                    "people": people,
                    "deliveries": sum.deliveries,
                    "faults": sum.faults,
                    "p50_ms": sum.p50.as_millis(),
                    "p99_ms": sum.p99.as_millis(),
                    "peak_mb": peak / 1_000_000,
                }),
                control: json!({ "what": "a server that waits for each socket", "held": control }),
            })
        })
        .await
}

/// Reads about a hundred bytes a second from each.
fn trickle(seats: Vec<Seat>) {
    for mut seat in seats {
        tokio::task::spawn_local(async move {
            let mut seconds = tokio::time::interval(Duration::from_secs(1));
            let mut some = [0; 100];
            loop {
                seconds.tick().await;
                if !matches!(seat.stream.read(&mut some).await, Ok(1..)) {
                    return;
                }
            }
        });
    }
}

/// Whether the same holds for a server known to wait.
async fn control(shell: &Shell, people: usize) -> anyhow::Result<bool> {
    use tokio::io::AsyncWriteExt;
    let mut command = shell.command(std::env::current_exe()?);
    command.args(["floor", "--length", &LENGTH.to_string()]);
    let server = Server::launch(command, Path::new("")).await?;
    let address = server.base.trim_start_matches("http://").parse()?;
    let mut streams = vec![];
    for _ in 0..people {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(4 * 1_024)?;
        let mut stream = socket.connect(address).await?;
        stream.write_all(b"join").await?;
        streams.push(stream);
    }
    // The sender's first word is read once the others' joins were.
    let mut sender = TcpSocket::new_v4()?.connect(address).await?;
    sender.set_nodelay(true)?;
    let slow = streams.split_off(people - people / 5);
    let board = Board::default();
    let readers = streams.len();
    let seats = streams
        .into_iter()
        .map(|stream| Seat {
            stream,
            rest: vec![],
            received: 0,
            seq: None,
        })
        .collect();
    let crowd = Crowd::read(seats, Framing::Fixed(LENGTH), &board);
    let until = Instant::now() + Duration::from_secs(20);
    let mut sent = 0;
    // More than the kernel holds for a socket, 4 MB as it is set usually.
    while sent < 10 * MESSAGES && Instant::now() < until && board.until_in_flight(32, LATEST).await
    {
        let body = crowds::body(board.send(readers), LENGTH);
        let written = tokio::time::timeout(LATEST, sender.write_all(body.as_bytes())).await;
        if !matches!(written, Ok(Ok(()))) {
            break;
        }
        tokio::task::yield_now().await;
        sent += 1;
    }
    let all = board.until_in_flight(0, Duration::from_secs(5)).await;
    let held = all && board.sum().p99 <= LATEST;
    drop((crowd, slow));
    server.stop().await?;
    Ok(held)
}

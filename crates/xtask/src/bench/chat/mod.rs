//! `cargo xtask bench chat`: one room of many people, on one core, through the
//! real `/live` with sign-in, record and history; beside it, in the same run and
//! under the same load, the least that a fan-out costs, and what others take.
//! Trust the ratios: seconds of processor time for a million deliveries.

pub mod boards;
pub mod crowds;
mod durables;
mod ejabberd;
mod floors;
pub mod halls;
pub mod meters;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio::time::Instant;

use self::boards::{Board, Sum};
use self::crowds::{Crowd, Framing, Seat};
use crate::places;
use crate::processes::Shell;
use crate::servers::{Installation, Server, on_core};

pub use self::floors::{Choice as Floor, run as floor};

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub people: usize,
    pub seconds: u64,
}

/// Messages on their way at any time where the room is saturated.
const IN_FLIGHT: usize = 16;
/// Between two messages where it is not.
const QUIET: Duration = Duration::from_millis(500);
/// Bytes of a message's words.
const BODY: usize = 120;
/// For the last messages of a run to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// What one load came to.
#[derive(Clone, Debug)]
pub struct Load {
    messages: usize,
    sum: Sum,
    /// Of the server's process.
    cpu: f64,
    wall: f64,
    late: bool,
}

impl Load {
    /// Seconds of processor time for a million deliveries.
    fn per_million(&self) -> f64 {
        self.cpu * 1e6 / (self.sum.deliveries.max(1) as f64)
    }

    fn told(&self) -> Value {
        json!({
            "messages": self.messages,
            "deliveries": self.sum.deliveries,
            "faults": self.sum.faults + u64::from(self.late),
            "cpu_s_per_million": rounded(self.per_million()),
            "messages_per_second": rounded(self.messages as f64 / self.wall),
            "p50_ms": milliseconds(self.sum.p50),
            "p99_ms": milliseconds(self.sum.p99),
        })
    }
}

/// What one server came to under both loads.
struct Figures {
    name: &'static str,
    saturated: Load,
    light: Load,
    /// Resident bytes for each connection that joined.
    memory: f64,
}

/// `ours` makes the people, `measured` serves: they differ where an earlier
/// build is measured.
pub async fn measure(
    shell: &Shell,
    ours: PathBuf,
    measured: PathBuf,
    plan: Plan,
) -> anyhow::Result<()> {
    let cores = meters::cores(shell);
    if let Some((_, load)) = cores {
        meters::pin(shell, std::process::id(), load).await?;
    } else {
        eprintln!("xtask: one core, or no taskset: server and load share what there is");
    }
    let core = cores.map(|(server, _)| server);
    let folder = tempfile::Builder::new()
        .prefix("hallway-bench-")
        .tempdir()?;
    let bench = Bench {
        shell,
        core,
        folder: folder.path(),
        plan,
    };
    let local = LocalSet::new();
    local.run_until(bench.run(ours, measured)).await
}

struct Bench<'a> {
    shell: &'a Shell,
    core: Option<usize>,
    folder: &'a Path,
    plan: Plan,
}

impl Bench<'_> {
    async fn run(&self, ours: PathBuf, measured: PathBuf) -> anyhow::Result<()> {
        let mut installation = Installation::new(self.shell, measured, self.folder.join("data"));
        installation.core = self.core;
        let (hallway, more) = self.hallway(&installation, ours).await?;
        // As many bytes for each delivery as ours has.
        let bytes = more.frame_bytes;
        let mut all = vec![hallway];
        all.push(
            self.floor("plain floor", Framing::Fixed(bytes), bytes)
                .await?,
        );
        all.push(
            self.floor("WebSocket floor", Framing::WebSocket, bytes)
                .await?,
        );
        match self.node(bytes).await {
            Ok(node) => all.push(node),
            Err(error) => eprintln!("xtask: without Node ws: {error:#}"),
        }
        match self.ejabberd().await {
            Ok(ejabberd) => all.push(ejabberd),
            Err(error) => eprintln!("xtask: without ejabberd: {error:#}"),
        }
        table(&all);
        let durable = durables::measure(
            &installation,
            &more.tokens,
            &more.channel,
            self.plan.seconds,
        )
        .await?;
        println!("{}", told(self.plan, &all, &more, &durable));
        Ok(())
    }

    async fn hallway(
        &self,
        installation: &Installation<'_>,
        ours: PathBuf,
    ) -> anyhow::Result<(Figures, halls::More)> {
        let tokens = halls::prepare(installation, ours, self.plan.people).await?;
        let server = installation.serve().await?;
        let process = server.process()?;
        let hall = halls::Hall::open(&server, tokens).await?;

        let before = meters::resident(process)?;
        let cpu = meters::cpu_seconds(process)?;
        let seats = hall.join(self.plan.people).await?;
        let join_cpu = meters::cpu_seconds(process)? - cpu;
        let join_bytes = halls::bytes_of_a_join(&seats);
        let memory = grown(before, meters::resident(process)?, self.plan.people);

        let (board, mouth) = (Board::default(), hall.mouth());
        let crowd = Crowd::read(seats, Framing::WebSocket, &board);
        let saturated = self
            .saturate(&mouth(board.clone()).await?, &board, process)
            .await?;
        let frame_bytes = board.largest_frame();
        let seats = crowd.let_go().await?;

        let board = Board::default();
        let crowd = Crowd::read(seats, Framing::WebSocket, &board);
        let light = self
            .whisper(&mouth(board.clone()).await?, &board, process)
            .await?;
        let seats = crowd.let_go().await?;

        // One in a hundred stops reading, beside everyone else.
        let resident = meters::resident(process)?;
        let deaf = hall.join_deaf((self.plan.people / 100).max(1)).await?;
        let board = Board::default();
        let crowd = Crowd::read(seats, Framing::WebSocket, &board);
        let beside = self
            .saturate(&mouth(board.clone()).await?, &board, process)
            .await?;
        let deaf_bytes = grown(resident, meters::resident(process)?, deaf.len());
        let seats = crowd.let_go().await?;
        drop(deaf);

        let resumed = hall.resume(seats, &mouth(Board::default()).await?).await?;
        server.stop().await?;
        let more = halls::More {
            join_cpu,
            join_bytes,
            beside_deaf: beside,
            deaf_bytes,
            resumed,
            frame_bytes,
            channel: hall.channel.clone(),
            tokens: hall.tokens.to_vec(),
        };
        let figures = Figures {
            name: "Hallway",
            saturated,
            light,
            memory,
        };
        Ok((figures, more))
    }

    async fn floor(
        &self,
        name: &'static str,
        framing: Framing,
        bytes: usize,
    ) -> anyhow::Result<Figures> {
        let mut command = on_core(self.shell, self.core, std::env::current_exe()?);
        command.args(["floor", "--length", &bytes.to_string()]);
        if framing == Framing::WebSocket {
            command.arg("--websocket");
        }
        self.reference(name, command, framing, bytes).await
    }

    async fn node(&self, bytes: usize) -> anyhow::Result<Figures> {
        let package = places::frontend().join("package.json");
        if !places::frontend().join("node_modules/ws").exists() {
            bail!("the front end's packages are not installed");
        }
        let script = places::root().join("crates/xtask/src/bench/chat/node.mjs");
        let mut command = on_core(self.shell, self.core, "node");
        command.arg(script).arg(package);
        self.reference("Node ws", command, Framing::WebSocket, bytes)
            .await
    }

    /// A server where whoever says `join` hears what the others say.
    async fn reference(
        &self,
        name: &'static str,
        command: tokio::process::Command,
        framing: Framing,
        bytes: usize,
    ) -> anyhow::Result<Figures> {
        let server = Server::launch(command, Path::new("")).await?;
        let process = server.process()?;
        let websocket = framing == Framing::WebSocket;
        let base = server.base.clone();
        let before = meters::resident(process)?;
        let mut seats = crowds::join_all(self.plan.people, |_| {
            let base = base.clone();
            async move {
                let (stream, rest) = floors::join(base, websocket).await?;
                Ok(Seat {
                    stream,
                    rest,
                    received: 0,
                    seq: None,
                })
            }
        })
        .await?;
        let memory = grown(before, meters::resident(process)?, self.plan.people);
        let (mut sender, _) = floors::connect(base, websocket).await?;
        let probe = message(0, framing, bytes);
        for seat in &mut seats {
            // Everyone is in once the last one has heard something.
            seat.seq = None;
        }
        let last = seats.last_mut().context("a reader")?;
        floors::settle(
            &mut sender,
            &probe,
            &mut last.stream,
            &mut last.rest,
            framing,
        )
        .await?;
        for seat in seats.iter_mut().rev().skip(1) {
            crowds::read_until(&mut seat.stream, &mut seat.rest, |rest| {
                let found = crowds::next_frame(rest, framing)?.map(|(_, after)| after.to_vec());
                Ok(found.map(|after| *rest = after))
            })
            .await?;
        }
        let mouth = mouth(sender, framing, bytes);

        let board = Board::default();
        let crowd = Crowd::read(seats, framing, &board);
        let saturated = self.saturate(&mouth.0, &board, process).await?;
        let mut seats = crowd.let_go().await?;
        for seat in &mut seats {
            seat.seq = None;
        }
        let board = Board::default();
        let crowd = Crowd::read(seats, framing, &board);
        let light = self.whisper(&mouth.0, &board, process).await?;
        drop(crowd);
        server.stop().await?;
        Ok(Figures {
            name,
            saturated,
            light,
            memory,
        })
    }

    async fn ejabberd(&self) -> anyhow::Result<Figures> {
        let server = ejabberd::Ejabberd::start(self.shell, self.core, self.folder).await?;
        let process = server.process()?;
        let mouth = server.mouth().await?;
        let before = meters::resident(process)?;
        let seats = server.join(self.plan.people).await?;
        let memory = grown(before, meters::resident(process)?, self.plan.people);
        let board = Board::default();
        let crowd = Crowd::read(seats, Framing::Stanzas, &board);
        let saturated = self.saturate(&mouth, &board, process).await?;
        let mut seats = crowd.let_go().await?;
        for seat in &mut seats {
            seat.seq = None;
        }
        let board = Board::default();
        let crowd = Crowd::read(seats, Framing::Stanzas, &board);
        let light = self.whisper(&mouth, &board, process).await?;
        drop(crowd);
        server.stop().await?;
        Ok(Figures {
            name: "ejabberd",
            saturated,
            light,
            memory,
        })
    }

    /// So many messages on their way at any time that the server never rests.
    async fn saturate(
        &self,
        mouth: &mpsc::Sender<usize>,
        board: &Board,
        process: u32,
    ) -> anyhow::Result<Load> {
        let readers = self.plan.people;
        self.load(board, process, async |until| {
            while Instant::now() < until && board.until_in_flight(IN_FLIGHT - 1, PATIENCE).await {
                mouth.send(board.send(readers)).await?;
            }
            anyhow::Ok(())
        })
        .await
    }

    /// Every message alone.
    async fn whisper(
        &self,
        mouth: &mpsc::Sender<usize>,
        board: &Board,
        process: u32,
    ) -> anyhow::Result<Load> {
        let readers = self.plan.people;
        self.load(board, process, async |until| {
            let mut ticks = tokio::time::interval(QUIET);
            while Instant::now() < until {
                ticks.tick().await;
                mouth.send(board.send(readers)).await?;
            }
            anyhow::Ok(())
        })
        .await
    }

    async fn load(
        &self,
        board: &Board,
        process: u32,
        speak: impl AsyncFnOnce(Instant) -> anyhow::Result<()>,
    ) -> anyhow::Result<Load> {
        let (begun, cpu) = (Instant::now(), meters::cpu_seconds(process)?);
        speak(begun + Duration::from_secs(self.plan.seconds)).await?;
        let late = !board.until_in_flight(0, PATIENCE).await;
        let sum = board.sum();
        let messages = usize::try_from(sum.deliveries)? / self.plan.people.max(1);
        Ok(Load {
            messages,
            sum,
            cpu: meters::cpu_seconds(process)? - cpu,
            wall: begun.elapsed().as_secs_f64(),
            late,
        })
    }
}

/// Sends messages by number over one connection, in their order.
fn mouth(
    mut sender: TcpStream,
    framing: Framing,
    bytes: usize,
) -> (mpsc::Sender<usize>, tokio::task::JoinHandle<()>) {
    let (say, mut numbers) = mpsc::channel(IN_FLIGHT);
    let speaking = tokio::task::spawn_local(async move {
        while let Some(number) = numbers.recv().await {
            if sender
                .write_all(&message(number, framing, bytes))
                .await
                .is_err()
            {
                return;
            }
        }
    });
    (say, speaking)
}

/// A message to a floor, of so many bytes once it goes out.
fn message(number: usize, framing: Framing, bytes: usize) -> Vec<u8> {
    match framing {
        Framing::WebSocket => crowds::client_frame(&crowds::body(number, bytes - 4)),
        Framing::Fixed(_) | Framing::Stanzas => crowds::body(number, bytes).into_bytes(),
    }
}

fn grown(before: u64, after: u64, connections: usize) -> f64 {
    (after as f64 - before as f64) / connections.max(1) as f64
}

fn rounded(figure: f64) -> f64 {
    (figure * 1_000.0).round() / 1_000.0
}

fn milliseconds(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1_000.0)
}

fn table(all: &[Figures]) {
    println!(
        "{:<16} {:>14} {:>10} {:>9} {:>14} {:>9} {:>9} {:>9} {:>7}",
        "server",
        "full CPU-s/M",
        "msg/s",
        "p99 ms",
        "light CPU-s/M",
        "p50 ms",
        "p99 ms",
        "kB/conn",
        "faults"
    );
    for figures in all {
        let (full, light) = (&figures.saturated, &figures.light);
        println!(
            "{:<16} {:>14.3} {:>10.0} {:>9.1} {:>14.3} {:>9.1} {:>9.1} {:>9.1} {:>7}",
            figures.name,
            full.per_million(),
            full.messages as f64 / full.wall,
            milliseconds(full.sum.p99),
            light.per_million(),
            milliseconds(light.sum.p50),
            milliseconds(light.sum.p99),
            figures.memory / 1_024.0,
            full.sum.faults + light.sum.faults + u64::from(full.late) + u64::from(light.late),
        );
    }
}

/// The goals of the design, each as a figure and whether it is met.
fn told(plan: Plan, all: &[Figures], more: &halls::More, durable: &durables::Durable) -> Value {
    let of = |name: &str| all.iter().find(|figures| figures.name == name);
    let (Some(ours), Some(plain), Some(socket)) =
        (of("Hallway"), of("plain floor"), of("WebSocket floor"))
    else {
        return Value::Null;
    };
    let goal = |figure: f64, most: f64| json!({ "figure": rounded(figure), "goal": most, "met": figure <= most });
    let per_million = |load: &Load| load.per_million();
    let against = |other: Option<&Figures>, least: f64| match other {
        None => json!({ "figure": null, "goal": least, "met": null }),
        Some(other) => {
            let times = per_million(&other.saturated) / per_million(&ours.saturated);
            json!({ "figure": rounded(times), "goal": least, "met": times >= least })
        }
    };
    let faults = |load: &Load| load.sum.faults + u64::from(load.late);
    let wrong = faults(&ours.saturated) + faults(&ours.light) + faults(&more.beside_deaf);
    let p99 = |load: &Load| load.sum.p99.as_secs_f64();
    json!({
        "bench": "chat",
        "people": plan.people,
        "seconds": plan.seconds,
        "frame_bytes": more.frame_bytes,
        "G1": goal(per_million(&ours.saturated) / per_million(&plain.saturated), 0.30),
        "G2": goal(per_million(&ours.light) / per_million(&socket.light), 1.3),
        "G3_ejabberd": against(of("ejabberd"), 30.0),
        "G3_node": against(of("Node ws"), 8.0),
        "G4_kb": goal(ours.memory / 1_024.0, 16.0),
        "G5_cpu_s_of_5000": goal(more.join_cpu * 5_000.0 / plan.people as f64, 2.0),
        "G5_bytes_first_and_last": more.join_bytes,
        "G6": goal(p99(&ours.light) / p99(&socket.light), 1.5),
        "G7": goal(p99(&more.beside_deaf) / p99(&ours.saturated), 1.2),
        "G7_kb_of_one_who_does_not_read": rounded(more.deaf_bytes / 1_024.0),
        "G8": { "faults": wrong, "resumed": more.resumed, "met": wrong == 0 && more.resumed },
        "durable": durable,
        "servers": all.iter().map(|figures| json!({
            "name": figures.name,
            "saturated": figures.saturated.told(),
            "light": figures.light.told(),
            "kb": rounded(figures.memory / 1_024.0),
        })).collect::<Vec<_>>(),
    })
}

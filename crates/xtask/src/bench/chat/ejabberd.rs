//! A reference that many know: ejabberd as Debian packages it, at the least
//! configuration, one group chat without presence and history, people without
//! accounts. It runs over a folder of its own and touches no installed one.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant};

use super::crowds::{self, Seat, read_until};
use super::{BODY, IN_FLIGHT};
use crate::processes::{Group, Shell};
use crate::servers::on_core;

const ROOM: &str = "measured@room.localhost";
const STREAM: &str = "<stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
/// Erlang takes its time.
const START: Duration = Duration::from_secs(60);

pub struct Ejabberd {
    group: Group,
    port: u16,
}

/// Where Debian puts the compiled modules.
fn modules() -> Option<PathBuf> {
    let mut folders = std::fs::read_dir("/usr/lib/x86_64-linux-gnu").ok()?;
    folders.find_map(|folder| {
        let path = folder.ok()?.path();
        let name = path.file_name()?.to_string_lossy().into_owned();
        let modules = path.join("ebin");
        (name.starts_with("ejabberd-") && modules.exists()).then_some(modules)
    })
}

impl Ejabberd {
    pub async fn start(shell: &Shell, core: Option<usize>, folder: &Path) -> anyhow::Result<Self> {
        let modules = modules().context("it is not installed (apt-get install ejabberd)")?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let config = folder.join("ejabberd.yml");
        std::fs::write(&config, configuration(port))?;
        let mut command = on_core(shell, core, "erl");
        let pairs = ["-noinput", "-noshell", "+K", "true", "+P", "250000"];
        command
            .args(pairs)
            .arg("-pa")
            .arg(modules)
            .args(["-mnesia", "dir"])
            .arg(format!("\"{}\"", folder.join("mnesia").display()))
            .args(["-s", "ejabberd"])
            .env("EJABBERD_CONFIG_PATH", &config)
            .env("EJABBERD_LOG_PATH", folder.join("ejabberd.log"))
            .env("HOME", folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut group = Group::spawn(&mut command)?;
        let until = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if group.child.try_wait()?.is_some() || Instant::now() > until {
                bail!("it did not start");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(Self { group, port })
    }

    pub fn process(&self) -> anyhow::Result<u32> {
        self.group.child.id().context("it has ended")
    }

    pub async fn join(&self, count: usize) -> anyhow::Result<Vec<Seat>> {
        let port = self.port;
        crowds::join_all(count, |number| join(port, format!("reader{number}"))).await
    }

    /// The room's owner, who speaks and hears themselves too.
    pub async fn mouth(&self) -> anyhow::Result<mpsc::Sender<usize>> {
        let mut owner = join(self.port, "owner".into()).await?.stream;
        let unlock = format!(
            "<iq type='set' id='u' to='{ROOM}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>"
        );
        owner.write_all(unlock.as_bytes()).await?;
        let (mut hears, mut speaks) = owner.into_split();
        tokio::task::spawn_local(async move {
            let mut heard = vec![0; 16 * 1_024];
            while matches!(hears.read(&mut heard).await, Ok(1..)) {}
        });
        let (say, mut numbers) = mpsc::channel(IN_FLIGHT);
        tokio::task::spawn_local(async move {
            while let Some(number) = numbers.recv().await {
                let body = crowds::body(number, BODY);
                let message =
                    format!("<message to='{ROOM}' type='groupchat'><body>{body}</body></message>");
                if speaks.write_all(message.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
        Ok(say)
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.group.stop().await.map(drop)
    }
}

async fn join(port: u16, name: String) -> anyhow::Result<Seat> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut bytes = vec![];
    let mut say = async |words: &str, answer: &str| {
        stream.write_all(words.as_bytes()).await?;
        read_until(&mut stream, &mut bytes, |bytes| {
            let found = bytes
                .windows(answer.len())
                .position(|window| window == answer.as_bytes());
            Ok(found.map(|at| {
                bytes.drain(..at + answer.len());
            }))
        })
        .await
    };
    say(STREAM, "</stream:features>").await?;
    let anonymous = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
    say(anonymous, "<success").await?;
    say(STREAM, "</stream:features>").await?;
    let bind = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
    say(bind, "</iq>").await?;
    let enter = format!(
        "<presence to='{ROOM}/{name}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    );
    // The subject ends a join (XEP-0045 §7.2.15).
    say(&enter, "</message>").await?;
    Ok(Seat {
        stream,
        rest: bytes,
        received: 0,
        seq: None,
    })
}

fn configuration(port: u16) -> String {
    format!(
        "hosts: [localhost]
loglevel: error
listen:
  - port: {port}
    ip: \"127.0.0.1\"
    module: ejabberd_c2s
    backlog: 1024
    shaper: none
    access: all
auth_method: anonymous
anonymous_protocol: sasl_anon
allow_multiple_connections: true
modules:
  mod_muc:
    host: room.localhost
    access: all
    access_create: all
    max_users: 20000
    history_size: 0
    min_message_interval: 0
    min_presence_interval: 0
    default_room_options:
      presence_broadcast: []
      max_users: 20000
"
    )
}

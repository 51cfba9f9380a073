//! The reference for serving: nginx as Debian packages it, one process on the
//! server's core, with files in a folder of its own. It touches no installed one.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant};

use crate::processes::Group;
use crate::servers::{Installation, on_core};

const START: Duration = Duration::from_secs(10);

pub struct Nginx {
    group: Group,
    pub base: String,
    files: PathBuf,
}

impl Nginx {
    pub async fn start(installation: &Installation<'_>, folder: &Path) -> anyhow::Result<Self> {
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx"]
            .into_iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
            .context("it is not installed (apt-get install nginx-light)")?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let folder = folder.join("nginx");
        let files = folder.join("files");
        std::fs::create_dir_all(&files)?;
        let config = folder.join("nginx.conf");
        std::fs::write(&config, configuration(&folder, port))?;
        let mut command = on_core(installation.shell, installation.core, program);
        command
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(&config)
            .args(["-e", "stderr"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut group = Group::spawn(&mut command)?;
        let until = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if group.child.try_wait()?.is_some() || Instant::now() > until {
                bail!("it did not start");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Self {
            group,
            base: format!("http://127.0.0.1:{port}"),
            files,
        })
    }

    /// Puts a file there; its path.
    pub fn put(&self, name: &str, bytes: &[u8]) -> anyhow::Result<String> {
        std::fs::write(self.files.join(name), bytes)?;
        Ok(format!("/{name}"))
    }

    pub fn process(&self) -> anyhow::Result<u32> {
        self.group.child.id().context("it has ended")
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.group.stop().await.map(drop)
    }
}

fn configuration(folder: &Path, port: u16) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    format!(
        "daemon off;
master_process off;
pid {pid};
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 10000000;
  client_body_temp_path {temporary};
  proxy_temp_path {temporary};
  fastcgi_temp_path {temporary};
  uwsgi_temp_path {temporary};
  scgi_temp_path {temporary};
  server {{ listen 127.0.0.1:{port}; root {files}; }}
}}
",
        pid = at("nginx.pid"),
        temporary = at("temporary"),
        files = at("files"),
    )
}

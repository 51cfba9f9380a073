//! What a process uses: seconds of processor time and resident memory, from
//! `/proc`; and which core it may run on.

use std::path::Path;

use anyhow::{Context, bail};

use crate::processes::Shell;

/// Seconds of processor time of all threads, to the nanosecond.
pub fn cpu_seconds(process: u32) -> anyhow::Result<f64> {
    let mut nanoseconds = 0_u64;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let path = task?.path().join("schedstat");
        // A thread may end while we look.
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        let run = text.split_ascii_whitespace().next();
        nanoseconds += run.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    }
    if nanoseconds == 0 {
        bail!("process {process} tells no processor time");
    }
    Ok(nanoseconds as f64 / 1e9)
}

/// Resident bytes.
pub fn resident(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes: u64 = line
        .trim()
        .trim_end_matches("kB")
        .trim()
        .parse()
        .context("VmRSS")?;
    Ok(kilobytes * 1024)
}

/// Which core the server gets, and which one the load; none where there is
/// only one, or nothing to pin with.
pub fn cores(shell: &Shell) -> Option<(usize, usize)> {
    let many = std::thread::available_parallelism().is_ok_and(|n| n.get() > 1);
    (many && shell.find("taskset").is_some() && Path::new("/proc/self/status").exists())
        .then_some((0, 1))
}

/// Moves a process, with all its threads, to one core.
pub async fn pin(shell: &Shell, process: u32, core: usize) -> anyhow::Result<()> {
    let mut taskset = shell.command("taskset");
    taskset.args(["-a", "-c", "-p", &core.to_string(), &process.to_string()]);
    shell.read(&mut taskset).await.map(drop)
}

//! How long a step took, on the wall and on the processors.

use std::time::Duration;

use tokio::time::Instant;

pub struct Stopwatch {
    since: Instant,
    before: Duration,
}

/// Processor time is that of every child that ended meanwhile, user and
/// system, with all its own children.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    pub wall: Duration,
    pub processors: Duration,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self {
            since: Instant::now(),
            before: children(),
        }
    }

    pub fn stop(&self) -> Spent {
        Spent {
            wall: self.since.elapsed(),
            processors: children().saturating_sub(self.before),
        }
    }
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:>7.1} s {:>8.1} CPU-s",
            self.wall.as_secs_f64(),
            self.processors.as_secs_f64()
        )
    }
}

/// Nothing where there is no proc(5): the figure is then 0, never a guess.
fn children() -> Duration {
    std::fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|stat| read(&stat))
        .unwrap_or_default()
}

/// Fields 16 and 17 of proc_pid_stat(5), `cutime` and `cstime`. Their unit is
/// USER_HZ, which Linux keeps at 100 per second on every architecture we run on.
fn read(stat: &str) -> Option<Duration> {
    // The name in brackets may hold blanks, so counting starts after it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn childrens_ticks_are_found_behind_a_name_with_blanks() {
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 250 50 20 0 1 0 9";
        assert_eq!(read(stat), Some(Duration::from_secs(3)));
        assert_eq!(read("7 (a) S 1"), None);
    }

    #[test]
    fn this_system_tells_them() {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        assert!(read(&stat).is_some());
    }
}

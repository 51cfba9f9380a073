//! Becomes another program, with nothing it does not need: what reads bytes that
//! others sent (abuse case A6) may read the system's libraries and its pipes,
//! write nowhere, and reach no network.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Context;
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, setrlimit};

/// What the shell says of a program that is not there.
pub const NOT_FOUND: u8 = 127;

/// Where programs and their libraries lie. What is not there is no error.
const READABLE: [&str; 9] = [
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/opt",
    "/nix/store",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
];

const LIMITS: [(Resource, u64); 4] = [
    // 1 GiB of addresses: several times what converting sound takes.
    (Resource::As, 1 << 30),
    (Resource::Nofile, 32),
    (Resource::Fsize, 0),
    (Resource::Core, 0),
];

/// Confines this process, which must have one thread yet, and becomes `command`.
pub fn run(command: &[OsString]) -> anyhow::Result<Infallible> {
    let (program, arguments) = command.split_first().context("name a program")?;
    for (resource, most) in LIMITS {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit).context("cannot limit resources")?;
    }
    // An older kernel confines by what it knows.
    let abi = ABI::V5;
    let rules = path_beneath_rules(READABLE, AccessFs::from_read(abi));
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .create()?
        .add_rules(rules)?
        .restrict_self()
        .context("cannot confine a program")?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let error = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", path)
        .exec();
    match error.kind() {
        io::ErrorKind::NotFound => std::process::exit(NOT_FOUND.into()),
        _ => Err(error).context("cannot start a program"),
    }
}

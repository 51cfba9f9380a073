//! [`Contents`] as a file system that the kernel mounts (FUSE). Each power cut
//! unmounts it, so that no page of the kernel's outlives it either.
//!
//! SQLite's needs are met by leaving things to the kernel: file locks are not
//! asked of us, and pages go through its cache, so that a map of `-shm` is
//! shared. Nothing is written back late: each write reaches us at once.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use fuser::{
    BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem,
    FopenFlags, Generation, INodeNo, LockOwner, MountOption, OpenFlags, RenameFlags, ReplyAttr,
    ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs,
    ReplyWrite, Request, Session, TimeOrNow, WriteFlags,
};
use hallway_model::random::Random;

use super::contents::Contents;

/// Only this mount changes anything: the kernel may rely on what it knows.
const TRUSTED: Duration = Duration::from_secs(3_600);
/// How long whoever was killed may take to let go of its files.
const LETTING_GO: Duration = Duration::from_secs(10);
/// What a good disk needs for it. Without, the power would hardly ever end
/// between a write and its sync.
const SYNC: Duration = Duration::from_millis(2);
const BLOCK: u32 = 4_096;

/// A mounted disk; unmounted when it is dropped.
pub struct Disk {
    contents: Arc<Mutex<Contents>>,
    place: PathBuf,
    session: Option<BackgroundSession>,
}

impl Disk {
    pub fn mount(place: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&place)?;
        let contents = Arc::new(Mutex::new(Contents::new()));
        let session = Some(session(&contents, &place)?);
        Ok(Self {
            contents,
            place,
            session,
        })
    }

    /// From now on it only says that it has synced.
    pub fn begin_to_lie(&self) {
        locked(&self.contents).honest = false;
    }

    pub fn syncs(&self) -> u64 {
        locked(&self.contents).syncs
    }

    /// Ends its power at once when it is called: nothing can be changed or
    /// synced any more.
    pub fn switch(&self) -> impl FnOnce() + 'static {
        let contents = Arc::clone(&self.contents);
        move || locked(&contents).powered = false
    }

    /// The power is back, and whoever used the disk was killed: what was synced
    /// is there. Gives the number of files that lost something.
    pub async fn start_again(&mut self, untidy: Option<&Random>) -> anyhow::Result<usize> {
        let until = tokio::time::Instant::now() + LETTING_GO;
        while !unmount(&self.place, false) {
            if tokio::time::Instant::now() > until {
                bail!("somebody still uses the disk that is to be cut off");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if let Some(session) = self.session.take() {
            session.join()?;
        }
        let damaged = locked(&self.contents).forget(untidy);
        self.session = Some(session(&self.contents, &self.place)?);
        Ok(damaged)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever was killed a moment ago may not be gone yet: it is taken out
        // of the tree at once, and ends with its last user.
        if self.session.is_some() && !unmount(&self.place, true) {
            eprintln!("xtask: {} could not be unmounted", self.place.display());
        }
    }
}

fn session(contents: &Arc<Mutex<Contents>>, place: &Path) -> anyhow::Result<BackgroundSession> {
    let mut config = Config::default();
    config.mount_options = vec![
        MountOption::FSName("hallway-power-cuts".into()),
        MountOption::NoAtime,
    ];
    let tree = Tree(Arc::clone(contents));
    Session::new(tree, place, &config)
        .and_then(Session::spawn)
        .context("no file system can be mounted here (FUSE: /dev/fuse, and root or fusermount3)")
}

/// True where it is not mounted any more.
fn unmount(place: &Path, lazily: bool) -> bool {
    let plain: &[&str] = if lazily { &["-l"] } else { &[] };
    let helper: &[&str] = if lazily { &["-u", "-z"] } else { &["-u"] };
    [("umount", plain), ("fusermount3", helper)]
        .iter()
        .any(|(program, words)| {
            let mut command = Command::new(program);
            command
                .args(*words)
                .arg(place)
                .stdin(Stdio::null())
                .stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })
}

fn locked(contents: &Mutex<Contents>) -> MutexGuard<'_, Contents> {
    contents.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The kernel's questions, answered from the contents.
struct Tree(Arc<Mutex<Contents>>);

impl Tree {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        locked(&self.0)
    }
}

fn attributes(contents: &Contents, number: u64) -> io::Result<FileAttr> {
    let node = contents.node(number)?;
    let size = node.bytes.len() as u64;
    Ok(FileAttr {
        ino: INodeNo(number),
        size,
        blocks: size.div_ceil(512),
        atime: node.changed,
        mtime: node.changed,
        ctime: node.changed,
        crtime: node.changed,
        kind: if node.folder {
            FileType::Directory
        } else {
            FileType::RegularFile
        },
        perm: node.mode,
        nlink: u32::try_from(contents.links(number)).unwrap_or(u32::MAX),
        uid: owner().0,
        gid: owner().1,
        rdev: 0,
        blksize: BLOCK,
        flags: 0,
    })
}

/// Everything is ours.
fn owner() -> (u32, u32) {
    use std::os::unix::fs::MetadataExt;
    use std::sync::OnceLock;
    static OWNER: OnceLock<(u32, u32)> = OnceLock::new();
    *OWNER.get_or_init(|| {
        std::fs::metadata("/proc/self").map_or((0, 0), |own| (own.uid(), own.gid()))
    })
}

fn mode(mode: u32) -> u16 {
    (mode & 0o7777) as u16
}

/// The kernel's number for what the contents refuse.
fn number(error: &io::Error) -> Errno {
    match error.kind() {
        io::ErrorKind::NotFound => Errno::ENOENT,
        io::ErrorKind::AlreadyExists => Errno::EEXIST,
        io::ErrorKind::DirectoryNotEmpty => Errno::ENOTEMPTY,
        io::ErrorKind::FileTooLarge => Errno::EFBIG,
        _ => Errno::EIO,
    }
}

macro_rules! or_refuse {
    ($reply:ident, $result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return $reply.error(number(&error)),
        }
    };
}

impl Filesystem for Tree {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let contents = self.contents();
        let found = contents.find(parent.0, name);
        let attributes = or_refuse!(reply, found.and_then(|node| attributes(&contents, node)));
        reply.entry(&TRUSTED, &attributes, Generation(0));
    }

    fn getattr(&self, _: &Request, node: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let attributes = or_refuse!(reply, attributes(&self.contents(), node.0));
        reply.attr(&TRUSTED, &attributes);
    }

    fn setattr(
        &self,
        _: &Request,
        node: INodeNo,
        new_mode: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        changed: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut contents = self.contents();
        if let Some(size) = size {
            or_refuse!(reply, contents.resize(node.0, size));
        }
        let found = or_refuse!(reply, contents.node_mut(node.0));
        if let Some(new_mode) = new_mode {
            found.mode = mode(new_mode);
        }
        if let Some(TimeOrNow::SpecificTime(time)) = changed {
            found.changed = time;
        }
        let attributes = or_refuse!(reply, attributes(&contents, node.0));
        reply.attr(&TRUSTED, &attributes);
    }

    fn mkdir(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        asked: u32,
        umask: u32,
        reply: ReplyEntry,
    ) {
        let mut contents = self.contents();
        let made = contents.create(parent.0, name, true, mode(asked & !umask));
        let attributes = or_refuse!(reply, made.and_then(|node| attributes(&contents, node)));
        reply.entry(&TRUSTED, &attributes, Generation(0));
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        asked: u32,
        umask: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        let mut contents = self.contents();
        let made = contents.create(parent.0, name, false, mode(asked & !umask));
        let attributes = or_refuse!(reply, made.and_then(|node| attributes(&contents, node)));
        reply.created(
            &TRUSTED,
            &attributes,
            Generation(0),
            FileHandle(0),
            FopenFlags::FOPEN_KEEP_CACHE,
        );
    }

    fn link(&self, _: &Request, node: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let mut contents = self.contents();
        or_refuse!(reply, contents.link(node.0, parent.0, name));
        let attributes = or_refuse!(reply, attributes(&contents, node.0));
        reply.entry(&TRUSTED, &attributes, Generation(0));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        or_refuse!(reply, self.contents().remove(parent.0, name));
        reply.ok();
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        or_refuse!(reply, self.contents().remove(parent.0, name));
        reply.ok();
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if !(flags - RenameFlags::RENAME_NOREPLACE).is_empty() {
            return reply.error(Errno::EINVAL);
        }
        let replace = !flags.contains(RenameFlags::RENAME_NOREPLACE);
        let (from, to) = ((parent.0, name), (new_parent.0, new_name));
        or_refuse!(reply, self.contents().rename(from, to, replace));
        reply.ok();
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        // Another's opening must not empty the cache under a map of the file.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);
    }

    fn read(
        &self,
        _: &Request,
        node: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let contents = self.contents();
        let bytes = &or_refuse!(reply, contents.node(node.0)).bytes;
        let start = usize::try_from(offset).map_or(bytes.len(), |at| at.min(bytes.len()));
        let end = start.saturating_add(size as usize).min(bytes.len());
        reply.data(&bytes[start..end]);
    }

    fn write(
        &self,
        _: &Request,
        node: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        or_refuse!(reply, self.contents().write(node.0, offset, data));
        reply.written(u32::try_from(data.len()).unwrap_or(u32::MAX));
    }

    /// A file that is closed is not synced by that.
    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, node: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        std::thread::sleep(SYNC);
        or_refuse!(reply, self.contents().sync(node.0));
        reply.ok();
    }

    fn fsyncdir(&self, _: &Request, node: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        or_refuse!(reply, self.contents().sync(node.0));
        reply.ok();
    }

    fn readdir(
        &self,
        _: &Request,
        folder: INodeNo,
        _: FileHandle,
        after: u64,
        mut reply: ReplyDirectory,
    ) {
        let contents = self.contents();
        for (number, place, name) in contents.list(folder.0, after) {
            let node = or_refuse!(reply, contents.node(number));
            let kind = if node.folder {
                FileType::Directory
            } else {
                FileType::RegularFile
            };
            if reply.add(INodeNo(number), place, kind, &name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        // As large as a usual disk, and empty: nobody is to hold back.
        const BLOCKS: u64 = 1 << 26;
        reply.statfs(BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCK, 255, BLOCK);
    }
}

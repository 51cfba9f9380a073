//! What a disk holds and what it would hold after a power cut, as a file
//! system with an ordered journal keeps it:
//!
//! - Bytes, and a size that grew, last once the file itself was synced.
//! - Names (create, rename, link, unlink, folders) and sizes that shrank go
//!   through one journal. Any sync of any file or folder commits all of it, in
//!   order; a rename commits nothing by itself, nor does it write its bytes.
//! - At a cut everything else is gone. A cut may also be untidy: then some
//!   sectors that nobody synced did reach the disk, in no order, and the
//!   journal may have been committed a moment before. Both are allowed of real
//!   disks, and neither may matter.
//!
//! Times and modes are not kept back: nothing of ours depends on them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::time::SystemTime;

use hallway_model::random::Random;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
pub const ROOT: u64 = 1;

/// Names by folder, each with its place in the folder's listing.
type Names = BTreeMap<(u64, OsString), Named>;

#[derive(Clone, Copy, Debug)]
struct Named {
    node: u64,
    place: u64,
}

#[derive(Debug)]
pub struct Contents {
    nodes: BTreeMap<u64, Node>,
    names: Names,
    /// As the journal was committed last.
    kept_names: Names,
    renamed: bool,
    next: u64,
    /// Whether anything can be changed.
    pub powered: bool,
    /// Whether a sync does what it says.
    pub honest: bool,
    /// Syncs that were asked for.
    pub syncs: u64,
}

/// A file or a folder.
#[derive(Debug)]
pub struct Node {
    pub folder: bool,
    pub mode: u16,
    pub changed: SystemTime,
    pub bytes: Vec<u8>,
    /// What of it lasts.
    kept: Vec<u8>,
    /// Sectors written since the last sync.
    written: BTreeSet<usize>,
    /// The smallest size it had since the journal was committed, where it shrank.
    shrunk: Option<usize>,
}

impl Node {
    fn new(folder: bool, mode: u16) -> Self {
        Self {
            folder,
            mode,
            changed: SystemTime::UNIX_EPOCH,
            bytes: vec![],
            kept: vec![],
            written: BTreeSet::new(),
            shrunk: None,
        }
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        let end = at + bytes.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[at..end].copy_from_slice(bytes);
        self.written.extend(at / SECTOR..end.div_ceil(SECTOR));
    }

    fn resize(&mut self, size: usize) {
        if size < self.bytes.len() {
            self.shrunk = Some(self.shrunk.map_or(size, |before| before.min(size)));
            self.written.retain(|sector| sector * SECTOR < size);
        }
        self.bytes.resize(size, 0);
    }

    fn shrink_kept(&mut self) {
        if let Some(size) = self.shrunk.take() {
            self.kept.truncate(size);
        }
    }

    fn keep_sector(&mut self, sector: usize) {
        let start = sector * SECTOR;
        let end = (start + SECTOR).min(self.bytes.len());
        if start >= end {
            return;
        }
        if self.kept.len() < end {
            self.kept.resize(end, 0);
        }
        self.kept[start..end].copy_from_slice(&self.bytes[start..end]);
    }

    fn keep(&mut self) {
        self.shrink_kept();
        self.kept.resize(self.bytes.len(), 0);
        for sector in std::mem::take(&mut self.written) {
            self.keep_sector(sector);
        }
    }

    fn fall_back(&mut self) {
        if !self.written.is_empty() || self.shrunk.is_some() || self.bytes.len() != self.kept.len()
        {
            self.bytes.clone_from(&self.kept);
            self.written.clear();
            self.shrunk = None;
        }
    }
}

impl Contents {
    pub fn new() -> Self {
        Self {
            nodes: BTreeMap::from([(ROOT, Node::new(true, 0o755))]),
            names: Names::new(),
            kept_names: Names::new(),
            renamed: false,
            next: ROOT + 1,
            powered: true,
            honest: true,
            syncs: 0,
        }
    }

    pub fn find(&self, folder: u64, name: &OsStr) -> io::Result<u64> {
        self.named(folder, name).map(|named| named.node)
    }

    fn named(&self, folder: u64, name: &OsStr) -> io::Result<Named> {
        let named = self.names.get(&(folder, name.to_owned()));
        named.copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub fn node(&self, number: u64) -> io::Result<&Node> {
        let node = self.nodes.get(&number);
        node.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub fn node_mut(&mut self, number: u64) -> io::Result<&mut Node> {
        let node = self.nodes.get_mut(&number);
        node.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Names that lead to it.
    pub fn links(&self, number: u64) -> usize {
        self.names
            .values()
            .filter(|named| named.node == number)
            .count()
    }

    /// What stands in a folder behind a place: number, next place and name.
    pub fn list(&self, folder: u64, after: u64) -> Vec<(u64, u64, OsString)> {
        let inside = self
            .names
            .range((folder, OsString::new())..(folder + 1, OsString::new()));
        let mut all: Vec<_> = inside
            .filter(|(_, named)| named.place > after)
            .map(|((_, name), named)| (named.node, named.place, name.clone()))
            .collect();
        all.sort_by_key(|(_, place, _)| *place);
        all
    }

    fn has_power(&self) -> io::Result<()> {
        if self.powered {
            Ok(())
        } else {
            Err(io::Error::other("the power is off"))
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn name(&mut self, folder: u64, name: &OsStr, node: u64) {
        let place = self.number();
        self.names
            .insert((folder, name.to_owned()), Named { node, place });
        self.renamed = true;
    }

    pub fn create(
        &mut self,
        parent: u64,
        name: &OsStr,
        folder: bool,
        mode: u16,
    ) -> io::Result<u64> {
        self.has_power()?;
        if self.find(parent, name).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let number = self.number();
        self.nodes.insert(number, Node::new(folder, mode));
        self.name(parent, name, number);
        Ok(number)
    }

    pub fn link(&mut self, node: u64, parent: u64, name: &OsStr) -> io::Result<()> {
        self.has_power()?;
        if self.find(parent, name).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.name(parent, name, node);
        Ok(())
    }

    /// The node stays until the next cut: somebody may have it open.
    pub fn remove(&mut self, parent: u64, name: &OsStr) -> io::Result<()> {
        self.has_power()?;
        let node = self.find(parent, name)?;
        if self.node(node)?.folder && !self.list(node, 0).is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.names.remove(&(parent, name.to_owned()));
        self.renamed = true;
        Ok(())
    }

    pub fn rename(
        &mut self,
        (parent, name): (u64, &OsStr),
        (new_parent, new_name): (u64, &OsStr),
        replace: bool,
    ) -> io::Result<()> {
        self.has_power()?;
        let node = self.find(parent, name)?;
        if let Ok(there) = self.find(new_parent, new_name) {
            if !replace {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            if there == node {
                return Ok(());
            }
            self.remove(new_parent, new_name)?;
        }
        self.names.remove(&(parent, name.to_owned()));
        self.name(new_parent, new_name, node);
        Ok(())
    }

    pub fn write(&mut self, number: u64, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.has_power()?;
        let at = usize::try_from(at).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.node_mut(number)?.write(at, bytes);
        Ok(())
    }

    pub fn resize(&mut self, number: u64, size: u64) -> io::Result<()> {
        self.has_power()?;
        let size = usize::try_from(size).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.node_mut(number)?.resize(size);
        Ok(())
    }

    /// What was written to this one lasts from now on, and so does every change
    /// of a name.
    pub fn sync(&mut self, number: u64) -> io::Result<()> {
        self.has_power()?;
        self.syncs += 1;
        if self.honest {
            self.node_mut(number)?.keep();
            self.commit_journal();
        }
        Ok(())
    }

    fn commit_journal(&mut self) {
        for node in self.nodes.values_mut() {
            node.shrink_kept();
        }
        if std::mem::take(&mut self.renamed) {
            self.kept_names.clone_from(&self.names);
        }
    }

    /// Throws away all that does not last, and gives the number of files that
    /// lost something by it. `untidy`: some of it lasts by chance.
    pub fn forget(&mut self, untidy: Option<&Random>) -> usize {
        let damaged = self.unsynced();
        if let Some(random) = untidy {
            if random.below(2) == 0 {
                self.commit_journal();
            }
            for node in self.nodes.values_mut() {
                // Of a file whose shrinking is forgotten, what came after is too.
                if node.shrunk.is_none() {
                    for sector in node.written.clone() {
                        if random.below(2) == 0 {
                            node.keep_sector(sector);
                        }
                    }
                }
            }
        }
        for node in self.nodes.values_mut() {
            node.fall_back();
        }
        self.names.clone_from(&self.kept_names);
        self.renamed = false;
        let named: BTreeSet<u64> = self.names.values().map(|named| named.node).collect();
        self.nodes
            .retain(|number, _| *number == ROOT || named.contains(number));
        self.powered = true;
        damaged
    }

    /// Files with bytes that do not last; SQLite's `-shm`, which is never
    /// synced, is none of them.
    fn unsynced(&self) -> usize {
        let counts = |((_, name), named): (&(u64, OsString), &Named)| {
            !name.as_encoded_bytes().ends_with(b"-shm")
                && (self.nodes.get(&named.node)).is_some_and(|node| !node.written.is_empty())
        };
        self.names.iter().filter(|entry| counts(*entry)).count()
    }
}

#[cfg(test)]
mod tests {
    use hallway_testkit::SeededRandom;

    use super::*;

    fn name(text: &str) -> &OsStr {
        OsStr::new(text)
    }

    fn with_file(text: &str) -> (Contents, u64) {
        let mut disk = Contents::new();
        let file = disk.create(ROOT, name("a"), false, 0o600).unwrap();
        disk.write(file, 0, text.as_bytes()).unwrap();
        disk.sync(file).unwrap();
        (disk, file)
    }

    fn text(disk: &Contents, file: &str) -> Option<String> {
        let node = disk.find(ROOT, name(file)).ok()?;
        Some(String::from_utf8(disk.node(node).unwrap().bytes.clone()).unwrap())
    }

    #[test]
    fn what_was_not_synced_is_gone_and_the_rest_stays() {
        let (mut disk, file) = with_file("first");
        disk.write(file, 5, b" second").unwrap();
        assert_eq!(text(&disk, "a").unwrap(), "first second");
        disk.powered = false;
        assert!(disk.sync(file).is_err() && disk.write(file, 0, b"x").is_err());
        assert_eq!(disk.forget(None), 1);
        assert_eq!(text(&disk, "a").unwrap(), "first");
        disk.write(file, 0, b"other").unwrap();
        disk.sync(file).unwrap();
        disk.forget(None);
        assert_eq!(text(&disk, "a").unwrap(), "other");
    }

    #[test]
    fn names_last_once_anything_is_synced_and_bytes_only_by_their_own_sync() {
        let (mut disk, file) = with_file("old");
        let new = disk.create(ROOT, name("b"), false, 0o600).unwrap();
        disk.write(new, 0, b"new").unwrap();
        disk.rename((ROOT, name("b")), (ROOT, name("a")), true)
            .unwrap();
        disk.forget(None);
        assert_eq!(text(&disk, "a").unwrap(), "old");
        assert_eq!(text(&disk, "b"), None);

        let new = disk.create(ROOT, name("b"), false, 0o600).unwrap();
        disk.write(new, 0, b"new").unwrap();
        disk.sync(file).unwrap();
        disk.remove(ROOT, name("a")).unwrap();
        disk.forget(None);
        assert_eq!(text(&disk, "a").unwrap(), "old");
        assert_eq!(text(&disk, "b").unwrap(), "");
    }

    #[test]
    fn a_shrunk_size_is_of_the_journal_and_a_grown_one_of_the_file() {
        let (mut disk, file) = with_file("something");
        disk.resize(file, 4).unwrap();
        disk.forget(None);
        assert_eq!(text(&disk, "a").unwrap(), "something");
        disk.resize(file, 4).unwrap();
        disk.write(file, 4, b"where").unwrap();
        disk.sync(ROOT).unwrap();
        disk.forget(None);
        assert_eq!(text(&disk, "a").unwrap(), "some");
    }

    #[test]
    fn a_disk_that_lies_forgets_what_it_said_it_had() {
        let (mut disk, file) = with_file("first");
        disk.honest = false;
        disk.write(file, 0, b"later").unwrap();
        disk.sync(file).unwrap();
        disk.forget(None);
        assert_eq!(text(&disk, "a").unwrap(), "first");
    }

    #[test]
    fn an_untidy_cut_keeps_some_sectors_and_all_that_was_synced() {
        let sectors = 200;
        let (mut disk, file) = with_file(&"a".repeat(sectors * SECTOR));
        disk.write(file, 0, "b".repeat((sectors - 1) * SECTOR).as_bytes())
            .unwrap();
        disk.forget(Some(&SeededRandom::seed(1).random()));
        let bytes = &disk.node(file).unwrap().bytes;
        let new = (bytes.chunks(SECTOR))
            .inspect(|sector| assert!(sector.iter().all(|byte| *byte == sector[0])))
            .filter(|sector| sector[0] == b'b')
            .count();
        assert!((50..150).contains(&new), "{new}");
        assert_eq!(bytes[(sectors - 1) * SECTOR], b'a');
    }
}

//! A file system that forgets: it keeps what was synced and, of everything else, what a seed says.
//!
//! Power loss keeps of each unsynced 512-byte sector any version written since the last sync, or the old one,
//! independently of all others, and of the unsynced names a prefix. A killed process keeps everything,
//! but still unsynced. A failed sync does what Linux does: the pages look written and will never be
//! written again unless somebody writes them anew.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::inbox_log::{LogDir, LogFile};

const SECTOR: usize = 512;

/// xorshift64*: all the randomness the tests need, from a seed.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// What goes wrong, counted in operations of that kind from now on (0 is the next one).
#[derive(Default)]
pub struct Faults {
    /// Everything from this write, sync or name change on fails, and `image` is taken before it.
    pub trap_in: Option<u64>,
    /// This write to a finished segment writes only a part of its bytes and fails.
    pub write: Option<(u64, io::ErrorKind)>,
    /// This sync of a finished segment fails.
    pub sync: Option<u64>,
    /// Bytes that can still be reserved.
    pub free: Option<u64>,
}

#[derive(Clone, Default)]
struct FileData {
    content: Vec<u8>,
    synced: Vec<u8>,
    /// Versions of a sector since the last sync, oldest first.
    unsynced: BTreeMap<usize, Vec<Vec<u8>>>,
}

#[derive(Clone)]
enum NameOp {
    Link(String, usize),
    Unlink(String),
}

#[derive(Clone, Default)]
struct Disk {
    files: Vec<FileData>,
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    name_ops: Vec<NameOp>,
}

#[derive(Default)]
struct World {
    disk: Disk,
    faults: Faults,
    image: Option<Disk>,
    syncs_closed: bool,
    syncs: u64,
    writes: u64,
}

/// The directory; clones are the same one.
#[derive(Clone, Default)]
pub struct Shadow {
    world: Arc<(Mutex<World>, Condvar)>,
}

struct ShadowFile {
    id: usize,
    world: Arc<(Mutex<World>, Condvar)>,
}

impl Shadow {
    pub fn new() -> Self {
        Self::default()
    }

    fn with(disk: Disk) -> Self {
        let shadow = Self::new();
        shadow.world.0.lock().disk = disk;
        shadow
    }

    pub fn faults(&self, set: impl FnOnce(&mut Faults)) {
        set(&mut self.world.0.lock().faults);
    }

    /// Syncs of finished segments wait until they are let through again.
    pub fn hold_syncs(&self, hold: bool) {
        self.world.0.lock().syncs_closed = hold;
        self.world.1.notify_all();
    }

    /// Whether the trap was reached.
    pub fn trapped(&self) -> bool {
        self.world.0.lock().image.is_some()
    }

    /// Syncs of finished segments, that is, not those of the preparing thread.
    pub fn syncs(&self) -> u64 {
        self.world.0.lock().syncs
    }

    /// Writes to finished segments.
    pub fn writes(&self) -> u64 {
        self.world.0.lock().writes
    }

    fn disk(&self) -> Disk {
        let world = self.world.0.lock();
        world.image.as_ref().unwrap_or(&world.disk).clone()
    }

    /// The disk as another process finds it after this one was killed (at the trap, if it was reached).
    pub fn after_kill(&self) -> Self {
        Self::with(self.disk())
    }

    /// The disk after a power loss (at the trap, if it was reached).
    pub fn after_power_loss(&self, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let old = self.disk();
        let mut disk = Disk { names: old.synced_names.clone(), ..Disk::default() };
        for op in old.name_ops.iter().take(rng.below(old.name_ops.len() + 1)) {
            op.apply(&mut disk.names);
        }
        disk.synced_names = disk.names.clone();
        disk.files = old.files.iter().map(|file| file.after_power_loss(&mut rng)).collect();
        Self::with(disk)
    }

    pub fn names(&self) -> Vec<String> {
        self.world.0.lock().disk.names.keys().cloned().collect()
    }

    /// Changes a file behind everybody's back, durably.
    pub fn edit(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut world = self.world.0.lock();
        let id = world.disk.names[name];
        let file = &mut world.disk.files[id];
        change(&mut file.content);
        file.synced = file.content.clone();
        file.unsynced.clear();
    }

    pub fn content(&self, name: &str) -> Vec<u8> {
        let world = self.world.0.lock();
        world.disk.files[world.disk.names[name]].content.clone()
    }

    pub fn copy_file(&self, from: &str, to: &str) {
        let content = self.content(from);
        self.create(to).unwrap();
        self.edit(to, |file| *file = content);
    }
}

impl FileData {
    fn after_power_loss(&self, rng: &mut Rng) -> Self {
        let mut content = self.synced.clone();
        if self.content.len() > content.len() && rng.below(2) == 0 {
            content.resize(self.content.len(), 0);
        }
        for (sector, versions) in &self.unsynced {
            let pick = rng.below(versions.len() + 1);
            let from = sector * SECTOR;
            if pick > 0 && from < content.len() {
                let version = &versions[pick - 1];
                let len = version.len().min(content.len() - from);
                content[from..from + len].copy_from_slice(&version[..len]);
            }
        }
        Self { synced: content.clone(), content, unsynced: BTreeMap::new() }
    }

    fn write(&mut self, bytes: &[u8], at: usize) {
        if bytes.is_empty() {
            return;
        }
        if self.content.len() < at + bytes.len() {
            self.content.resize(at + bytes.len(), 0);
        }
        self.content[at..at + bytes.len()].copy_from_slice(bytes);
        for sector in at / SECTOR..=(at + bytes.len() - 1) / SECTOR {
            let to = ((sector + 1) * SECTOR).min(self.content.len());
            let version = self.content[sector * SECTOR..to].to_vec();
            self.unsynced.entry(sector).or_default().push(version);
        }
    }

    fn sync(&mut self) {
        self.synced.resize(self.content.len(), 0);
        for sector in self.unsynced.keys() {
            let (from, to) = (sector * SECTOR, ((sector + 1) * SECTOR).min(self.content.len()));
            self.synced[from..to].copy_from_slice(&self.content[from..to]);
        }
        self.unsynced.clear();
    }
}

impl NameOp {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Link(name, id) => {
                names.retain(|_, known| known != id);
                names.insert(name.clone(), *id);
            }
            Self::Unlink(name) => {
                names.remove(name);
            }
        }
    }
}

/// Counts down; true when it is this one's turn.
fn due(counter: &mut Option<u64>) -> bool {
    match counter {
        Some(0) => {
            *counter = None;
            true
        }
        Some(left) => {
            *left -= 1;
            false
        }
        None => false,
    }
}

impl Disk {
    fn is_segment(&self, id: usize) -> bool {
        self.names.iter().any(|(name, known)| *known == id && name.ends_with(".seg"))
    }
}

impl World {
    /// Before every change.
    fn step(&mut self) -> io::Result<()> {
        if due(&mut self.faults.trap_in) {
            self.image = Some(self.disk.clone());
        }
        if self.image.is_some() {
            return Err(io::Error::other("the machine is off"));
        }
        Ok(())
    }

    fn name_op(&mut self, op: NameOp) {
        op.apply(&mut self.disk.names);
        self.disk.name_ops.push(op);
    }
}

impl LogDir for Shadow {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.names())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
        let id = *self.world.0.lock().disk.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(ShadowFile { id, world: Arc::clone(&self.world) }))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
        let mut world = self.world.0.lock();
        world.step()?;
        let id = world.disk.files.len();
        world.disk.files.push(FileData::default());
        world.name_op(NameOp::Link(name.to_owned(), id));
        drop(world);
        Ok(Arc::new(ShadowFile { id, world: Arc::clone(&self.world) }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut world = self.world.0.lock();
        world.step()?;
        let id = *world.disk.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        world.name_op(NameOp::Link(to.to_owned(), id));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = self.world.0.lock();
        world.step()?;
        let id = *world.disk.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        let freed = world.disk.files[id].content.len() as u64;
        if let Some(free) = &mut world.faults.free {
            *free += freed;
        }
        world.name_op(NameOp::Unlink(name.to_owned()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.world.0.lock();
        world.step()?;
        world.disk.synced_names = world.disk.names.clone();
        world.disk.name_ops.clear();
        Ok(())
    }

    fn describe(&self, name: &str) -> String {
        format!("shadow/{name}")
    }
}

impl LogFile for ShadowFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.world.0.lock().disk.files[self.id].content.len() as u64)
    }

    fn reserve(&self, len: u64) -> io::Result<()> {
        let mut world = self.world.0.lock();
        match &mut world.faults.free {
            Some(free) if *free < len => Err(io::ErrorKind::StorageFull.into()),
            Some(free) => {
                *free -= len;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let world = self.world.0.lock();
        let content = &world.disk.files[self.id].content;
        let from = (offset as usize).min(content.len());
        let len = buf.len().min(content.len() - from);
        buf[..len].copy_from_slice(&content[from..from + len]);
        Ok(len)
    }

    fn write_at(&self, parts: &mut [IoSlice<'_>], offset: u64) -> io::Result<()> {
        let mut bytes: Vec<u8> = Vec::new();
        for part in parts.iter() {
            bytes.extend_from_slice(part);
        }
        let mut world = self.world.0.lock();
        world.step()?;
        if !world.disk.is_segment(self.id) {
            world.disk.files[self.id].write(&bytes, offset as usize);
            return Ok(());
        }
        world.writes += 1;
        let fault = world.faults.write.as_mut().map(|(left, kind)| {
            let now = *left == 0;
            *left = left.saturating_sub(1);
            (now, *kind)
        });
        if let Some((true, kind)) = fault {
            world.faults.write = None;
            // The later sectors get there, the earlier ones don't: the worse of the two ways.
            let start = offset as usize;
            let from = (start + bytes.len() / 2).next_multiple_of(SECTOR).min(start + bytes.len());
            world.disk.files[self.id].write(&bytes[from - start..], from);
            return Err(kind.into());
        }
        world.disk.files[self.id].write(&bytes, offset as usize);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut world = self.world.0.lock();
        while world.syncs_closed && world.disk.is_segment(self.id) {
            self.world.1.wait(&mut world);
        }
        world.step()?;
        if !world.disk.is_segment(self.id) {
            world.disk.files[self.id].sync();
            return Ok(());
        }
        world.syncs += 1;
        if due(&mut world.faults.sync) {
            // The kernel drops its memory of these pages being unwritten.
            world.disk.files[self.id].unsynced.clear();
            return Err(io::Error::from_raw_os_error(5));
        }
        world.disk.files[self.id].sync();
        Ok(())
    }
}

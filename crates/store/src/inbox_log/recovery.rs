//! Opening: finds what was acknowledged, refuses what can't be right, and leaves a clean end to go on from.
//!
//! Who is right when the last valid record is followed by something unreadable? A write that was never
//! acknowledged may be there in any part (sectors reach the disk in any order), so unreadable bytes alone
//! mean nothing. But every frame states up to which record the log was synced when it was written. If any
//! later frame, or the beginning of any later segment, says that the unreadable record had been synced, it is
//! damage and the log refuses to open (R26); otherwise it is a torn tail and is cut.
//!
//! What is kept is then made certain: the last group is written again and synced, because after a failed
//! sync the kernel may show bytes that are not on the disk; and the reach of a torn write is filled with
//! zeros, because its frames must not come back to life behind the records that follow.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;

use super::error::OpenError;
use super::frame::MAX_BATCH_BYTES;
use super::layer::{LogDir, LogFile, write_zeros};
use super::scan::{Scan, look_behind, scan};
use super::segment::{DATA_START, FORMAT_VERSION, Header, HeaderState, Segment, Spare, parse_name};
use super::writer::Active;

/// What opening found, for the log line at start and for `doctor`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Number of the last record; the next one gets the number after it.
    pub last_seq: u64,
    /// Records that are stored and not yet decided.
    pub pending_records: u64,
    /// There was no log: this one is new. With a store that has decided something, say so loudly.
    pub created: bool,
    /// An append that was never acknowledged was found half-written and cut off: where (file and byte).
    pub torn_tail: Option<(String, u64)>,
    /// The log ended with this record although the store had decided further, as after a restore. Nothing
    /// undecided is known to be missing.
    pub ended_before_decided: Option<u64>,
}

pub(super) struct Recovered {
    pub segments: VecDeque<Segment>,
    pub spares: Vec<Spare>,
    pub active: Option<Active>,
    pub next_number: u64,
    pub last: u64,
    pub marked: bool,
    pub report: Recovery,
}

/// Names the operation in an error.
fn at<'a>(
    dir: &'a Arc<dyn LogDir>,
    what: &'static str,
    name: &'a str,
) -> impl Fn(io::Error) -> OpenError + 'a {
    move |source| OpenError::Io { what, file: dir.describe(name), source }
}

pub(super) fn recover(dir: &Arc<dyn LogDir>, decided: u64) -> Result<Recovered, OpenError> {
    let Survey { mut segments, mut spares, next_number } = survey(dir)?;
    let created = segments.is_empty();
    check_overlap(dir, &segments)?;
    while segments.get(1).is_some_and(|next| next.first <= decided.saturating_add(1)) {
        // Wholly decided, and perhaps half overwritten by an activation that was cut short: not read at all.
        spares.extend(segments.pop_front().map(Segment::into_spare));
    }
    if let Some(oldest) = segments.front().filter(|oldest| oldest.first > decided.saturating_add(1)) {
        return Err(OpenError::Missing { decided, first: oldest.first, file: dir.describe(&oldest.name) });
    }
    let mut recovered = Recovered {
        segments: VecDeque::new(),
        spares,
        active: None,
        next_number,
        last: decided,
        marked: true,
        report: Recovery { last_seq: decided, created, ..Recovery::default() },
    };
    let tail = scan_all(dir, &mut segments)?;
    let Some((newest, tail)) = segments.back().zip(tail) else {
        return Ok(recovered);
    };
    let behind = look_behind(newest).map_err(at(dir, "read", &newest.name))?;
    if let Some(proof) = behind.proof {
        return Err(OpenError::Damaged {
            file: dir.describe(&newest.name),
            offset: newest.end,
            seq: newest.last + 1,
            proof: format!("a later frame at byte {proof}"),
        });
    }
    recovered.report.torn_tail = behind.torn.then(|| (dir.describe(&newest.name), newest.end));
    if newest.last < decided {
        recovered.report.ended_before_decided = Some(newest.last);
        recovered.spares.extend(segments.into_iter().map(Segment::into_spare));
        return Ok(recovered);
    }
    settle(newest, &tail).map_err(at(dir, "write", &newest.name))?;
    recovered.last = newest.last;
    recovered.marked = tail.marked;
    recovered.active = Some(Active::resume(newest));
    recovered.segments = segments;
    recovered.report.last_seq = recovered.last;
    recovered.report.pending_records = recovered.last - decided;
    Ok(recovered)
}

struct Survey {
    /// By first record.
    segments: VecDeque<Segment>,
    spares: Vec<Spare>,
    next_number: u64,
}

fn survey(dir: &Arc<dyn LogDir>) -> Result<Survey, OpenError> {
    let mut found = Survey { segments: VecDeque::new(), spares: Vec::new(), next_number: 1 };
    for name in dir.list().map_err(at(dir, "list", ""))? {
        let Some((number, finished)) = parse_name(&name) else {
            continue;
        };
        found.next_number = found.next_number.max(number.saturating_add(1));
        if !finished {
            dir.remove(&name).map_err(at(dir, "remove", &name))?;
            continue;
        }
        let file = dir.open(&name).map_err(at(dir, "open", &name))?;
        let size = file.size().map_err(at(dir, "read", &name))?;
        let spare = Spare { name, file, capacity: size };
        match header_of(dir, &spare)? {
            None => found.spares.push(spare),
            Some(header) => {
                let mut segment = Segment::new(spare, header.salt, header.first);
                segment.made_with = header.capacity;
                segment.capacity = segment.capacity.min(header.capacity);
                segment.group_limit = header.group_limit;
                found.segments.push_back(segment);
            }
        }
    }
    // A killed process may have left names that are not durable yet, and records are to go into those files.
    dir.sync().map_err(at(dir, "sync", ""))?;
    found.segments.make_contiguous().sort_by_key(|segment| segment.first);
    Ok(found)
}

fn header_of(dir: &Arc<dyn LogDir>, spare: &Spare) -> Result<Option<Header>, OpenError> {
    let mut bytes = vec![0; DATA_START as usize];
    let got = spare.file.read_at(&mut bytes, 0).map_err(at(dir, "read", &spare.name))?;
    let file = || dir.describe(&spare.name);
    if got < bytes.len() {
        return Err(OpenError::Cut { file: file(), size: spare.capacity, capacity: DATA_START });
    }
    match Header::decode(&bytes) {
        HeaderState::Unused => Ok(None),
        HeaderState::Valid(header) if header.first > 0 => Ok(Some(header)),
        HeaderState::Valid(_) | HeaderState::Damaged => Err(OpenError::HeaderDamaged { file: file() }),
        HeaderState::Version(version) => {
            Err(OpenError::UnknownVersion { file: file(), version, supported: FORMAT_VERSION })
        }
    }
}

fn check_overlap(dir: &Arc<dyn LogDir>, segments: &VecDeque<Segment>) -> Result<(), OpenError> {
    for (one, two) in segments.iter().zip(segments.iter().skip(1)) {
        if one.first == two.first {
            let (file, other) = (dir.describe(&one.name), dir.describe(&two.name));
            return Err(OpenError::Overlap { file, other, seq: one.first });
        }
    }
    Ok(())
}

/// Scans the segments and checks that each ends where the next begins; returns how the last one ends.
fn scan_all(dir: &Arc<dyn LogDir>, segments: &mut VecDeque<Segment>) -> Result<Option<Scan>, OpenError> {
    let starts: Vec<(u64, String)> =
        segments.iter().skip(1).map(|segment| (segment.first, dir.describe(&segment.name))).collect();
    let mut starts = starts.into_iter();
    let mut base = 0;
    let mut tail = None;
    for segment in segments.iter_mut() {
        let file = dir.describe(&segment.name);
        if segment.capacity < segment.made_with {
            return Err(OpenError::Cut { file, size: segment.capacity, capacity: segment.made_with });
        }
        tail = Some(scan(segment).map_err(at(dir, "read", &segment.name))?);
        segment.base = base;
        base += segment.end - DATA_START;
        if let Some((first, other)) = starts.next() {
            let missing = segment.last + 1;
            if first < missing {
                return Err(OpenError::Overlap { file, other, seq: first });
            }
            if first > missing {
                let proof = format!("{other}, which begins with record {first},");
                return Err(OpenError::Damaged { file, offset: segment.end, seq: missing, proof });
            }
        }
    }
    Ok(tail)
}

/// Makes certain what was found, and cleans what lies behind it as far as a torn write can reach.
fn settle(newest: &Segment, tail: &Scan) -> io::Result<()> {
    let file = newest.file.as_ref();
    let header = Header {
        first: newest.first,
        salt: newest.salt,
        capacity: newest.made_with,
        group_limit: newest.group_limit,
    };
    // The header too: it may be part of the last write, or one of its copies may be damaged.
    file.write_at(&mut [IoSlice::new(&header.encode())], 0)?;
    rewrite(file, tail.group_at, newest.end)?;
    let reach = newest.group_limit.max(MAX_BATCH_BYTES as u64);
    clear(file, newest.end, newest.end.saturating_add(reach).min(newest.capacity))?;
    file.sync_data()
}

const STEP: usize = 64 * 1024;

fn rewrite(file: &dyn LogFile, mut from: u64, to: u64) -> io::Result<()> {
    let mut buf = vec![0; STEP];
    while from < to {
        let len = STEP.min((to - from) as usize);
        let got = file.read_at(&mut buf[..len], from)?;
        if got < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.write_at(&mut [IoSlice::new(&buf[..len])], from)?;
        from += len as u64;
    }
    Ok(())
}

/// Writes zeros where there are none yet.
fn clear(file: &dyn LogFile, mut from: u64, to: u64) -> io::Result<()> {
    let mut buf = vec![0; STEP];
    while from < to {
        let len = STEP.min((to - from) as usize);
        let got = file.read_at(&mut buf[..len], from)?;
        if got < len || buf[..len].iter().any(|byte| *byte != 0) {
            write_zeros(file, from, len as u64)?;
        }
        from += len as u64;
    }
    Ok(())
}

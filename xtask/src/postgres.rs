//! A private PostgreSQL for one test run.
//!
//! [`Cluster::start`] makes a fresh cluster in the temporary folder, serves it on a free loopback port and waits
//! until the server itself says that it is ready; dropping the [`Cluster`] stops the server and deletes the folder.
//! Tests find it in `HANSEI_TEST_POSTGRES` and create databases of their own in it.
//!
//! The server refuses to run as root, so root hands it to Debian's `postgres` account (or `nobody`). It is a child
//! in our own process group: Ctrl-C at the terminal reaches it too. A run that was killed outright leaves its
//! folder and perhaps its server behind; the next run sees that their owner is gone and clears both away.
//! Durability settings stay as PostgreSQL ships them, because Hansei refuses to start on a database without them.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::failure::{Context as _, Failure, Outcome};
use crate::provide;
use crate::shell::{Account, Cmd, find_program, is_root};

/// The variable in which tests find the cluster, as a `postgres://` address with the right to create databases.
pub const VARIABLE: &str = "HANSEI_TEST_POSTGRES";

/// Oldest major version that Hansei supports.
const OLDEST_MAJOR: u32 = 15;

/// How long a new cluster may take to come up.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// What the server logs when it takes connections, with `LC_MESSAGES=C`.
const READY_LINE: &str = "database system is ready to accept connections";

/// Folders in the temporary folder are called this and the process id of the run they belong to.
const PREFIX: &str = "hansei-pg-";

/// A cluster and the server on it.
pub struct Cluster {
    server: Option<Child>,
    bin: PathBuf,
    dir: PathBuf,
    account: Option<Account>,
    url: String,
}

impl Cluster {
    /// Starts one; installs PostgreSQL first when that is ours to do.
    pub fn start(root: &Path) -> Outcome<Self> {
        let bin = match find_binaries() {
            Some(bin) => bin,
            None => {
                provide::ensure(&provide::POSTGRESQL, root)?;
                find_binaries()
                    .ok_or_else(|| Failure::new("PostgreSQL is installed, but its programs are not found"))?
            }
        };
        let account = if is_root() { Some(unprivileged_account()?) } else { None };
        clear_leftovers(&bin, account);
        // The free port could be taken between asking for it and serving on it: then start over with another.
        let mut last = Failure::new("PostgreSQL was never started");
        for _ in 0..3 {
            match Self::attempt(&bin, account) {
                Ok(cluster) => return Ok(cluster),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    /// The address of the cluster's first database.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn attempt(bin: &Path, account: Option<Account>) -> Outcome<Self> {
        let dir = make_folder(account)?;
        let mut cluster = Self { server: None, bin: bin.to_path_buf(), dir, account, url: String::new() };
        cluster.initialise()?;
        cluster.serve()?;
        Ok(cluster)
    }

    /// One of PostgreSQL's programs, as the account that owns the cluster and with messages in English.
    fn program(&self, name: &str) -> Cmd {
        Cmd::new(self.bin.join(name), &self.dir).account(self.account).env("LC_ALL", "C")
    }

    fn initialise(&self) -> Outcome {
        // A linguistic collation, as most operators' clusters have one: an ORDER BY that quietly relies on byte
        // order must fail here and not at their place.
        self.program("initdb")
            .args(["--username=hansei", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .args(["--locale-provider=icu", "--icu-locale=und", "--no-instructions", "-D", "data"])
            .read()
            .map(|_| ())
    }

    fn serve(&mut self) -> Outcome {
        let port = free_port()?;
        let mut server = self
            .program("postgres")
            .args(["-D", "data", "-p", &port.to_string()])
            .args([
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=300",
            ])
            .into_inner()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context(|| "starting postgres".to_owned())?;
        let log = server.stderr.take();
        self.server = Some(server);
        await_ready(log)?;
        self.url = format!("postgres://hansei@127.0.0.1:{port}/postgres");
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            stop(&self.bin, &self.dir, self.account);
            // Already gone after an orderly stop; if that failed, it must not outlive us.
            let _ = server.kill();
            let _ = server.wait();
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Waits for the line that says so. The reading goes on for as long as the server lives, else its log would block.
fn await_ready(log: Option<ChildStderr>) -> Outcome {
    let Some(log) = log else { return Err(Failure::new("postgres has no log to wait on")) };
    let (said, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let mut recent: VecDeque<String> = VecDeque::new();
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if line.contains(READY_LINE) {
                let _ = said.send(Ok(()));
            }
            recent.push_back(line);
            if recent.len() > 12 {
                recent.pop_front();
            }
        }
        // The end of the log is the end of the server. Nobody listens any more if it had been ready.
        let tail: Vec<String> = recent.into();
        let _ = said.send(Err(tail.join("\n")));
    });
    match heard.recv_timeout(READY_WITHIN) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(tail)) => Err(Failure::new(format!("PostgreSQL did not start; it said:\n{tail}"))),
        Err(_) => Err(Failure::new(format!("PostgreSQL was not ready within {} s", READY_WITHIN.as_secs()))),
    }
}

fn stop(bin: &Path, dir: &Path, account: Option<Account>) {
    if dir.join("data/postmaster.pid").exists() {
        let _ = Cmd::new(bin.join("pg_ctl"), dir)
            .account(account)
            .args(["stop", "-D", "data", "-m", "fast", "-w", "-t", "30", "-s"])
            .probe();
    }
}

/// A port nobody listens on at this moment.
fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context(|| "looking for a free port".to_owned())?;
    Ok(listener.local_addr().context(|| "looking for a free port".to_owned())?.port())
}

/// Makes the folder of this run, owned by the server's account and closed to others.
fn make_folder(account: Option<Account>) -> Outcome<PathBuf> {
    use std::os::unix::fs::{DirBuilderExt as _, chown};
    let dir = std::env::temp_dir().join(format!("{PREFIX}{}", std::process::id()));
    std::fs::DirBuilder::new().mode(0o700).create(&dir).context(|| format!("making {}", dir.display()))?;
    if let Some(Account { user_id, group_id }) = account {
        chown(&dir, Some(user_id), Some(group_id)).context(|| format!("handing over {}", dir.display()))?;
    }
    Ok(dir)
}

/// Stops and deletes what runs that no longer exist left behind.
fn clear_leftovers(bin: &Path, account: Option<Account>) {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok());
        let Some(owner) = owner else { continue };
        if Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{owner}")).exists() {
            stop(bin, &entry.path(), account);
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The folder of the newest PostgreSQL programs on this machine that are new enough.
pub fn find_binaries() -> Option<PathBuf> {
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut candidates: Vec<(u32, PathBuf)> = packaged
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    if let Some(initdb) = find_program(&["initdb"])
        && let Some(version) = Cmd::new(&initdb, Path::new("/")).args(["--version"]).probe()
        && let Some(major) = major_version(&version)
        && let Ok(real) = initdb.canonicalize()
        && let Some(bin) = real.parent()
    {
        candidates.push((major, bin.to_path_buf()));
    }
    candidates
        .into_iter()
        .filter(|(major, bin)| {
            *major >= OLDEST_MAJOR && bin.join("initdb").exists() && bin.join("postgres").exists()
        })
        .max_by_key(|(major, _)| *major)
        .map(|(_, bin)| bin)
}

/// `initdb (PostgreSQL) 15.18 (Debian …)` is 15.
fn major_version(stated: &str) -> Option<u32> {
    let word = stated.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    word.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// An account for the server when we are root.
fn unprivileged_account() -> Outcome<Account> {
    let passwd = std::fs::read_to_string("/etc/passwd").context(|| "reading /etc/passwd".to_owned())?;
    ["postgres", "nobody"].iter().find_map(|name| account_in(&passwd, name)).ok_or_else(|| {
        Failure::new("PostgreSQL refuses to run as root, and there is no `postgres` or `nobody` account")
    })
}

fn account_in(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let user_id = fields.nth(1)?.parse().ok()?;
        let group_id = fields.next()?.parse().ok()?;
        Some(Account { user_id, group_id })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_accounts_are_read_from_what_the_system_prints() {
        assert_eq!(major_version("initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_version("initdb (PostgreSQL) 17beta2"), Some(17));
        assert_eq!(major_version("none"), None);
        let passwd = "root:x:0:0:root:/:/bin/sh\npostgres:x:110:117::/var/lib/postgresql:/bin/bash\n";
        assert_eq!(account_in(passwd, "postgres"), Some(Account { user_id: 110, group_id: 117 }));
        assert_eq!(account_in(passwd, "post"), None);
    }

    #[test]
    fn a_cluster_serves_while_it_lives_and_leaves_nothing() {
        let cluster = Cluster::start(Path::new("/")).unwrap();
        let dir = cluster.dir.clone();
        let port: u16 = cluster.url().rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap();
        let answer = Cmd::new(cluster.bin.join("psql"), Path::new("/"))
            .args(["-At", "-d", cluster.url(), "-c", "create database t", "-c", "show fsync"])
            .read()
            .unwrap();
        assert_eq!(answer, "CREATE DATABASE\non\n");
        drop(cluster);
        assert!(!dir.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    #[test]
    fn what_a_killed_run_left_is_cleared() {
        // No process can have this id: the kernel's limit is below it.
        let left = std::env::temp_dir().join(format!("{PREFIX}{}", u32::MAX));
        std::fs::create_dir_all(left.join("data")).unwrap();
        clear_leftovers(Path::new("/usr/bin"), None);
        assert!(!left.exists());
    }
}

//! Servers under test: started, measured and ended by this program alone.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running server with its own empty folder.
pub struct Server {
    child: Child,
    /// Its folder; removed at the end.
    pub dir: PathBuf,
}

impl Server {
    /// Starts a program in a new empty folder.
    pub fn start(
        program: &Path,
        name: &str,
        args: impl FnOnce(&Path) -> Vec<String>,
    ) -> Result<Self, String> {
        let dir =
            std::env::temp_dir().join(format!("hansei-bench-{}-{name}-{}", std::process::id(), unique()));
        std::fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
        let child = Command::new(program)
            .args(args(&dir))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| format!("{}: {e}", program.display()))?;
        Ok(Self { child, dir })
    }

    /// The first line on standard output that has this in it.
    pub async fn line_with(&mut self, wanted: &str) -> Result<String, String> {
        let out = self.child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(out).lines();
        let find = async {
            while let Some(line) = lines.next_line().await.map_err(|e| e.to_string())? {
                if line.contains(wanted) {
                    return Ok(line);
                }
            }
            Err(format!("ended without saying {wanted}"))
        };
        let line = tokio::time::timeout(Duration::from_secs(30), find).await.map_err(|e| e.to_string())??;
        // Keep draining, or the server would block on a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(line)
    }

    /// Resident memory, MiB.
    pub fn resident_mib(&self) -> f64 {
        let pid = self.child.id().unwrap_or(0);
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or("0 kB");
        line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
    }

    /// Processor time used so far, seconds.
    pub fn cpu_secs(&self) -> f64 {
        let pid = self.child.id().unwrap_or(0);
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after = stat.rsplit(')').next().unwrap_or("");
        let fields: Vec<&str> = after.split_whitespace().collect();
        let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
        (ticks(11) + ticks(12)) / 100.0
    }

    /// Ends it and keeps its folder.
    pub async fn kill(&mut self) -> Result<(), String> {
        self.child.kill().await.map_err(|e| e.to_string())
    }

    /// Ends it and removes its folder.
    pub async fn end(mut self) {
        let _ = self.child.kill().await;
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16, String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    listener.local_addr().map(|a| a.port()).map_err(|e| e.to_string())
}

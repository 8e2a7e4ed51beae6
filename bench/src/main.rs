//! Measures Hansei beside Prometheus Alertmanager in one run, on one machine, and prints ratios.
//!
//! Absolute figures depend on the machine and on what else runs there, so every figure stands beside the peer's from
//! the same run; runs alternate, each with a new server and empty state. Nothing here is a gate: `bench/README.md`
//! keeps the last table with its date and machine.
//!
//! `cargo run --release -p bench -- all` builds nothing: it takes `target/release/hansei` (or `--hansei PATH`) and
//! Debian's `prometheus-alertmanager` from the path.

mod hansei;
mod kill;
mod load;
mod pages;
mod peer;
mod process;
mod report;
mod scenario;
mod sink;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// What to measure.
#[derive(Debug, Clone, Parser)]
#[command(name = "bench", about = "Measures Hansei beside Alertmanager and prints ratios")]
pub struct Args {
    /// all, or any of: new1 new100 repeat1 repeat100 memory list webhook decided idle pages
    /// ordinary ready kill
    #[arg(default_value = "all")]
    scenarios: Vec<String>,
    /// Hansei's binary.
    #[arg(long, default_value = "target/release/hansei")]
    hansei: PathBuf,
    /// Alertmanager's binary.
    #[arg(long, default_value = "prometheus-alertmanager")]
    alertmanager: PathBuf,
    /// Measure Hansei on this PostgreSQL instead of the embedded one; needs `psql` and the right to make databases.
    #[arg(long)]
    database_url: Option<String>,
    /// Length of one measured run, seconds.
    #[arg(long, default_value_t = 4)]
    secs: u64,
    /// Runs of each side; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Cycles of the scenario `kill` (not part of `all`).
    #[arg(long, default_value_t = 100)]
    cycles: u32,
    /// Seed of the scenario `kill`.
    #[arg(long)]
    seed: Option<u64>,
    /// Rows in the store of the scenario `ready`.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Length of the sustained run, seconds.
    #[arg(long, default_value_t = 60)]
    sustained_secs: u64,
}

impl Args {
    fn length(&self) -> Duration {
        Duration::from_secs(self.secs)
    }

    fn wants(&self, name: &str) -> bool {
        self.scenarios.iter().any(|s| s == "all" || s == name)
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> std::process::ExitCode {
    let args = Args::parse();
    match scenario::run(&args).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}

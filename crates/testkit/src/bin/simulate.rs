//! Simulates years of trouble and reports which rules were broken.
//!
//! `simulate --years 100` runs a hundred worlds of a year each, seeds 1 to 100, on as many cores as there are;
//! `--seed S` begins elsewhere, `--seeds K` runs that many, `--days D` makes them shorter, `--jobs J` takes other cores,
//! `--plant NAME` plants a bug, `--replay SEED` runs one and tells everything. The exit code is 1 if a rule was broken,
//! 2 if the command cannot be read.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use hansei_app::words::Words;
use hansei_testkit::sim::chaos::Planted;
use hansei_testkit::sim::{Config, Counts, Outcome, run};
use parking_lot::Mutex;

// Worlds allocate and free all the time; the default allocator is a tenth of their cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Order {
    first: u64,
    worlds: u64,
    days: u32,
    jobs: usize,
    planted: Option<Planted>,
    replay: bool,
}

fn read(arguments: &[String]) -> Result<Order, String> {
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut order = Order { first: 1, worlds: 10, days: 365, jobs, planted: None, replay: false };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} needs a value", pair.join(" "))) };
        let number = || value.parse::<u64>().map_err(|_| format!("{name} needs a number, not {value}"));
        match name.as_str() {
            "--years" | "--seeds" => order.worlds = number()?,
            "--seed" => order.first = number()?,
            "--days" => order.days = u32::try_from(number()?).map_err(|e| e.to_string())?,
            "--jobs" => order.jobs = usize::try_from(number()?).map_err(|e| e.to_string())?.max(1),
            "--replay" => (order.first, order.worlds, order.replay) = (number()?, 1, true),
            "--plant" => {
                let found = Planted::ALL.into_iter().find(|p| format!("{p:?}").eq_ignore_ascii_case(value));
                order.planted = Some(found.ok_or_else(|| format!("there is no bug named {value}"))?);
            }
            _ => return Err(format!("{name} is not known")),
        }
    }
    Ok(order)
}

fn config(order: &Order, seed: u64) -> Config {
    match order.planted {
        Some(planted) => Config::with_bug(seed, order.days, planted),
        None => Config::usual(seed, order.days),
    }
}

fn tell(outcome: &Outcome, whole: bool) {
    let seed = outcome.config.seed;
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    for violation in &outcome.violations {
        let count = shown.entry(violation.rule).or_default();
        *count += 1;
        if whole || *count == 1 {
            println!("seed {seed}: {violation}");
        }
    }
    println!("seed {seed}: {shown:?}");
}

fn add(sum: &mut Counts, one: Counts) {
    sum.events += one.events;
    sum.signals += one.signals;
    sum.incidents += one.incidents;
    sum.calls += one.calls;
    sum.acts += one.acts;
    sum.crashes += one.crashes;
    sum.polls += one.polls;
}

/// What all worlds came to.
#[derive(Default)]
struct Sum {
    sum: Counts,
    broken: Vec<u64>,
}

/// Runs one world after the other until none is left.
fn work(order: &Order, words: &Arc<Words>, next: &AtomicU64, result: &Mutex<Sum>) {
    loop {
        let place = next.fetch_add(1, Ordering::SeqCst);
        if place >= order.worlds {
            return;
        }
        let seed = order.first + place;
        let outcome = run(&config(order, seed), words);
        let mut result = result.lock();
        match outcome {
            Ok(outcome) => {
                add(&mut result.sum, outcome.counts);
                if !outcome.violations.is_empty() {
                    result.broken.push(seed);
                    tell(&outcome, order.replay);
                }
            }
            Err(error) => {
                println!("seed {seed}: {error}");
                result.broken.push(seed);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long simulating takes is measured by the real clock")]
fn now() -> Instant {
    Instant::now()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let order = match read(&arguments) {
        Ok(order) => order,
        Err(why) => {
            eprintln!("simulate: {why}");
            return ExitCode::from(2);
        }
    };
    let (started, words) = (now(), Arc::new(Words::built_in()));
    let (next, result) = (AtomicU64::new(0), Mutex::new(Sum::default()));
    std::thread::scope(|scope| {
        for _ in 0..order.jobs {
            scope.spawn(|| work(&order, &words, &next, &result));
        }
    });
    let (took, Sum { sum, mut broken }) = (started.elapsed().as_secs_f64(), result.into_inner());
    let years = order.worlds as f64 * f64::from(order.days) / 365.0;
    println!(
        "{years:.1} years in {took:.1} s on {} cores ({:.2} years/s): {} incidents, {} events, {} signals, \
         {} provider calls, {} acts, {} crashes, {} task steps",
        order.jobs,
        years / took,
        sum.incidents,
        sum.events,
        sum.signals,
        sum.calls,
        sum.acts,
        sum.crashes,
        sum.polls,
    );
    if broken.is_empty() {
        return ExitCode::SUCCESS;
    }
    broken.sort_unstable();
    println!("broken: {broken:?}");
    ExitCode::FAILURE
}

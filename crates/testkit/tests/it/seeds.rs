//! Every seed that ever failed is kept and run again each time; and the same seed gives the same world.
//!
//! `seeds/*.txt` hold one world a line: seed, days, and after a `#` what it once found. `simulate --replay SEED --days
//! DAYS` tells its story.

use std::path::Path;
use std::sync::Arc;

use hansei_app::words::Words;
use hansei_testkit::sim::{Config, run};

fn kept() -> Vec<(u64, u32)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let worlds =
        lines.map(|line| line.split('#').next().unwrap_or("").trim()).filter(|line| !line.is_empty());
    worlds
        .map(|line| {
            let (seed, days) = line.split_once(' ').unwrap_or_else(|| panic!("{line:?} is no seed and days"));
            (seed.parse().unwrap(), days.trim().parse().unwrap())
        })
        .collect()
}

#[test]
fn worlds_that_once_failed_hold_now() {
    let words = Arc::new(Words::built_in());
    let worlds = kept();
    assert!(!worlds.is_empty());
    for (seed, days) in worlds {
        let outcome = run(&Config::usual(seed, days), &words).unwrap();
        let told: Vec<String> = outcome.violations.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "seed {seed}, {days} days:\n{}", told.join("\n"));
    }
}

#[test]
fn the_same_seed_gives_the_same_world() {
    let words = Arc::new(Words::built_in());
    for seed in [2, 3] {
        let digest = || run(&Config::usual(seed, 5), &words).unwrap().digest;
        assert_eq!(digest(), digest());
    }
    let other = run(&Config::usual(4, 5), &words).unwrap().digest;
    assert_ne!(other, run(&Config::usual(2, 5), &words).unwrap().digest);
}

#[test]
fn a_world_is_full_of_trouble() {
    let words = Arc::new(Words::built_in());
    let counts = run(&Config::usual(1, 20), &words).unwrap().counts;
    assert!(
        counts.incidents > 10 && counts.crashes > 3 && counts.acts > 30 && counts.calls > 30,
        "{counts:?}"
    );
}

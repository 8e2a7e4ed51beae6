//! The table that is printed: ours, the peer's, the ratio, the goal.

/// One measured line.
pub struct Line {
    /// What.
    pub what: String,
    /// Ours, as text.
    pub ours: String,
    /// The peer's, as text.
    pub peer: String,
    /// Ours over the peer's; `None` if there is no peer.
    pub ratio: Option<f64>,
    /// What is wanted, as text.
    pub goal: &'static str,
    /// Whether it is met.
    pub met: bool,
}

/// Prints the lines as a table in Markdown.
pub fn print(lines: &[Line]) {
    println!("\n| what | Hansei | Alertmanager | ratio | goal | met |");
    println!("|---|---|---|---|---|---|");
    for line in lines {
        let ratio = line.ratio.map_or("–".to_owned(), |r| format!("{r:.2}"));
        let met = if line.met { "yes" } else { "**no**" };
        println!("| {} | {} | {} | {ratio} | {} | {met} |", line.what, line.ours, line.peer, line.goal);
    }
}

/// The median of some figures.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

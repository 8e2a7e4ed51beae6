//! The command line.

use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use crate::options::{Options, Place};
use crate::output::Failure;

/// Incident management in one binary: from the first alert to the last finished remediation item.
#[derive(Debug, Parser)]
#[command(name = "hansei", version, about, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub remote: Remote,
    /// Print JSON instead of tables.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print the one thing that scripts want, and nothing else.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// Where a running Hansei is.
#[derive(Debug, Clone, Args)]
pub struct Remote {
    /// Address of a running Hansei, for client verbs.
    /// [default: http://127.0.0.1:8080]
    #[arg(long, global = true, env = "HANSEI_URL", hide_env_values = true)]
    pub url: Option<String>,
    /// API token for client verbs.
    #[arg(long, global = true, env = "HANSEI_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}

impl Remote {
    /// Where to look if nothing is said.
    const DEFAULT: &'static str = "http://127.0.0.1:8080";

    /// The address.
    pub fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(Self::DEFAULT)
    }
}

/// Where the data are, for verbs that work without a running Hansei.
#[derive(Debug, Clone, Args)]
pub struct StoreArgs {
    /// Folder with the data. [default: hansei-data]
    #[arg(long, env = "HANSEI_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// PostgreSQL instead of the embedded database: postgres://user@host/name
    #[arg(long, env = "HANSEI_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// File with that address.
    #[arg(long, env = "HANSEI_DATABASE_URL_FILE")]
    pub database_url_file: Option<PathBuf>,
    /// Configuration file (TOML) of the Hansei whose data are meant.
    #[arg(long, env = "HANSEI_CONFIG")]
    pub config: Option<PathBuf>,
}

impl StoreArgs {
    /// The place that `serve` would use with the same options.
    pub fn place(self) -> Result<Place, Failure> {
        let Self { data_dir, database_url, database_url_file, config } = self;
        let said = Options { data_dir, database_url, database_url_file, config, ..Options::default() };
        Ok(said.with_file()?.place())
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run Hansei.
    Serve(Box<Options>),
    /// Run Hansei with demonstration data: real incidents, and a small organisation whose alerts keep moving.
    Demo(Box<Options>),
    /// Check an installation and change nothing: configuration, store, disk, addresses, clock, mail.
    Doctor(Box<Options>),
    /// Copy the whole store into an empty folder, while Hansei may be running.
    Backup {
        #[command(flatten)]
        store: StoreArgs,
        /// Empty or new folder.
        #[arg(long)]
        to: PathBuf,
    },
    /// Fill an empty store from a backup.
    Restore {
        /// Folder that `hansei backup` wrote.
        #[arg(long)]
        from: PathBuf,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Prove that nothing was changed behind Hansei's back: the hash chain holds, and folding the journal gives the
    /// stored state.
    Verify {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// People with all rights, from the console.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Integration keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Show what applying a configuration file would change.
    Plan {
        /// The file (TOML).
        file: PathBuf,
        /// Let the file win where both sides changed a field.
        #[arg(long)]
        force: bool,
    },
    /// Apply a configuration file, as a whole or not at all. What the file does not name stays as it is, and so do edits
    /// made on screen to what the file has not changed since.
    Apply {
        /// The file (TOML).
        file: PathBuf,
        /// Let the file win where both sides changed a field.
        #[arg(long)]
        force: bool,
    },
    /// Alerts.
    #[command(subcommand)]
    Alert(AlertCommand),
    /// Incidents.
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// Print the description of the API (OpenAPI, JSON).
    Openapi,
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make an admin, or give an existing person the role and a new secret. The secret is an API token, and the
    /// password until another one is set.
    Create {
        /// The address they sign in with.
        #[arg(long)]
        email: String,
        /// Their name.
        #[arg(long)]
        name: Option<String>,
        /// The organisation's name, if there is none yet.
        #[arg(long, default_value = "My organisation")]
        organisation: String,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make an integration key for a service; the service is made if it does not exist.
    Create {
        /// The service's short name or id.
        #[arg(long)]
        service: String,
        /// What sends.
        #[arg(long, value_parser = ["pagerduty", "alertmanager", "json"])]
        format: String,
        /// What the key is for.
        #[arg(long, default_value = "made on the console")]
        name: String,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Subcommand)]
pub enum AlertCommand {
    /// List alerts.
    List {
        /// Only alerts that fire.
        #[arg(long)]
        firing: bool,
        /// Only of this service (short name or id).
        #[arg(long)]
        service: Option<String>,
        /// Only alerts with these words.
        #[arg(long)]
        text: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show one alert with its history.
    Show {
        /// Its id.
        id: String,
    },
    /// Send a signal about a service with an integration key of the format json.
    Send {
        /// The integration key.
        #[arg(long, env = "HANSEI_KEY", hide_env_values = true)]
        key: String,
        /// One line for people.
        #[arg(long)]
        summary: String,
        /// How bad it is.
        #[arg(long, default_value = "error", value_parser = ["critical", "error", "warning", "info"])]
        severity: String,
        /// The thing that is ill.
        #[arg(long, default_value = "hansei alert send")]
        source: String,
        /// Names the alert within the service; made by Hansei if missing.
        #[arg(long)]
        dedup_key: Option<String>,
        /// What the signal says.
        #[arg(long, default_value = "trigger", value_parser = ["trigger", "acknowledge", "resolve"])]
        action: String,
    },
    /// End an alert by your word.
    End {
        /// Its id.
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// List incidents.
    List {
        /// Ended ones, too.
        #[arg(long)]
        all: bool,
        /// Only of this service (short name or id).
        #[arg(long)]
        service: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show one incident with its timeline.
    Show {
        /// Its number.
        number: u64,
    },
    /// Declare an incident.
    Declare {
        /// What people call it.
        #[arg(long)]
        title: String,
        /// 0 (worst) to 4.
        #[arg(long, value_parser = clap::value_parser!(u8).range(0..=4))]
        severity: u8,
        /// The service it begins with (short name or id).
        #[arg(long)]
        service: Option<String>,
        /// Tell people by the service's escalation.
        #[arg(long)]
        page: bool,
        /// Since when customers are hit (RFC 3339).
        #[arg(long)]
        impact_started_at: Option<String>,
    },
    /// Take an incident.
    Ack {
        /// Its number.
        number: u64,
    },
    /// Resolve an incident.
    Resolve {
        /// Its number.
        number: u64,
        /// In your words.
        #[arg(long)]
        note: Option<String>,
    },
    /// Reopen an incident.
    Reopen {
        /// Its number.
        number: u64,
    },
    /// Close a resolved incident.
    Close {
        /// Its number.
        number: u64,
    },
    /// Comment on an incident.
    Comment {
        /// Its number.
        number: u64,
        /// What to say.
        text: String,
    },
    /// Move an incident to another state.
    Status {
        /// Its number.
        number: u64,
        /// Where it stands.
        #[arg(value_parser = ["detected", "triage", "investigating", "identified", "monitoring"])]
        status: String,
        /// Since when (RFC 3339), if not now.
        #[arg(long)]
        at: Option<String>,
    },
    /// Say how bad an incident is.
    Severity {
        /// Its number.
        number: u64,
        /// 0 (worst) to 4.
        #[arg(value_parser = clap::value_parser!(u8).range(0..=4))]
        severity: u8,
    },
}

/// Reads the command line and the environment, and ends the program if they are wrong (exit code 2).
pub fn parse() -> Cli {
    let matches = without_empty(Cli::command()).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// An empty variable says nothing: compose files set those that nobody gave a value.
fn without_empty(command: clap::Command) -> clap::Command {
    let empty =
        |arg: &clap::Arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    let read = |arg: clap::Arg| if empty(&arg) { arg.env(Resettable::Reset) } else { arg };
    command.mut_args(read).mut_subcommands(without_empty)
}

/// Prints a completion script.
pub fn completions(shell: Shell) {
    clap_complete::generate(shell, &mut Cli::command(), "hansei", &mut std::io::stdout());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}

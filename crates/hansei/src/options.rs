//! Configuration: flags over environment over file over defaults; every option has the same name everywhere.
//!
//! `--listen`, `HANSEI_LISTEN` and `listen = …` are one option. A key in the file or a `HANSEI_…` variable that does
//! not exist is an error, so that a misspelt option can't be silently ignored; an empty variable says nothing. Secrets
//! may come from files (`…_file`), so that they need not stand on a command line or in an environment.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use serde::Deserialize;

use crate::cli::Cli;
use crate::output::Failure;

/// Everything that can be configured; `None` = not said.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Folder with the data.
    #[arg(long, env = "HANSEI_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "HANSEI_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// PostgreSQL instead of the embedded database: postgres://user@host/name
    #[arg(long, env = "HANSEI_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// File with the address of the database.
    #[arg(long, env = "HANSEI_DATABASE_URL_FILE")]
    pub database_url_file: Option<PathBuf>,
    /// Configuration file (TOML); its keys are the names of these options with underscores.
    #[arg(long, env = "HANSEI_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// How people reach Hansei, like `https://hansei.example.org`
    #[arg(long, env = "HANSEI_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Proxies whose word about a caller's address counts (addresses or ranges).
    #[arg(long, env = "HANSEI_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<String>>,
    /// Mail server: smtp://user@host:587, smtps://…, or smtp+plain://host:25 without encryption.
    #[arg(long, env = "HANSEI_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Password for the mail server.
    #[arg(long, env = "HANSEI_SMTP_PASSWORD", hide_env_values = true)]
    pub smtp_password: Option<String>,
    /// File with the password for the mail server.
    #[arg(long, env = "HANSEI_SMTP_PASSWORD_FILE")]
    pub smtp_password_file: Option<PathBuf>,
    /// File with the certificates (PEM) of the authority that vouches for the mail server, if it is your own.
    #[arg(long, env = "HANSEI_SMTP_CA_FILE")]
    pub smtp_ca_file: Option<PathBuf>,
    /// Sender of mails: Hansei <hansei@example.org>
    #[arg(long, env = "HANSEI_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Domain of reply addresses; replies must reach `reply_listen`.
    #[arg(long, env = "HANSEI_REPLY_DOMAIN")]
    pub reply_domain: Option<String>,
    /// Address on which replies by mail are received (SMTP).
    #[arg(long, env = "HANSEI_REPLY_LISTEN")]
    pub reply_listen: Option<SocketAddr>,
    /// Private address ranges that outgoing calls may reach (webhooks, heartbeat); metadata addresses never.
    #[arg(long, env = "HANSEI_EGRESS_ALLOW", value_delimiter = ',')]
    pub egress_allow: Option<Vec<String>>,
    /// Outside heartbeat: called every 30 s while the self-test comes home.
    #[arg(long, env = "HANSEI_HEARTBEAT_URL", hide_env_values = true)]
    pub heartbeat_url: Option<String>,
    /// How often the self-test walks the whole paging path, seconds; 0 = never.
    #[arg(long, env = "HANSEI_CANARY_SECS")]
    pub canary_secs: Option<u32>,
    /// Log format.
    #[arg(long, env = "HANSEI_LOG_FORMAT", value_parser = ["text", "json"])]
    pub log_format: Option<String>,
    /// Log filter: info, debug, hansei_app=debug,info …
    #[arg(long, env = "HANSEI_LOG")]
    pub log: Option<String>,
    /// Token that /metrics asks for; without one only callers on this machine may read it.
    #[arg(long, env = "HANSEI_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<String>,
    /// File with the token for /metrics.
    #[arg(long, env = "HANSEI_METRICS_TOKEN_FILE")]
    pub metrics_token_file: Option<PathBuf>,
    /// Variables that were passed over since somebody else sets them.
    #[arg(skip)]
    #[serde(skip)]
    pub passed_over: Vec<String>,
}

/// Where a store lies.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder with the data, and with the console's door.
    pub data_dir: PathBuf,
    /// PostgreSQL, if it is not the embedded database.
    pub database_url: Option<String>,
}

impl std::fmt::Display for Place {
    /// Without the address of the database: it may hold a password (R39).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.database_url {
            Some(_) => f.write_str("the PostgreSQL database"),
            None => self.data_dir.display().fmt(f),
        }
    }
}

/// Variables that are read elsewhere.
const OTHER_VARIABLES: [&str; 3] = ["HANSEI_URL", "HANSEI_TOKEN", "HANSEI_KEY"];
/// Prefixes that belong to tests and tools.
const TOOL_PREFIXES: [&str; 4] = ["HANSEI_TEST_", "HANSEI_CI_", "HANSEI_BIN", "HANSEI_SKIP_"];

impl Options {
    /// Flags and environment (already in `self`) over the file, with the secrets that lie in files of their own.
    pub fn with_file(self) -> Result<Self, Failure> {
        let passed_over = check_environment(std::env::vars_os())?;
        let mut options = match self.config.clone() {
            None => self,
            Some(path) => self.over(read_file(&path)?),
        };
        options.passed_over = passed_over;
        let secrets = [
            ("database_url", &mut options.database_url, &options.database_url_file),
            ("smtp_password", &mut options.smtp_password, &options.smtp_password_file),
            ("metrics_token", &mut options.metrics_token, &options.metrics_token_file),
        ];
        for (name, value, file) in secrets {
            read_secret(name, value, file.as_deref())?;
        }
        Ok(options)
    }

    /// Where the store lies.
    pub fn place(&self) -> Place {
        Place { data_dir: self.data_dir(), database_url: self.database_url.clone() }
    }

    fn over(self, file: Self) -> Self {
        Self {
            data_dir: self.data_dir.or(file.data_dir),
            listen: self.listen.or(file.listen),
            database_url: self.database_url.or(file.database_url),
            database_url_file: self.database_url_file.or(file.database_url_file),
            config: self.config,
            public_url: self.public_url.or(file.public_url),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            smtp_url: self.smtp_url.or(file.smtp_url),
            smtp_password: self.smtp_password.or(file.smtp_password),
            smtp_password_file: self.smtp_password_file.or(file.smtp_password_file),
            smtp_ca_file: self.smtp_ca_file.or(file.smtp_ca_file),
            mail_from: self.mail_from.or(file.mail_from),
            reply_domain: self.reply_domain.or(file.reply_domain),
            reply_listen: self.reply_listen.or(file.reply_listen),
            egress_allow: self.egress_allow.or(file.egress_allow),
            heartbeat_url: self.heartbeat_url.or(file.heartbeat_url),
            canary_secs: self.canary_secs.or(file.canary_secs),
            log_format: self.log_format.or(file.log_format),
            log: self.log.or(file.log),
            metrics_token: self.metrics_token.or(file.metrics_token),
            metrics_token_file: self.metrics_token_file.or(file.metrics_token_file),
            passed_over: self.passed_over,
        }
    }

    /// The folder with the data.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| PathBuf::from("hansei-data"))
    }

    /// The address to listen on.
    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)))
    }

    /// The public address without a slash at the end; while it is not configured, the bound one.
    pub fn public_url(&self, bound: SocketAddr) -> Result<String, Failure> {
        let Some(text) = &self.public_url else { return Ok(format!("http://{bound}")) };
        let parsed = url::Url::parse(text).map_err(|e| Failure::Usage(format!("public_url: {e}")))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.path() != "/" || parsed.query().is_some() {
            return Err(Failure::Usage("public_url: must be http(s)://host[:port] without a path".into()));
        }
        Ok(text.trim_end_matches('/').to_owned())
    }
}

/// Reads a secret out of its file. Said in both ways, nobody could tell which one counts.
fn read_secret(name: &str, value: &mut Option<String>, file: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = file else { return Ok(()) };
    if value.is_some() {
        return Err(Failure::Usage(format!("{name} and {name}_file: only one of them")));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::Usage(format!("{name}_file {}: {e}", path.display())))?;
    *value = Some(text.trim_end_matches(['\r', '\n']).to_owned());
    Ok(())
}

fn read_file(path: &Path) -> Result<Options, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))?;
    toml::from_str(&text).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))
}

/// A `HANSEI_…` variable that nobody reads is a misspelt option. Returns those that are passed over.
fn check_environment(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<String>, Failure> {
    let mut known: BTreeSet<String> = OTHER_VARIABLES.iter().map(|v| (*v).to_owned()).collect();
    collect_variables(&Cli::command(), &mut known);
    let mut passed_over = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|n| n.starts_with("HANSEI_")) else { continue };
        if known.contains(name) || value.is_empty() || TOOL_PREFIXES.iter().any(|p| name.starts_with(p)) {
            continue;
        }
        if !is_of_an_orchestrator(name, &value.to_string_lossy()) {
            return Err(Failure::Usage(format!("the variable {name} is not an option of Hansei")));
        }
        passed_over.push(name.to_owned());
    }
    Ok(passed_over)
}

/// Whether Kubernetes (or Docker's links) sets this variable in every container for a service called `hansei…`.
fn is_of_an_orchestrator(name: &str, value: &str) -> bool {
    let protocol = |text: &str| ["TCP", "UDP", "SCTP"].iter().any(|p| text.starts_with(p));
    let numbered = name
        .split("_PORT_")
        .nth(1)
        .and_then(|rest| rest.split_once('_'))
        .is_some_and(|(number, rest)| number.parse::<u16>().is_ok() && protocol(rest));
    let address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || (name.ends_with("_PORT") && address)
        || numbered
}

fn collect_variables(command: &clap::Command, known: &mut BTreeSet<String>) {
    for arg in command.get_arguments() {
        if let Some(name) = arg.get_env().and_then(|n| n.to_str()) {
            known.insert(name.to_owned());
        }
    }
    for sub in command.get_subcommands() {
        collect_variables(sub, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_in_the_file_is_an_error() {
        let error = toml::from_str::<Options>("lisen = \"127.0.0.1:80\"").unwrap_err().to_string();
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn only_what_kubernetes_sets_is_passed_over() {
        let check = |name: &str, value: &str| check_environment([(name.into(), value.into())].into_iter());
        for (name, value) in [
            ("HANSEI_SERVICE_HOST", "10.0.0.1"),
            ("HANSEI_SERVICE_PORT", "8080"),
            ("HANSEI_SERVICE_PORT_HTTP", "8080"),
            ("HANSEI_PORT", "tcp://10.0.0.1:8080"),
            ("HANSEI_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("HANSEI_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("HANSEI_WEB_SERVICE_HOST", "10.0.0.1"),
        ] {
            assert_eq!(check(name, value).unwrap(), [name]);
        }
        for (name, value) in [("HANSEI_PORT", "8080"), ("HANSEI_LISTEM", "x"), ("HANSEI_PORT_HTTP_TCPX", "1")]
        {
            assert_eq!(check(name, value).unwrap_err().code(), 2, "{name}");
        }
        assert!(check("HANSEI_LISTEN", "127.0.0.1:0").unwrap().is_empty());
        assert!(check("HANSEI_LISTEM", "").unwrap().is_empty(), "empty says nothing");
    }

    #[test]
    fn flags_win_over_the_file() {
        let flags = Options { public_url: Some("https://a".into()), ..Options::default() };
        let file = toml::from_str::<Options>("public_url = \"https://b\"\ncanary_secs = 60").unwrap();
        let both = flags.over(file);
        assert_eq!((both.public_url.as_deref(), both.canary_secs), (Some("https://a"), Some(60)));
    }
}

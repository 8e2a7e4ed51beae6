//! Configuration: flags over environment over file over defaults; every option has the same name everywhere.
//!
//! `--listen`, `HANSEI_LISTEN` and `listen = …` are one option. A key in the file or a `HANSEI_…` variable that does
//! not exist is an error, so that a misspelt option can't be silently ignored. Secrets may come from files
//! (`…_file`), so that they need not stand on a command line.

use std::collections::BTreeSet;
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
    /// Log format: text or json.
    #[arg(long, env = "HANSEI_LOG_FORMAT")]
    pub log_format: Option<String>,
    /// Log filter: info, debug, hansei_app=debug,info …
    #[arg(long, env = "HANSEI_LOG")]
    pub log: Option<String>,
    /// Token that /metrics asks for; without one only callers on this machine may read it.
    #[arg(long, env = "HANSEI_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<String>,
}

/// Variables that are read elsewhere.
const OTHER_VARIABLES: [&str; 3] = ["HANSEI_URL", "HANSEI_TOKEN", "HANSEI_KEY"];
/// Prefixes that belong to tests and tools.
const TOOL_PREFIXES: [&str; 4] = ["HANSEI_TEST_", "HANSEI_CI_", "HANSEI_BIN", "HANSEI_SKIP_"];

impl Options {
    /// Flags and environment (already in `self`) over the file.
    pub fn with_file(self) -> Result<Self, Failure> {
        check_environment()?;
        let Some(path) = self.config.clone() else { return Ok(self) };
        let file = read_file(&path)?;
        Ok(self.over(file))
    }

    fn over(self, file: Self) -> Self {
        Self {
            data_dir: self.data_dir.or(file.data_dir),
            listen: self.listen.or(file.listen),
            database_url: self.database_url.or(file.database_url),
            config: self.config,
            public_url: self.public_url.or(file.public_url),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            smtp_url: self.smtp_url.or(file.smtp_url),
            smtp_password: self.smtp_password.or(file.smtp_password),
            smtp_password_file: self.smtp_password_file.or(file.smtp_password_file),
            mail_from: self.mail_from.or(file.mail_from),
            reply_domain: self.reply_domain.or(file.reply_domain),
            reply_listen: self.reply_listen.or(file.reply_listen),
            egress_allow: self.egress_allow.or(file.egress_allow),
            heartbeat_url: self.heartbeat_url.or(file.heartbeat_url),
            canary_secs: self.canary_secs.or(file.canary_secs),
            log_format: self.log_format.or(file.log_format),
            log: self.log.or(file.log),
            metrics_token: self.metrics_token.or(file.metrics_token),
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

    /// The mail server's password.
    pub fn smtp_password(&self) -> Result<Option<String>, Failure> {
        match (&self.smtp_password, &self.smtp_password_file) {
            (Some(_), Some(_)) => {
                Err(Failure::Usage("smtp_password and smtp_password_file: only one of them".into()))
            }
            (Some(password), None) => Ok(Some(password.clone())),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|e| Failure::Usage(format!("smtp_password_file {}: {e}", path.display())))?;
                Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
            (None, None) => Ok(None),
        }
    }
}

fn read_file(path: &Path) -> Result<Options, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))?;
    toml::from_str(&text).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))
}

/// A `HANSEI_…` variable that nobody reads is a misspelt option.
fn check_environment() -> Result<(), Failure> {
    let mut known: BTreeSet<String> = OTHER_VARIABLES.iter().map(|v| (*v).to_owned()).collect();
    collect_variables(&Cli::command(), &mut known);
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|n| n.starts_with("HANSEI_")) else { continue };
        if !known.contains(name) && !TOOL_PREFIXES.iter().any(|p| name.starts_with(p)) {
            return Err(Failure::Usage(format!("the variable {name} is not an option of Hansei")));
        }
    }
    Ok(())
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
    fn flags_win_over_the_file() {
        let flags = Options { public_url: Some("https://a".into()), ..Options::default() };
        let file = toml::from_str::<Options>("public_url = \"https://b\"\ncanary_secs = 60").unwrap();
        let both = flags.over(file);
        assert_eq!((both.public_url.as_deref(), both.canary_secs), (Some("https://a"), Some(60)));
    }
}

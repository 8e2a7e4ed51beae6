//! Reading the database's address, above all what it says about TLS.
//!
//! TLS always checks the server's certificate and name: a connection that is only encrypted protects from nobody who
//! can redirect it. Without a word about TLS, a connection on this machine is plain and any other one is checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::OpenError;

/// Where systems keep the certificates they trust.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How the connection is protected.
#[derive(Clone)]
pub(super) enum Tls {
    /// Not at all.
    Plain,
    /// By TLS with a checked certificate.
    Checked(MakeRustlsConnect),
}

/// A readable address.
pub(super) struct Address {
    pub config: tokio_postgres::Config,
    pub tls: Tls,
}

/// What an address says about TLS.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    mode: Option<String>,
    roots: Option<String>,
    /// The address without it.
    rest: String,
}

fn bad(text: impl Into<String>) -> OpenError {
    OpenError::Address(text.into())
}

/// Takes out what the driver does not understand.
fn split(url: &str) -> Result<Said, OpenError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(bad("it must begin with postgres://"));
    }
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut said = Said::default();
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => said.mode = Some(value.to_owned()),
            Some(("sslrootcert", value)) => said.roots = Some(percent_decoded(value)?),
            _ => kept.push(pair),
        }
    }
    said.rest = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
    Ok(said)
}

fn percent_decoded(text: &str) -> Result<String, OpenError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = after.get(..2).and_then(|d| std::str::from_utf8(d).ok());
            let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
            bytes.push(byte.ok_or_else(|| bad("a % must be followed by two hexadecimal digits"))?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).map_err(|_| bad("sslrootcert is not a path"))
}

/// Whether all hosts are this machine.
fn is_local(config: &tokio_postgres::Config) -> bool {
    let local = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(local) && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

impl Address {
    /// Reads an address. Errors never repeat it: it holds a password.
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        let said = split(url)?;
        let mut config: tokio_postgres::Config =
            said.rest.parse().map_err(|error: tokio_postgres::Error| bad(error.to_string()))?;
        let checked = match said.mode.as_deref() {
            None => !is_local(&config),
            Some("disable") => {
                if !is_local(&config) {
                    tracing::warn!("the connection to the database is not encrypted (sslmode=disable)");
                }
                false
            }
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(other) => {
                return Err(bad(format!(
                    "sslmode={other} may send everything in the clear; use verify-full, or disable to say so"
                )));
            }
        };
        let tls = if checked {
            config.ssl_mode(SslMode::Require);
            Tls::Checked(tls(said.roots.as_deref())?)
        } else {
            config.ssl_mode(SslMode::Disable);
            Tls::Plain
        };
        // After a failover an old primary may still answer; it can write nothing.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self { config, tls })
    }
}

fn tls(roots: Option<&str>) -> Result<MakeRustlsConnect, OpenError> {
    let file = match roots {
        Some(path) if path != "system" => PathBuf::from(path),
        _ => BUNDLES
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
            .ok_or_else(|| bad("this system has no certificates; name a file with sslrootcert=…"))?,
    };
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates(&file)?);
    if added == 0 {
        return Err(bad(format!("{} holds no certificate", file.display())));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| bad(error.to_string()))?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    let unreadable = |error: rustls::pki_types::pem::Error| bad(format!("{}: {error}", file.display()));
    CertificateDer::pem_file_iter(file).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_checked(url: &str) -> Result<bool, String> {
        match Address::parse(url) {
            Ok(address) => Ok(matches!(address.tls, Tls::Checked(_))),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn on_this_machine_plain_elsewhere_checked_and_never_in_between() {
        assert_eq!(is_checked("postgres://u:p@127.0.0.1/db"), Ok(false));
        assert_eq!(is_checked("postgresql://u@localhost:5433/db?application_name=x"), Ok(false));
        assert_eq!(is_checked("postgres://u@db.example.org/db?sslmode=disable"), Ok(false));
        for mode in ["allow", "prefer", "yes"] {
            let refused = is_checked(&format!("postgres://u:secret@db.example.org/db?sslmode={mode}"));
            let text = refused.unwrap_err();
            assert!(text.contains("verify-full") && !text.contains("secret"), "{text}");
        }
        assert!(is_checked("mysql://u@h/db").is_err());
        let missing =
            is_checked("postgres://u@db.example.org/db?sslmode=require&sslrootcert=%2Fno%2Fsuch.pem");
        assert!(missing.unwrap_err().contains("/no/such.pem"));
    }

    #[test]
    fn what_is_said_about_tls_is_taken_out_and_the_rest_stays() {
        let said = split("postgres://u@h/db?a=b&sslmode=require&c=d&sslrootcert=%2Fx").unwrap();
        assert_eq!(said.rest, "postgres://u@h/db?a=b&c=d");
        assert_eq!((said.mode.as_deref(), said.roots.as_deref()), (Some("require"), Some("/x")));
        assert_eq!(split("postgres://u@h/db?sslmode=require").unwrap().rest, "postgres://u@h/db");
    }
}

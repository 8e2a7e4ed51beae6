//! What the binary may set about HTTP. Everything has a default that is right for most.

/// Settings of the web floor.
#[derive(Debug, Clone, Default)]
pub struct WebConfig {
    /// Networks of proxies whose `X-Forwarded-For` is believed, counted from the right (`10.0.0.0/8`, `::1`).
    pub trusted_proxies: Vec<String>,
}

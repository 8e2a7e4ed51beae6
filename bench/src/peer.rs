//! Alertmanager as the peer: memory only, one receiver, a hundred groups.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::Args;
use crate::load::Target;
use crate::process::{Server, free_port};

/// Starts it with an empty state. With `webhook`, every alert has a group of its own and is sent there at once.
pub async fn start(args: &Args, webhook: Option<&str>) -> Result<(Server, Target), String> {
    let port = free_port()?;
    let address = format!("127.0.0.1:{port}");
    let config = match webhook {
        None => "route:\n  receiver: none\n  group_by: [alertname, service]\nreceivers:\n  - name: none\n"
            .to_owned(),
        Some(url) => format!(
            "route:\n  receiver: hook\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 5m\nreceivers:\n  - \
             name: hook\n    webhook_configs:\n      - url: {url}\n        send_resolved: false\n"
        ),
    };
    let server = Server::start(&args.alertmanager, "alertmanager", |dir| {
        let file = dir.join("alertmanager.yml");
        // A configuration that could not be written shows at once: the server will not start.
        let _ = std::fs::write(&file, &config);
        vec![
            format!("--config.file={}", file.display()),
            format!("--storage.path={}", dir.join("data").display()),
            format!("--web.listen-address={address}"),
            "--cluster.listen-address=".into(),
            "--log.level=error".into(),
        ]
    })?;
    for _ in 0..200 {
        if TcpStream::connect(&address).await.is_ok() {
            return Ok((server, Target { address, path: "/api/v2/alerts".into() }));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("Alertmanager did not start".into())
}

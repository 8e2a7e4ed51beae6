//! A receiver of webhooks that notes when each one arrived.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Arrival instants by the marker found in the body.
pub type Arrivals = Arc<Mutex<HashMap<u64, Instant>>>;

/// Starts the receiver; returns its address and the arrivals.
pub async fn start() -> Result<(String, Arrivals), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?.to_string();
    let arrivals: Arrivals = Arc::default();
    let shared = Arc::clone(&arrivals);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&shared)));
        }
    });
    Ok((address, arrivals))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
async fn serve(mut stream: tokio::net::TcpStream, arrivals: Arrivals) {
    let mut buffer: Vec<u8> = Vec::new();
    let mut chunk = [0u8; 32 * 1024];
    loop {
        let Ok(n) = stream.read(&mut chunk).await else { return };
        if n == 0 {
            return;
        }
        buffer.extend_from_slice(&chunk[..n]);
        while let Some(length) = complete(&buffer) {
            let now = Instant::now();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            for id in markers(&text) {
                if let Ok(mut all) = arrivals.lock() {
                    all.entry(id).or_insert(now);
                }
            }
            buffer.drain(..length);
            if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.is_err() {
                return;
            }
        }
    }
}

/// Length of the first whole request in the buffer.
pub fn complete(buffer: &[u8]) -> Option<usize> {
    let end = buffer.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
    let length: usize = head
        .lines()
        .find_map(|l| l.strip_prefix("content-length:"))
        .and_then(|v| v.trim().parse().ok())
        .unwrap_or(0);
    (buffer.len() >= end + length).then_some(end + length)
}

/// Numbers in `host-0000000123`.
pub fn markers(text: &str) -> Vec<u64> {
    let mut out: Vec<u64> = text
        .match_indices("host-")
        .filter_map(|(at, _)| text.get(at + 5..at + 15).and_then(|d| d.parse().ok()))
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

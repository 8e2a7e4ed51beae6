//! A load generator that costs little: raw HTTP/1.1 over kept connections, bodies written by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where and how to post.
#[derive(Debug, Clone)]
pub struct Target {
    /// `127.0.0.1:port`
    pub address: String,
    /// Path of the Alertmanager API's `alerts`.
    pub path: String,
}

/// What one run gave.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Alerts answered 2xx a second.
    pub rate: f64,
    /// Median latency of a request, milliseconds.
    pub p50: f64,
    /// 99th percentile, milliseconds.
    pub p99: f64,
    /// Requests that were not answered 2xx.
    pub refused: u64,
}

/// The shape of a load.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Connections kept open.
    pub connections: usize,
    /// Alerts in each request.
    pub batch: usize,
    /// Cycle through so many alerts; `None` = each one is new.
    pub keys: Option<u64>,
    /// How long.
    pub length: Duration,
}

static UNIQUE: AtomicU64 = AtomicU64::new(1);

/// One alert of about 370 bytes, as Prometheus sends them: fires since `start`, ends in an hour unless repeated.
pub fn alert(out: &mut String, id: u64, start: &str, end: &str) {
    use std::fmt::Write;
    let group = id % 100;
    let _ = write!(
        out,
        "{{\"labels\":{{\"alertname\":\"BenchHigh{group}\",\"service\":\"service-{group}\",\
         \"instance\":\"host-{id:010}.example.org:9100\",\"job\":\"node\",\"severity\":\"warning\"}},\
         \"annotations\":{{\"summary\":\"Latency of service-{group} on host-{id:010} is above 250 ms\"}},\
         \"startsAt\":\"{start}\",\"endsAt\":\"{end}\",\
         \"generatorURL\":\"http://prometheus.example.org/graph?g0.expr=latency&g0.tab=1\"}}"
    );
}

fn request(target: &Target, shape: &Shape, first: u64, window: &(String, String)) -> Vec<u8> {
    let mut body = String::with_capacity(420 * shape.batch);
    body.push('[');
    for i in 0..shape.batch as u64 {
        if i > 0 {
            body.push(',');
        }
        let id = shape.keys.map_or(first + i, |keys| (first + i) % keys);
        alert(&mut body, id, &window.0, &window.1);
    }
    body.push(']');
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        target.path,
        target.address,
        body.len()
    );
    let mut out = head.into_bytes();
    out.extend_from_slice(body.as_bytes());
    out
}

/// Reads one response; returns its status.
pub async fn response(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<u16> {
    buffer.clear();
    let mut chunk = [0u8; 16 * 1024];
    loop {
        let n = stream.read(&mut chunk).await?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        buffer.extend_from_slice(&chunk[..n]);
        let Some(end) = find(buffer, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let status = head.get(9..12).and_then(|s| s.parse().ok()).unwrap_or(0);
        let length: usize = head
            .lines()
            .find_map(|l| l.strip_prefix("content-length:"))
            .and_then(|v| v.trim().parse().ok())
            .unwrap_or(0);
        while buffer.len() < end + 4 + length {
            let n = stream.read(&mut chunk).await?;
            if n == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            buffer.extend_from_slice(&chunk[..n]);
        }
        return Ok(status);
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// Runs a closed loop of one shape against one target.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub async fn run(target: &Target, shape: Shape) -> Result<Outcome, String> {
    let window = Arc::new((clock(-60), clock(3_600)));
    let begin = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..shape.connections {
        let (target, window) = (target.clone(), Arc::clone(&window));
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(&target.address).await.map_err(|e| e.to_string())?;
            stream.set_nodelay(true).map_err(|e| e.to_string())?;
            let (mut latencies, mut refused, mut buffer) = (Vec::new(), 0u64, Vec::new());
            while begin.elapsed() < shape.length {
                let first = UNIQUE.fetch_add(shape.batch as u64, Ordering::Relaxed);
                let bytes = request(&target, &shape, first, &window);
                let sent = Instant::now();
                stream.write_all(&bytes).await.map_err(|e| e.to_string())?;
                let status = response(&mut stream, &mut buffer).await.map_err(|e| e.to_string())?;
                if (200..300).contains(&status) {
                    latencies.push(sent.elapsed().as_secs_f64() * 1e3);
                } else {
                    refused += 1;
                }
            }
            Ok::<_, String>((latencies, refused))
        }));
    }
    let (mut latencies, mut refused) = (Vec::new(), 0);
    for task in tasks {
        let (own, no) = task.await.map_err(|e| e.to_string())??;
        latencies.extend(own);
        refused += no;
    }
    let took = begin.elapsed().as_secs_f64();
    let alerts = latencies.len() as u64 * shape.batch as u64;
    latencies.sort_by(f64::total_cmp);
    Ok(Outcome {
        rate: alerts as f64 / took,
        p50: percentile(&latencies, 0.5),
        p99: percentile(&latencies, 0.99),
        refused,
    })
}

/// Value at a share of a sorted list.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get(((last as f64) * share).round() as usize).copied().unwrap_or(f64::NAN)
}

/// Posts exactly these alerts, in requests of `batch`, over a few connections.
pub async fn post_exactly(target: &Target, count: u64, batch: usize) -> Result<u64, String> {
    let window = (clock(-60), clock(3_600));
    let mut stream = TcpStream::connect(&target.address).await.map_err(|e| e.to_string())?;
    let (mut buffer, mut done) = (Vec::new(), 0);
    let shape = Shape { connections: 1, batch, keys: None, length: Duration::ZERO };
    while done < count {
        let first = UNIQUE.fetch_add(batch as u64, Ordering::Relaxed);
        stream.write_all(&request(target, &shape, first, &window)).await.map_err(|e| e.to_string())?;
        let status = response(&mut stream, &mut buffer).await.map_err(|e| e.to_string())?;
        if !(200..300).contains(&status) {
            return Err(format!("answered {status}: {}", String::from_utf8_lossy(&buffer)));
        }
        done += batch as u64;
    }
    Ok(done)
}

/// RFC 3339, so many seconds from now.
#[expect(clippy::disallowed_methods, reason = "a benchmark lives in real time")]
pub fn clock(offset: i64) -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let secs = i64::try_from(since.as_secs()).unwrap_or(0) + offset;
    let (days, rest) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    // Civil date from days since 1970 (Howard Hinnant's algorithm).
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.000Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

//! A mailbox for the demonstration: takes every mail on loopback and lays it down as a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::output::Failure;

/// The longest mail that is taken, bytes.
const LONGEST: u64 = 1024 * 1024;

/// Starts it; returns `127.0.0.1:port`.
pub async fn start(folder: &Path) -> Result<String, Failure> {
    let failed = |e: std::io::Error| Failure::Unreachable(format!("the demonstration's mailbox: {e}"));
    tokio::fs::create_dir_all(folder).await.map_err(failed)?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?.to_string();
    let folder: Arc<PathBuf> = Arc::new(folder.to_owned());
    let count = Arc::new(AtomicU64::new(next_number(&folder)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (folder, count) = (Arc::clone(&folder), Arc::clone(&count));
            tokio::spawn(async move {
                if let Err(error) = talk(stream, &folder, &count).await {
                    tracing::debug!(%error, "a talk with the mailbox ended early");
                }
            });
        }
    });
    Ok(address)
}

/// Mails are counted on from one start to the next: none is written over.
fn next_number(folder: &Path) -> u64 {
    let names = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let numbers = names.filter_map(|name| name.strip_suffix(".eml")?.parse::<u64>().ok());
    numbers.max().map_or(1, |last| last + 1)
}

async fn talk(stream: TcpStream, folder: &Path, count: &AtomicU64) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read.take(LONGEST));
    write.write_all(b"220 demo mailbox\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or("").to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" | "HELO" => b"250 demo mailbox\r\n",
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mail = read_mail(&mut lines).await?;
                let number = count.fetch_add(1, Ordering::Relaxed);
                let name = format!("{number:05}.eml");
                tokio::fs::write(folder.join(name), mail).await?;
                b"250 taken\r\n"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 fine\r\n",
        };
        write.write_all(answer).await?;
    }
}

async fn read_mail(lines: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let start = mail.len();
        if lines.read_until(b'\n', &mut mail).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if &mail[start..] == b".\r\n" || &mail[start..] == b".\n" {
            mail.truncate(start);
            return Ok(mail);
        }
        // A leading dot was doubled by the sender.
        if mail[start..].starts_with(b"..") {
            mail.remove(start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_start_writes_over_no_mail() {
        let folder = std::env::temp_dir().join(format!("hansei-demo-mailbox-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        assert_eq!(next_number(&folder), 1);
        for name in ["00007.eml", "00012.eml", "notes.txt"] {
            std::fs::write(folder.join(name), "x").unwrap();
        }
        assert_eq!(next_number(&folder), 13);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

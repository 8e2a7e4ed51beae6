//! The body of a request at a door: under limits of time and size, before and after decompression (F26, F28, R41).

use std::io::Read;

use axum::BoxError;
use bytes::{Bytes, BytesMut};
use flate2::bufread::MultiGzDecoder;
use hansei_app::intake::QUARANTINE_BYTES;
use hansei_app::ports::IntakeRefusal;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::Body as HttpBody;

use crate::body::{Timed, TooSlow};
use crate::config::Limits;

/// Largest body after decompression, bytes.
pub const DECOMPRESSED: usize = 8 * 1024 * 1024;

/// A request's body as the server gets it.
pub trait Incoming: HttpBody<Data = Bytes, Error = Self::Failure> + Send + Unpin + 'static {
    /// What can go wrong while it arrives.
    type Failure: Into<BoxError>;
}

impl<B, E> Incoming for B
where
    B: HttpBody<Data = Bytes, Error = E> + Send + Unpin + 'static,
    E: Into<BoxError>,
{
    type Failure = E;
}

/// How much is read of a body that is refused: what quarantine keeps, and one byte to tell that there was more.
const BEGINNING: usize = QUARANTINE_BYTES + 1;

/// A body that was not read to its end, with its beginning as far as it was.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Why not.
    pub why: IntakeRefusal,
    /// How it begins, decompressed if it could be.
    pub start: Bytes,
}

/// Reads a whole body of at most `most` bytes, decompressed.
pub async fn whole<B: Incoming>(
    headers: &HeaderMap,
    body: B,
    most: usize,
    limits: &Limits,
) -> Result<Bytes, Unfinished> {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    let body = Timed::new(body, limits);
    let packed = match is_gzip(headers) {
        Ok(packed) => packed,
        Err(why) => return Err(Unfinished { why, start: beginning(body).await }),
    };
    let read = if said.is_some_and(|said| said > most as u64) {
        Err(Unfinished { why: IntakeRefusal::TooLarge, start: beginning(body).await })
    } else {
        collect(body, most).await
    };
    match read {
        Ok(bytes) if packed => unpack(&bytes, DECOMPRESSED),
        Ok(bytes) => Ok(bytes),
        Err(Unfinished { why, start }) if packed => {
            let start = unpack(&start, BEGINNING).unwrap_or_else(|part| part.start);
            Err(Unfinished { why, start })
        }
        Err(unfinished) => Err(unfinished),
    }
}

/// The beginning of a body that is refused anyway.
async fn beginning<B>(body: Timed<B>) -> Bytes
where
    Timed<B>: HttpBody<Data = Bytes, Error = BoxError> + Unpin,
{
    match collect(body, BEGINNING).await {
        Ok(bytes) => bytes,
        Err(unfinished) => unfinished.start,
    }
}

/// Nothing, or gzip once; anything else is refused unread.
fn is_gzip(headers: &HeaderMap) -> Result<bool, IntakeRefusal> {
    let mut all = headers.get_all(header::CONTENT_ENCODING).iter();
    let (first, more) = (all.next(), all.next());
    match (first.map(|v| v.as_bytes()), more) {
        (None, _) => Ok(false),
        (Some(name), None) if name.eq_ignore_ascii_case(b"gzip") => Ok(true),
        (Some(name), None) if name.eq_ignore_ascii_case(b"identity") => Ok(false),
        _ => Err(IntakeRefusal::BadEncoding),
    }
}

async fn collect<B>(mut body: Timed<B>, most: usize) -> Result<Bytes, Unfinished>
where
    Timed<B>: HttpBody<Data = Bytes, Error = BoxError> + Unpin,
{
    let mut first = Bytes::new();
    let mut all: Option<BytesMut> = None;
    let failed = loop {
        let data = match body.frame().await {
            None => return Ok(all.map_or(first, BytesMut::freeze)),
            Some(Err(error)) => break broken(&error),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => data,
                Err(_) => continue,
            },
        };
        let so_far = all.as_ref().map_or(first.len(), BytesMut::len);
        match &mut all {
            Some(all) => all.extend_from_slice(&data),
            // Most bodies come in one piece and need no copy.
            None if first.is_empty() => first = data.clone(),
            None => {
                let mut both = BytesMut::with_capacity(first.len() + data.len());
                both.extend_from_slice(&first);
                both.extend_from_slice(&data);
                all = Some(both);
            }
        }
        if so_far + data.len() > most {
            break IntakeRefusal::TooLarge;
        }
    };
    let mut start = all.map_or(first, BytesMut::freeze);
    start.truncate(BEGINNING);
    Err(Unfinished { why: failed, start })
}

fn broken(error: &BoxError) -> IntakeRefusal {
    if error.is::<TooSlow>() {
        IntakeRefusal::TooSlow
    } else {
        IntakeRefusal::Unreadable("the body ended early".into())
    }
}

/// Unpacks at most so many bytes.
fn unpack(packed: &[u8], most: usize) -> Result<Bytes, Unfinished> {
    let mut out = Vec::with_capacity(packed.len().saturating_mul(4).min(most));
    // One byte more than allowed tells "exactly as much" from "too much" without unpacking the rest of a bomb.
    let mut decoder = MultiGzDecoder::new(packed).take(most as u64 + 1);
    let unpacked = decoder.read_to_end(&mut out);
    if unpacked.is_ok() && out.len() <= most {
        return Ok(out.into());
    }
    let why = if unpacked.is_ok() { IntakeRefusal::TooLarge } else { IntakeRefusal::BadEncoding };
    // What is no gzip at all is kept as it came.
    let mut start = if out.is_empty() { Bytes::copy_from_slice(packed) } else { Bytes::from(out) };
    start.truncate(BEGINNING);
    Err(Unfinished { why, start })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::body::Body;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn headers(encodings: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for name in encodings {
            headers.append(header::CONTENT_ENCODING, http::HeaderValue::from_static(name));
        }
        headers
    }

    async fn read(encodings: &[&'static str], body: Vec<u8>, most: usize) -> Result<Bytes, IntakeRefusal> {
        whole(&headers(encodings), Body::from(body), most, &Limits::default()).await.map_err(|u| u.why)
    }

    async fn start(encodings: &[&'static str], body: Vec<u8>, most: usize) -> Bytes {
        let read = whole(&headers(encodings), Body::from(body), most, &Limits::default()).await;
        read.unwrap_err().start
    }

    #[tokio::test]
    async fn what_is_refused_leaves_its_beginning() {
        let long = vec![b'x'; BEGINNING + 5];
        assert_eq!(start(&[], long.clone(), 9).await.len(), BEGINNING);
        assert_eq!(start(&[], long.clone(), BEGINNING + 4).await.len(), BEGINNING);
        assert_eq!(start(&["br"], b"brotli".to_vec(), 99).await, "brotli");
        assert_eq!(start(&["gzip"], b"not gzip".to_vec(), 99).await, "not gzip");
        let mut cut = gzip(&b"hello ".repeat(5_000));
        cut.truncate(cut.len() - 9);
        assert!(start(&["gzip"], cut, 9_999).await.starts_with(b"hello hello"));
        let bomb = gzip(&vec![b'y'; DECOMPRESSED + 1]);
        assert_eq!(start(&["gzip"], bomb, 1 << 20).await, vec![b'y'; BEGINNING]);
    }

    #[tokio::test]
    async fn a_bomb_is_refused_after_eight_mebibytes() {
        let bomb = gzip(&vec![0u8; DECOMPRESSED + 1]);
        assert!(bomb.len() < 20_000);
        assert_eq!(read(&["gzip"], bomb, 1 << 20).await, Err(IntakeRefusal::TooLarge));
        let full = gzip(&vec![0u8; DECOMPRESSED]);
        assert_eq!(read(&["gzip"], full, 1 << 20).await.map(|b| b.len()), Ok(DECOMPRESSED));
    }

    #[tokio::test]
    async fn encodings_are_gzip_once_or_none() {
        let twice = gzip(&gzip(b"x"));
        for encodings in [&["gzip, gzip"][..], &["gzip", "gzip"], &["br"], &["deflate"]] {
            assert_eq!(read(encodings, twice.clone(), 1 << 20).await, Err(IntakeRefusal::BadEncoding));
        }
        assert_eq!(read(&["gzip"], b"not gzip".to_vec(), 99).await, Err(IntakeRefusal::BadEncoding));
        assert_eq!(read(&["identity"], b"x".to_vec(), 9).await.unwrap(), "x");
    }

    #[tokio::test]
    async fn size_counts_before_decompression_too() {
        assert_eq!(read(&[], vec![b'x'; 10], 9).await, Err(IntakeRefusal::TooLarge));
        assert_eq!(read(&[], vec![b'x'; 9], 9).await.map(|b| b.len()), Ok(9));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up() {
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
        let stream = futures_util::stream::unfold(receiver, |mut r| async { Some((r.recv().await?, r)) });
        let reading = tokio::spawn(whole_of(Body::from_stream(Box::pin(stream))));
        for _ in 0..3 {
            let _ = sender.send(Ok(Bytes::from_static(b"1"))).await;
            tokio::time::advance(std::time::Duration::from_secs(8)).await;
        }
        assert_eq!(reading.await.unwrap(), Err(IntakeRefusal::TooSlow));
    }

    async fn whole_of(body: Body) -> Result<Bytes, IntakeRefusal> {
        whole(&HeaderMap::new(), body, 1 << 20, &Limits::default()).await.map_err(|u| u.why)
    }
}

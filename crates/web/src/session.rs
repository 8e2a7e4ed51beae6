//! The session cookie, and the CSRF token that is derived from it.

use hansei_app::secret;
use http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;

/// With https the browser itself guarantees that no other host or path has set it.
const SECURE_NAME: &str = "__Host-hansei";
/// Over plain http (loopback, demo) that prefix is not allowed.
const PLAIN_NAME: &str = "hansei";

/// How long a browser is known again, seconds.
const DEVICE_SECS: u32 = 180 * 86_400;

/// The cookie's name.
pub fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { PLAIN_NAME }
}

/// The value of a cookie.
pub fn cookie_named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(n, _)| *n == name).map(|(_, value)| value))
}

/// The session's secret, if the request carries one.
pub fn cookie(secure: bool, headers: &HeaderMap) -> Option<&str> {
    cookie_named(headers, name(secure))
}

/// The CSRF token of a session: derived from its secret, so nothing more is stored, and it does not give the secret.
pub fn csrf_of(cookie: &str) -> String {
    secret::sha256_hex(format!("hansei csrf {cookie}").as_bytes())
}

/// Compares in constant time.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    !a.is_empty() && bool::from(a.ct_eq(b))
}

fn set(name: &str, value: &str, max_age_secs: u32, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={max_age_secs}; HttpOnly; SameSite=Lax{secure}");
    // Secrets are hexadecimal and flashes base64, so this cannot fail; an empty header sets nothing.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// `Set-Cookie` of a new session.
pub fn start(secure: bool, secret: &str) -> HeaderValue {
    set(name(secure), secret, hansei_app::auth::SIGNED_IN_SECS, secure)
}

fn device_name(secure: bool) -> &'static str {
    if secure { "__Host-hansei-device" } else { "hansei-device" }
}

/// What this browser was marked with at an earlier sign-in. It opens nothing: wrong passwords of others do not lock it
/// out.
pub fn device(secure: bool, headers: &HeaderMap) -> Option<&str> {
    cookie_named(headers, device_name(secure))
}

/// `Set-Cookie` of a browser's mark.
pub fn mark_device(secure: bool, mark: &str) -> HeaderValue {
    set(device_name(secure), mark, DEVICE_SECS, secure)
}

/// `Set-Cookie` that forgets the session.
pub fn end(secure: bool) -> HeaderValue {
    set(name(secure), "", 0, secure)
}

/// `Set-Cookie` of a small value that is needed once.
pub fn once(name: &str, value: &str, secure: bool) -> HeaderValue {
    set(name, value, if value.is_empty() { 0 } else { 60 }, secure)
}

/// Where a person goes after signing in: only within this site.
pub fn safe_next(next: Option<&str>) -> &str {
    match next {
        Some(path)
            if path.starts_with('/')
                && !path.starts_with("//")
                && !path.contains('\\')
                && !path.chars().any(char::is_control) =>
        {
            path
        }
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_one_stays_here() {
        assert_eq!(safe_next(Some("/incidents/12?tab=x")), "/incidents/12?tab=x");
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\nb"] {
            assert_eq!(safe_next(Some(bad)), "/", "{bad:?}");
        }
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("xhansei=1; hansei=2; hansei_flash=3"));
        assert_eq!(cookie(false, &headers), Some("2"));
        assert_eq!(cookie(true, &headers), None);
    }
}

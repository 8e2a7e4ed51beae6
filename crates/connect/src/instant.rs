//! Reading the instants that senders write: RFC 3339 and its common relatives.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads an instant, truncated to microseconds (what every store keeps).
///
/// Accepted: RFC 3339 with `T` or a space, any fraction, `Z`, `+01:00` or `+0100`; and the same without an offset,
/// which is taken as UTC, since that is what programs mean that print a UTC clock without saying so.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    // The longest sensible form has 35 characters; nothing longer is even tried.
    if text.len() > 64 {
        return None;
    }
    let instant = match text.parse::<Timestamp>() {
        Ok(instant) => instant,
        Err(_) => {
            let local = text.parse::<DateTime>().ok().filter(|_| text.contains(':'))?;
            TimeZone::UTC.to_timestamp(local).ok()?
        }
    };
    Timestamp::from_microsecond(instant.as_microsecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_usual_ways_of_writing_one_instant_agree() {
        for text in [
            "2015-07-17T08:42:58.315Z",
            "2015-07-17T08:42:58.315+00:00",
            "2015-07-17T08:42:58.315+0000",
            "2015-07-17T10:42:58.315+02:00",
            "2015-07-17T10:42:58.315000999+0200",
            "2015-07-17 08:42:58.315Z",
            "2015-07-17T08:42:58.315",
            "2015-07-17 08:42:58.315",
            "2015-07-17t08:42:58.315z",
        ] {
            assert_eq!(
                parse(text).map(|t| t.to_string()).as_deref(),
                Some("2015-07-17T08:42:58.315Z"),
                "{text}"
            );
        }
        assert_eq!(
            parse("0001-01-01T00:00:00Z").map(|t| t.to_string()).as_deref(),
            Some("0001-01-01T00:00:00Z")
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "yesterday",
            "2015-07-17",
            "+275760-09-13T00:00:00Z",
            "1437122578",
            "12:00",
            "2015-13-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"2015-07-17T08:42:58Z".repeat(1000)), None);
    }
}

//! Instants and spans for people: in their zone, with the abbreviation that was right there and then (C1).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Locale;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// `14:05`, in a zone.
pub fn time_in(at: Timestamp, zone_name: &str) -> String {
    at.to_zoned(zone(zone_name)).strftime("%H:%M").to_string()
}

/// The date in the language's own order, in a zone: `2 Jul 2024`, `2. Juli 2024`, `2024年7月2日`.
pub fn date_in(at: Timestamp, locale: Locale, zone_name: &str) -> String {
    const EN: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DE: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let local = at.to_zoned(zone(zone_name));
    let (year, month, day) = (local.year(), local.month(), local.day());
    let index = usize::try_from(month).unwrap_or(1).saturating_sub(1).min(11);
    match locale {
        Locale::En => format!("{day} {} {year}", EN[index]),
        Locale::De => format!("{day}. {} {year}", DE[index]),
        Locale::Ja => format!("{year}年{month}月{day}日"),
    }
}

/// Date, time and the zone's abbreviation at that instant: `2 Jul 2024, 05:12 PDT`.
pub fn when_in(at: Timestamp, locale: Locale, zone_name: &str) -> String {
    let local = at.to_zoned(zone(zone_name));
    let clock = local.strftime("%H:%M %Z").to_string();
    let date = date_in(at, locale, zone_name);
    match locale {
        Locale::En | Locale::De => format!("{date}, {clock}"),
        Locale::Ja => format!("{date} {clock}"),
    }
}

/// RFC 3339 in UTC, for machines and `datetime` attributes.
pub fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A span in words of the language, two largest units: `2 h 37 min`, `4 Min. 10 s`, `2時間37分`.
pub fn span(secs: i64, locale: Locale) -> String {
    let sign = if secs < 0 { "−" } else { "" };
    let total = secs.unsigned_abs();
    let parts = [total / 86_400, total / 3_600 % 24, total / 60 % 60, total % 60];
    let units: [&str; 4] = match locale {
        Locale::En => [" d", " h", " min", " s"],
        Locale::De => [" T.", " Std.", " Min.", " s"],
        Locale::Ja => ["日", "時間", "分", "秒"],
    };
    let first = parts.iter().position(|p| *p > 0).unwrap_or(3);
    let mut words: Vec<String> = Vec::new();
    for i in first..(first + 2).min(4) {
        if parts[i] > 0 || i == first {
            words.push(format!("{}{}", parts[i], units[i]));
        }
    }
    let gap = if locale == Locale::Ja { "" } else { " " };
    format!("{sign}{}", words.join(gap))
}

/// A span as a clock: `02:14`, `1:02:14`.
pub fn span_short(secs: i64) -> String {
    let total = secs.unsigned_abs();
    let sign = if secs < 0 { "−" } else { "" };
    let (h, m, s) = (total / 3_600, total / 60 % 60, total % 60);
    if h > 0 { format!("{sign}{h}:{m:02}:{s:02}") } else { format!("{sign}{m:02}:{s:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C1: the source said "PST" in July; the zone says what is right.
    #[test]
    fn the_abbreviation_and_the_date_are_those_of_the_zone() {
        let at: Timestamp = "2024-07-03T05:05:00Z".parse().unwrap();
        assert_eq!(when_in(at, Locale::En, "America/Los_Angeles"), "2 Jul 2024, 22:05 PDT");
        assert_eq!(when_in(at, Locale::De, "Europe/Berlin"), "3. Juli 2024, 07:05 CEST");
        assert_eq!(when_in(at, Locale::Ja, "Asia/Tokyo"), "2024年7月3日 14:05 JST");
    }

    #[test]
    fn spans_show_their_two_largest_units() {
        assert_eq!(span(157 * 60, Locale::En), "2 h 37 min");
        assert_eq!(span(250, Locale::De), "4 Min. 10 s");
        assert_eq!(span(157 * 60, Locale::Ja), "2時間37分");
        assert_eq!(span(0, Locale::En), "0 s");
        assert_eq!(span_short(134), "02:14");
    }
}

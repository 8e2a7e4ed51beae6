//! Instants as timelines, clocks and forms need them: to the second, in the reader's zone, with its abbreviation.

use hansei_app::reading::clocks::{ClockKind, NextClock};
use hansei_app::reading::sentence::separator;
use hansei_app::words::Args;
use hansei_domain::Timestamp;
use hansei_domain::incident::{Incident, TimeKind};
use hansei_domain::refusal::FieldCode;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::form::Form;
use crate::shell::Shell;

/// How `datetime-local` fields are filled in.
const LOCAL: &str = "%Y-%m-%dT%H:%M:%S";

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

impl Shell {
    /// `14:16:42 CEST`, in the reader's zone.
    pub fn clock(&self, at: &Timestamp) -> String {
        at.to_zoned(zone(&self.zone)).strftime("%H:%M:%S %Z").to_string()
    }

    /// `12:16:42 UTC`.
    pub fn utc(&self, at: &Timestamp) -> String {
        at.strftime("%H:%M:%S UTC").to_string()
    }

    /// Whether the reader's zone is UTC anyway.
    pub fn in_utc(&self) -> bool {
        self.zone == "UTC"
    }

    /// An instant within a sentence: the time alone while it is today, else with its date.
    pub fn moment(&self, at: &Timestamp) -> String {
        if self.day(at) == self.day(&self.now) {
            at.to_zoned(zone(&self.zone)).strftime("%H:%M %Z").to_string()
        } else {
            self.when(at)
        }
    }

    /// The day an instant falls on for the reader.
    pub fn day(&self, at: &Timestamp) -> Date {
        at.to_zoned(zone(&self.zone)).date()
    }

    /// The day as a heading: `Tuesday, 2 Jul 2024`.
    pub fn day_heading(&self, at: &Timestamp) -> String {
        let weekday = self.t(&format!("weekday-{}", self.day(at).weekday().to_monday_one_offset()));
        let args = Args::new().text("weekday", weekday).text("date", self.date(at));
        self.ta("day-heading", &args)
    }

    /// Whether something was entered at another time than it happened.
    pub fn apart(&self, happened: &Timestamp, entered: &Timestamp) -> bool {
        entered.duration_since(*happened).as_secs().abs() >= 60
    }

    /// The value of a `datetime-local` field.
    pub fn local(&self, at: &Timestamp) -> String {
        at.to_zoned(zone(&self.zone)).strftime(LOCAL).to_string()
    }

    /// The reader's zone with its abbreviation now: `Europe/Berlin (CEST)`.
    pub fn zone_label(&self) -> String {
        let abbreviation = self.now.to_zoned(zone(&self.zone)).strftime("%Z").to_string();
        if abbreviation == self.zone { abbreviation } else { format!("{} ({abbreviation})", self.zone) }
    }
}

/// A number of things or seconds, by value or by reference: templates hand over either.
pub trait Count {
    /// The number.
    fn count(&self) -> i64;
}

macro_rules! counts {
    ($($number:ty),*) => {$(
        impl Count for $number {
            fn count(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )*};
}
counts!(u32, u64, usize, i64);

impl<T: Count + ?Sized> Count for &T {
    fn count(&self) -> i64 {
        T::count(self)
    }
}

impl Shell {
    /// A sentence with one number in it, which plural rules see as one.
    pub fn n(&self, key: &str, name: &'static str, value: impl Count) -> String {
        self.tn(key, name, value.count())
    }

    /// A sentence with two numbers in it.
    pub fn n2(
        &self,
        key: &str,
        name: &'static str,
        value: impl Count,
        other: &'static str,
        other_value: impl Count,
    ) -> String {
        self.ta(key, &Args::new().number(name, value.count()).number(other, other_value.count()))
    }

    /// A span in words, given in seconds.
    pub fn secs(&self, secs: impl Count) -> String {
        self.span(&secs.count())
    }

    /// The word of something by its stable name: `named("status-", "triage")`.
    pub fn named(&self, prefix: &str, name: impl std::fmt::Display) -> String {
        self.t(&format!("{prefix}{name}"))
    }

    /// An incident as people call it.
    pub fn inc(&self, number: &u64) -> String {
        format!("INC-{number}")
    }

    /// What is left until an instant, as a clock: `02:14`.
    pub fn left(&self, at: &Timestamp) -> String {
        hansei_app::words::span_short(at.duration_since(self.now).as_secs().max(0))
    }

    /// How long customers were hit, or how long it took, seconds.
    pub fn lasted(&self, incident: &Incident) -> Option<i64> {
        let start = incident.time(TimeKind::ImpactStarted).or(incident.time(TimeKind::Detected))?;
        let end = incident.time(TimeKind::ImpactEnded).or(incident.time(TimeKind::Resolved))?;
        // Not the quiet time between an end and a recurrence.
        let past = incident.past_impacts.iter();
        let past: i64 = past.filter_map(|i| Some(i.until_at?.duration_since(i.from_at).as_secs())).sum();
        Some(past + end.duration_since(start).as_secs())
    }

    /// The words before a countdown: `step 2 in`.
    pub fn clock_words(&self, clock: &NextClock) -> String {
        match clock.kind {
            ClockKind::Step { step, .. } => self.tn("clock-step", "step", step + 1),
            ClockKind::Fallback => self.t("clock-fallback"),
            ClockKind::Acknowledgement => self.t("clock-ack"),
        }
    }

    /// The words once it is over: `step 2 is due since`.
    pub fn clock_late(&self, clock: &NextClock) -> String {
        match clock.kind {
            ClockKind::Step { step, .. } => self.tn("clock-step-late", "step", step + 1),
            ClockKind::Fallback => self.t("clock-fallback-late"),
            ClockKind::Acknowledgement => self.t("clock-ack-late"),
        }
    }

    /// What happens when it runs out: `goes on to step 2`.
    pub fn clock_what(&self, clock: &NextClock) -> String {
        match clock.kind {
            ClockKind::Step { step, .. } => self.tn("clock-what-step", "step", step + 1),
            ClockKind::Fallback => self.t("clock-what-fallback"),
            ClockKind::Acknowledgement => self.t("clock-what-ack"),
        }
    }

    /// Whom it tells: `tells Jonas Weber`.
    pub fn clock_tells(&self, clock: &NextClock, people: &[String]) -> String {
        if clock.people.is_empty() {
            return self.t("clock-tells-nobody");
        }
        self.t1("clock-tells", "people", people.join(separator(self.locale)))
    }
}

/// An instant from a `datetime-local` field, meant in the reader's zone; RFC 3339 is taken, too.
///
/// A time that the zone skips (clocks go forward) does not exist and is an error of the field. A time that happens
/// twice (clocks go back) means the second one if the field stood at it before (`NAME_was`, RFC 3339), else the first.
pub fn instant(form: &mut Form, name: &str, zone_name: &str) -> Option<Timestamp> {
    let text = form.optional(name)?.to_owned();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let Ok(civil) = text.parse::<DateTime>() else {
        form.wrong(name, FieldCode::Malformed, "is not an instant");
        return None;
    };
    let zone = zone(zone_name);
    let before: Option<Timestamp> = form.optional(&format!("{name}_was")).and_then(|t| t.parse().ok());
    let same = before.filter(|at| {
        at.to_zoned(zone.clone()).strftime(LOCAL).to_string() == civil.strftime(LOCAL).to_string()
    });
    if same.is_some() {
        return same;
    }
    let ambiguous = zone.to_ambiguous_zoned(civil);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        form.wrong(name, FieldCode::Unknown, "does not exist in this zone: the clocks skip it");
        return None;
    }
    let read = ambiguous.compatible().ok().map(|z| z.timestamp());
    if read.is_none() {
        form.wrong(name, FieldCode::OutOfRange, "is too far away");
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, was: &str) -> (Option<String>, bool) {
        let mut form = Form::new().with("at", text).with("at_was", was);
        let at = instant(&mut form, "at", "Europe/Berlin").map(|at| at.to_string());
        (at, form.bad("at"))
    }

    #[test]
    fn local_times_are_meant_in_the_readers_zone() {
        assert_eq!(read("2024-07-02T10:10", "").0.as_deref(), Some("2024-07-02T08:10:00Z"));
        assert_eq!(read("2024-07-02T10:10:05Z", "").0.as_deref(), Some("2024-07-02T10:10:05Z"));
        assert_eq!(read("yesterday", ""), (None, true));
        assert_eq!(read("", ""), (None, false));
    }

    #[test]
    fn a_time_that_the_clocks_skip_does_not_exist() {
        assert_eq!(read("2024-03-31T02:30", ""), (None, true));
    }

    #[test]
    fn a_time_that_happens_twice_stays_the_one_it_was() {
        assert_eq!(read("2024-10-27T02:30", "").0.as_deref(), Some("2024-10-27T00:30:00Z"));
        let second = "2024-10-27T01:30:00Z";
        assert_eq!(read("2024-10-27T02:30", second).0.as_deref(), Some(second));
        assert_eq!(read("2024-10-27T02:31", second).0.as_deref(), Some("2024-10-27T00:31:00Z"));
    }
}

//! What every handler shares: the use-cases, the settings, the names of the assets.

use std::ops::Deref;
use std::sync::Arc;

use hansei_app::App;
use parking_lot::Mutex;
use tokio::sync::watch;

use hansei_domain::Timestamp;

use crate::assets::Assets;
use crate::config::{Formats, WebConfig};
use crate::intake::FreshIds;
use crate::live::Places;
use crate::throttle::PerSpan;

/// Figures in the navigation are at most this old, nanoseconds: they cost one read for everybody.
const COUNTS_NANOS: u64 = 1_000_000_000;

/// The shared state, cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

/// What stands behind [`Web`].
pub struct Inner {
    /// The use-cases.
    pub app: Arc<App>,
    /// Settings.
    pub config: WebConfig,
    /// Names and contents of the front end's files.
    pub assets: Assets,
    /// Whether people reach this by https (cookies are `Secure` then, and HSTS is sent).
    pub secure: bool,
    /// The wire formats of the doors.
    pub formats: Formats,
    /// When this node began.
    pub started_at: Timestamp,
    /// Counts unreadable payloads that are kept.
    pub unreadable: PerSpan,
    /// Counts repeats.
    pub repeats: PerSpan,
    /// Ids for signals whose senders left the key to us.
    pub fresh_ids: FreshIds,
    /// What the API shares between requests.
    pub api: crate::api::Shared,
    /// Open streams.
    pub streams: Arc<Places>,
    counts: Mutex<Option<(u64, NavCounts)>>,
    closing: watch::Sender<bool>,
}

/// What the navigation counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NavCounts {
    /// Active incidents.
    pub burning: u64,
    /// Alerts that fire.
    pub firing: u64,
}

impl Web {
    /// Puts the shared state together.
    pub fn new(app: Arc<App>, config: WebConfig, formats: Formats) -> Self {
        let secure = app.config.public_url.starts_with("https://");
        let assets = Assets::load();
        let started_at = app.clock.now();
        let unreadable = PerSpan::new(config.limits.unreadable_per_min, 60);
        let repeats = PerSpan::new(config.limits.repeats_per_sec, 1);
        let (counts, closing) = (Mutex::new(None), watch::Sender::new(false));
        Self(Arc::new(Inner {
            app,
            config,
            assets,
            secure,
            formats,
            started_at,
            unreadable,
            repeats,
            fresh_ids: FreshIds::default(),
            streams: Arc::default(),
            api: crate::api::Shared::default(),
            counts,
            closing,
        }))
    }

    /// Tells streams to end: the server stops.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Becomes true when the server stops.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// What the navigation counts, at most a second old; zeros while the store cannot tell.
    pub async fn nav_counts(&self) -> NavCounts {
        let now = self.app.clock.monotonic_nanos();
        if let Some((at, counts)) = *self.counts.lock()
            && now.saturating_sub(at) < COUNTS_NANOS
        {
            return counts;
        }
        let Ok(figures) = self.app.store.figures(self.app.clock.now()).await else {
            return NavCounts::default();
        };
        let counts = NavCounts { burning: figures.active_incidents, firing: figures.firing_alerts };
        *self.counts.lock() = Some((now, counts));
        counts
    }
}

impl Deref for Web {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

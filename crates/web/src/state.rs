//! What every handler shares: the use-cases, the settings, the names of the assets.

use std::ops::Deref;
use std::sync::Arc;

use hansei_app::App;
use parking_lot::Mutex;

use crate::assets::Assets;
use crate::config::WebConfig;

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
    counts: Mutex<Option<(u64, NavCounts)>>,
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
    pub fn new(app: Arc<App>, config: WebConfig) -> Self {
        let secure = app.config.public_url.starts_with("https://");
        let assets = Assets::load();
        Self(Arc::new(Inner { app, config, assets, secure, counts: Mutex::new(None) }))
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

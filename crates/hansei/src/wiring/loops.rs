//! The reconcilers as endless loops: decide, due, deliver, tail, audit, canary, sweep.
//!
//! Each loop asks its use-case again and again: at once while there is work, on a nudge, and at the latest after a
//! short pause, so that a lost nudge costs time and never work. A loop that panics is restarted within a second and
//! counted (R47); a store that is away is waited for with growing pauses. Nudges that come in crowds are gathered for
//! some milliseconds where nobody waits for them: only what leads to a page is done at once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hansei_app::{App, AppError, AppResult};
use hansei_domain::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// An attempt that has no outcome by then is given up as ambiguous; its lease, which ends then, repeats it (R9).
const ATTEMPT_LIMIT: Duration = Duration::from_secs(hansei_app::deliver::LEASE_SECS as u64);
/// What is under way at the end has this long: what a sender may take, and the outcome.
const LAST_ATTEMPTS: Duration = Duration::from_secs(10);
/// A batch of so many signals means load.
const CROWD: usize = 64;
/// How long the deciding waits for more under load, by how much came in the last batch.
const PATIENCE: [(usize, Duration); 3] = [
    (1_000, Duration::from_millis(100)),
    (200, Duration::from_millis(40)),
    (CROWD, Duration::from_millis(10)),
];
/// The longest a loop sleeps without a nudge.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// How long nudges are gathered where a deadline or a stream waits, not a page.
const GATHER: Duration = Duration::from_millis(20);
/// How often the tail looks at the journal without a nudge, or without anybody who listens.
const UNHEARD: Duration = Duration::from_millis(200);
/// While something that is due cannot be done, it is looked at again after this.
const STUCK: Duration = Duration::from_millis(200);

/// The running loops.
pub struct Loops {
    app: Arc<App>,
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Loops {
    /// Starts all of them.
    pub fn start(app: &Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut loops = Self { app: Arc::clone(app), tasks: JoinSet::new(), stop };
        for lane in ["decide", "due", "deliver"] {
            app.round_done(lane);
        }
        loops.add("decide", &stopped, decide);
        loops.add("due", &stopped, due);
        loops.add("deliver", &stopped, deliver);
        loops.add("tail", &stopped, tail);
        loops.add("audit", &stopped, audit);
        loops.add("repeats", &stopped, repeats);
        loops.add("sweep", &stopped, sweep);
        loops.add("canary", &stopped, super::canary::run);
        loops
    }

    fn add<F>(&mut self, name: &'static str, stopped: &watch::Receiver<bool>, body: fn(Arc<App>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (app, mut stopped) = (Arc::clone(&self.app), stopped.clone());
        self.tasks.spawn(async move {
            loop {
                let run = tokio::spawn(body(Arc::clone(&app)));
                let abort = run.abort_handle();
                tokio::select! {
                    ended = run => {
                        let why = ended.err().map_or_else(|| "ended".to_owned(), |e| e.to_string());
                        tracing::error!(lane = name, why, "a reconciler stopped; it is started again");
                        metrics::counter!("hansei_reconciler_restarts_total", "lane" => name).increment(1);
                    }
                    _ = stopped.wait_for(|stop| *stop) => {
                        abort.abort();
                        return;
                    }
                }
                sleep(Duration::from_millis(500)).await;
            }
        });
    }

    /// Ends all of them. Attempts under way are waited for, so that nobody is told twice because of an orderly end;
    /// whatever else they were doing is repeated by the next start.
    pub async fn stop(mut self) {
        // No claim begins after this, and what was claimed holds a place until its outcome is recorded.
        if timeout(LAST_ATTEMPTS, self.app.places.close()).await.is_err() {
            tracing::warn!("attempts were still under way at the end; they are repeated");
        }
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Pauses after errors: 50 ms, doubling to 2 s.
pub(super) struct Pause(u64);

impl Pause {
    pub(super) const fn new() -> Self {
        Self(50)
    }

    pub(super) async fn after(&mut self, lane: &'static str, error: &AppError) {
        match error {
            AppError::Unavailable(_) | AppError::Conflict | AppError::Backlogged => {
                tracing::warn!(lane, %error, "the store cannot now; trying again");
            }
            AppError::Refused(_) | AppError::Bug(_) => tracing::error!(lane, %error, "a reconciler failed"),
        }
        metrics::counter!("hansei_reconciler_errors_total", "lane" => lane).increment(1);
        sleep(Duration::from_millis(self.0)).await;
        self.0 = (self.0 * 2).min(2_000);
    }

    pub(super) fn over(&mut self) {
        self.0 = 50;
    }
}

async fn decide(app: Arc<App>) {
    let mut pause = Pause::new();
    loop {
        match app.decide_once().await {
            Ok(0) => {
                pause.over();
                app.round_done("decide");
                let _ = timeout(LONGEST_SLEEP, app.store.inbox_wait()).await;
            }
            Ok(count) => {
                pause.over();
                app.round_done("decide");
                // Under load a moment's patience makes larger batches, which cost far less for each signal; while little
                // arrives, or when already behind, nobody waits.
                if count < hansei_app::decide::BATCH
                    && let Some((_, patience)) = PATIENCE.iter().find(|(crowd, _)| count >= *crowd)
                {
                    sleep(*patience).await;
                }
            }
            Err(error) => pause.after("decide", &error).await,
        }
    }
}

/// How long to sleep until an instant, at most [`LONGEST_SLEEP`]. What has passed and is still there cannot be done now.
fn until(app: &App, next: Option<Timestamp>) -> Duration {
    let Some(next) = next else { return LONGEST_SLEEP };
    match Duration::try_from(next.duration_since(app.clock.now())) {
        Ok(left) if !left.is_zero() => left.clamp(Duration::from_millis(1), LONGEST_SLEEP),
        _ => STUCK,
    }
}

async fn due(app: Arc<App>) {
    let mut pause = Pause::new();
    loop {
        let step = async {
            while app.due_once().await? > 0 {
                app.round_done("due");
            }
            app.next_due_at().await
        };
        match step.await {
            Ok(next) => {
                pause.over();
                app.round_done("due");
                let left = until(&app, next);
                if timeout(left, app.wake.due.notified()).await.is_ok() {
                    sleep(GATHER.min(left)).await;
                }
            }
            Err(error) => pause.after("due", &error).await,
        }
    }
}

async fn deliver(app: Arc<App>) {
    let mut pause = Pause::new();
    loop {
        match deliver_round(&app).await {
            Ok(()) => {
                pause.over();
                app.round_done("deliver");
            }
            Err(error) => pause.after("deliver", &error).await,
        }
    }
}

/// Claims what finds a place (a claim must not wait: R11) and begins it; then waits for more.
async fn deliver_round(app: &Arc<App>) -> AppResult<()> {
    let claimed = app.claim_places().await?;
    if claimed.full {
        app.places.want();
    }
    let some = !claimed.leases.is_empty();
    for lease in claimed.leases {
        let app = Arc::clone(app);
        tokio::spawn(async move {
            let page = lease.entry.page_id;
            match timeout(ATTEMPT_LIMIT, Arc::clone(&app).deliver_claim(lease)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(page.id = %page, %error, "an attempt was not recorded; it is repeated")
                }
                Err(_) => tracing::error!(page.id = %page, "an attempt took too long; it is repeated"),
            }
        });
    }
    let nudged = async {
        tokio::select! {
            () = app.wake.deliver.notified() => {}
            () = app.places.freed.notified() => {}
        }
    };
    tokio::pin!(nudged);
    // While one nudge follows the other, nobody needs to know what comes later.
    if some && timeout(GATHER, &mut nudged).await.is_ok() {
        return Ok(());
    }
    let left = until(app, app.next_send_at().await?);
    // What waits for a place of a kind that is full is no reason to look all the time.
    let left = if claimed.full { left.max(STUCK) } else { left };
    let _ = timeout(left, nudged).await;
    Ok(())
}

async fn tail(app: Arc<App>) {
    let mut pause = Pause::new();
    loop {
        match app.tail_once().await {
            Ok(0) => {
                pause.over();
                if timeout(UNHEARD, app.wake.live.notified()).await.is_ok() {
                    // While nobody listens, the tail only has to stay near the end.
                    sleep(if app.live.streams() == 0 { UNHEARD } else { GATHER }).await;
                }
            }
            Ok(_) => pause.over(),
            Err(error) => pause.after("tail", &error).await,
        }
    }
}

async fn audit(app: Arc<App>) {
    let mut pause = Pause::new();
    loop {
        sleep(Duration::from_secs(60)).await;
        match app.audit_once().await {
            Ok(_) => pause.over(),
            Err(error) => pause.after("audit", &error).await,
        }
    }
}

async fn repeats(app: Arc<App>) {
    let mut pause = Pause::new();
    loop {
        sleep(Duration::from_secs(1)).await;
        let step = async {
            while app.flush_repeats().await? > 0 {}
            AppResult::Ok(())
        };
        match step.await {
            Ok(()) => pause.over(),
            Err(error) => pause.after("repeats", &error).await,
        }
    }
}

async fn sweep(app: Arc<App>) {
    let mut pause = Pause::new();
    let mut round: u64 = 0;
    loop {
        sleep(Duration::from_secs(5)).await;
        let step = async {
            while app.sweep_resolved().await? > 0 {}
            if round.is_multiple_of(720) {
                let now = app.clock.now();
                // Answers to idempotency keys are kept for 72 hours (R3).
                let before = now - jiff::SignedDuration::from_hours(72);
                let rows = app.store.sweep(now, before).await?;
                tracing::debug!(rows, "swept");
            }
            AppResult::Ok(())
        };
        match step.await {
            Ok(()) => pause.over(),
            Err(error) => pause.after("sweep", &error).await,
        }
        round += 1;
    }
}

//! The reconcilers as endless loops: decide, due, deliver, tail, audit, canary, sweep.
//!
//! Each loop asks its use-case again and again: at once while there is work, on a nudge, and at the latest after a
//! short pause, so that a lost nudge costs time and never work. A loop that panics is restarted within a second and
//! counted (R47); a store that is away is waited for with growing pauses.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hansei_app::{App, AppError, AppResult};
use hansei_domain::Timestamp;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Attempts under way at once.
const ATTEMPTS: usize = 64;
/// An attempt that has no outcome by then is given up as ambiguous; the lease repeats it (R9).
const ATTEMPT_LIMIT: Duration = Duration::from_secs(20);
/// A batch of so many signals means load.
const CROWD: usize = 16;
/// How long the deciding waits for more under load, by how much came in the last batch.
const PATIENCE: [(usize, Duration); 3] = [
    (1_000, Duration::from_millis(100)),
    (150, Duration::from_millis(40)),
    (CROWD, Duration::from_millis(10)),
];
/// The longest a loop sleeps without a nudge.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// The running loops.
pub struct Loops {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Loops {
    /// Starts all of them.
    pub fn start(app: &Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut loops = Self { tasks: JoinSet::new(), stop };
        loops.add("decide", app, &stopped, decide);
        loops.add("due", app, &stopped, due);
        loops.add("deliver", app, &stopped, deliver);
        loops.add("tail", app, &stopped, tail);
        loops.add("audit", app, &stopped, audit);
        loops.add("repeats", app, &stopped, repeats);
        loops.add("sweep", app, &stopped, sweep);
        loops.add("canary", app, &stopped, canary);
        loops
    }

    fn add<F>(
        &mut self,
        name: &'static str,
        app: &Arc<App>,
        stopped: &watch::Receiver<bool>,
        body: fn(Arc<App>) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let (app, mut stopped) = (Arc::clone(app), stopped.clone());
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

    /// Ends all of them. What they were doing is repeated by the next start.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Pauses after errors: 50 ms, doubling to 2 s.
struct Pause(u64);

impl Pause {
    const fn new() -> Self {
        Self(50)
    }

    async fn after(&mut self, lane: &'static str, error: &AppError) {
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

    fn over(&mut self) {
        self.0 = 50;
    }
}

async fn decide(app: Arc<App>) {
    let mut pause = Pause::new();
    loop {
        match app.decide_once().await {
            Ok(0) => {
                pause.over();
                let _ = timeout(LONGEST_SLEEP, app.store.inbox_wait()).await;
            }
            Ok(count) => {
                pause.over();
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

/// How long to sleep until an instant, at most [`LONGEST_SLEEP`].
fn until(app: &App, next: Option<Timestamp>) -> Duration {
    let Some(next) = next else { return LONGEST_SLEEP };
    let millis = next.duration_since(app.clock.now()).as_millis().clamp(0, 1_000);
    Duration::from_millis(u64::try_from(millis).unwrap_or(0).max(1)).min(LONGEST_SLEEP)
}

async fn due(app: Arc<App>) {
    let mut pause = Pause::new();
    loop {
        let step = async {
            while app.due_once().await? > 0 {}
            app.next_due_at().await
        };
        match step.await {
            Ok(next) => {
                pause.over();
                let _ = timeout(until(&app, next), app.wake.due.notified()).await;
            }
            Err(error) => pause.after("due", &error).await,
        }
    }
}

async fn deliver(app: Arc<App>) {
    let slots = Arc::new(Semaphore::new(ATTEMPTS));
    let mut pause = Pause::new();
    loop {
        match deliver_round(&app, &slots).await {
            Ok(Some(next)) => {
                pause.over();
                let _ = timeout(next, app.wake.deliver.notified()).await;
            }
            Ok(None) => pause.over(),
            Err(error) => pause.after("deliver", &error).await,
        }
    }
}

/// Claims as many as can begin at once (a claim must not wait: R11), and begins them. `Some` = nothing left to claim.
async fn deliver_round(app: &Arc<App>, slots: &Arc<Semaphore>) -> AppResult<Option<Duration>> {
    let first = Arc::clone(slots).acquire_owned().await.map_err(|e| AppError::Bug(e.to_string()))?;
    let more = slots.available_permits();
    let claims = app.claim(more + 1).await?;
    if claims.is_empty() {
        return Ok(Some(until(app, app.next_send_at().await?)));
    }
    let mut permit = Some(first);
    for claim in claims {
        let permit = match permit.take() {
            Some(permit) => permit,
            None => Arc::clone(slots).acquire_owned().await.map_err(|e| AppError::Bug(e.to_string()))?,
        };
        let app = Arc::clone(app);
        tokio::spawn(async move {
            let page = claim.entry.page_id;
            match timeout(ATTEMPT_LIMIT, Arc::clone(&app).deliver_claim(claim)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(page.id = %page, %error, "an attempt was not recorded; it is repeated")
                }
                Err(_) => tracing::error!(page.id = %page, "an attempt took too long; it is repeated"),
            }
            drop(permit);
            app.wake.deliver.notify_one();
        });
    }
    Ok(None)
}

async fn tail(app: Arc<App>) {
    let mut pause = Pause::new();
    loop {
        match app.tail_once().await {
            Ok(0) => {
                pause.over();
                let _ = timeout(Duration::from_millis(200), app.wake.live.notified()).await;
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

async fn canary(app: Arc<App>) {
    let every = Duration::from_secs(u64::from(app.config.canary_secs));
    if every.is_zero() {
        std::future::pending::<()>().await;
    }
    let mut pause = Pause::new();
    loop {
        let walk = async {
            app.canary_out().await?;
            let limit = Duration::from_secs(hansei_app::canary::LIMIT_SECS.unsigned_abs());
            let home = async {
                while !app.canary_answer().await? {
                    app.wake.canary.notified().await;
                }
                AppResult::Ok(())
            };
            match timeout(limit, home).await {
                Ok(done) => done,
                Err(_) => {
                    tracing::error!("the self-test did not come home in time");
                    metrics::counter!("hansei_canary_lost_total").increment(1);
                    Ok(())
                }
            }
        };
        match walk.await {
            Ok(()) => pause.over(),
            Err(error) => pause.after("canary", &error).await,
        }
        sleep(every).await;
    }
}

//! The self-test's own loop: a walk now and then, and the answers to walks of other nodes in between.

use std::sync::Arc;
use std::time::Duration;

use hansei_app::canary::LIMIT;
use hansei_app::{App, AppResult};
use tokio::time::{sleep, timeout};

use super::loops::Pause;

/// How often a walk is looked after that another node may answer.
const LOOK: Duration = Duration::from_millis(250);
/// While another node's walk is under way.
const OTHERS: Duration = Duration::from_secs(1);

/// Walks for ever. Without walks, only what an earlier process left behind is ended.
pub async fn run(app: Arc<App>) {
    let every = Duration::from_secs(u64::from(app.config.canary_secs));
    let mut pause = Pause::new();
    loop {
        match walk(&app, !every.is_zero()).await {
            Ok(()) => pause.over(),
            Err(error) => {
                pause.after("canary", &error).await;
                app.canary_lost();
            }
        }
        if every.is_zero() {
            std::future::pending::<()>().await;
        }
        // A page of another node's walk may be delivered here: its answer must not wait for our next one.
        let _ = timeout(every, answers(&app)).await;
    }
}

async fn walk(app: &App, goes: bool) -> AppResult<()> {
    if !goes {
        while app.canary_clear().await?.is_none() {
            sleep(OTHERS).await;
        }
        return Ok(());
    }
    while !app.canary_out().await? {
        let _ = timeout(OTHERS, answers(app)).await;
    }
    if timeout(LIMIT, home(app)).await.is_err() && app.canary_lost() {
        tracing::error!("the self-test did not come home in time");
        metrics::counter!("hansei_canary_lost_total").increment(1);
        app.canary_clear().await?;
    }
    Ok(())
}

/// Waits until the walk has come home. A store that is away for a moment does not end it: what has arrived is answered
/// as soon as that works.
async fn home(app: &App) {
    let mut pause = Pause::new();
    while app.canary.is_out() {
        match step(app).await {
            Ok(()) => pause.over(),
            Err(error) => pause.after("canary", &error).await,
        }
    }
}

async fn step(app: &App) -> AppResult<()> {
    while app.canary_answer().await? {}
    if !app.store.is_only_writer() {
        app.canary_look().await?;
    }
    if app.canary.is_out() {
        let _ = timeout(LOOK, app.wake.canary.notified()).await;
    }
    Ok(())
}

/// Answers what arrives, for ever.
async fn answers(app: &App) {
    let mut pause = Pause::new();
    loop {
        match app.canary_answer().await {
            Ok(true) => pause.over(),
            Ok(false) => app.wake.canary.notified().await,
            Err(error) => pause.after("canary", &error).await,
        }
    }
}

//! Long pieces of work (verify, backup) beside the daily ones: on a connection of their own, telling how far they are.

use hansei_app::ports::{Progress, StoreError, StoreResult};
use tokio::sync::{mpsc, oneshot};

/// Tells how far a piece of work is, from wherever it runs.
#[derive(Debug, Clone)]
pub(crate) struct Reporter {
    steps: mpsc::UnboundedSender<(u64, u64)>,
}

/// The other end of a [`Reporter`].
pub(crate) type Steps = mpsc::UnboundedReceiver<(u64, u64)>;

impl Reporter {
    /// A reporter and its other end.
    pub fn new() -> (Self, Steps) {
        let (steps, receiver) = mpsc::unbounded_channel();
        (Self { steps }, receiver)
    }

    /// So much is done, of so much.
    pub fn report(&self, done: u64, total: u64) {
        // Whoever no longer listens does not want to know.
        let _ = self.steps.send((done, total));
    }
}

/// Passes steps on until the work is done.
pub(crate) async fn follow<T>(
    progress: Progress<'_>,
    mut steps: Steps,
    mut done: oneshot::Receiver<StoreResult<T>>,
) -> StoreResult<T> {
    loop {
        tokio::select! {
            biased;
            Some((step, total)) = steps.recv() => progress(step, total),
            result = &mut done => {
                return result.unwrap_or_else(|_| Err(StoreError::Bug("a long piece of work ended early".into())));
            }
        }
    }
}

//! Payloads that could not be read, dealt with: read again or put aside, and by whom (R5).

use hansei_domain::access::Actor;
use hansei_domain::catalog::EntryId;

use crate::App;
use crate::error::AppResult;
use crate::ports::{IdempotencyRow, QuarantineRow, SideWrite};

impl App {
    /// Marks a payload as `replayed` or `discarded`. The journal of its key says by whom; what came without a key (by
    /// the API) is told in the journal of its service. `remembered` is stored with it (R3). A conflict means that
    /// somebody else has dealt with it.
    pub async fn settle_kept(
        &self,
        actor: &Actor,
        row: &QuarantineRow,
        how: &str,
        remembered: Option<IdempotencyRow>,
    ) -> AppResult<()> {
        let at = self.clock.now();
        let mut side = vec![SideWrite::QuarantineSettle { id: row.id, at, how: how.to_owned() }];
        side.extend(remembered.map(SideWrite::Idempotency));
        let key = EntryId::Key(row.key_id);
        let known = self.catalog.now().entry(key).is_some();
        let entry = if known { key } else { EntryId::Service(row.service_id) };
        self.audit_entry(actor, entry, &format!("quarantine_{how}"), Some(row.id.to_string()), side).await
    }
}

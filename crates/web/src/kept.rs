//! Reading a kept payload again, for the page and the API alike.

use hansei_app::intake;
use hansei_app::ports::{FormatCtx, Parsed, QuarantineRow};
use hansei_domain::signal::SourceFormat;

use crate::state::Web;

/// What a payload says to this build; the error is why it still cannot be read.
pub fn read_again(web: &Web, row: &QuarantineRow) -> Result<Parsed, String> {
    if row.truncated {
        return Err("only its beginning was kept".into());
    }
    let app = &web.app;
    let source = SourceFormat::parse(&row.format).unwrap_or(SourceFormat::Internal);
    let Some(format) = web.formats.of(source, &row.body) else {
        let waiting = intake::decode(&row.body)?;
        return Ok(Parsed { signals: vec![waiting.signal], ..Parsed::default() });
    };
    let received_at = app.clock.now();
    let fresh = app.ids.fresh(received_at);
    let ctx = FormatCtx { service_id: row.service_id, key_id: row.key_id, received_at, fresh };
    let parsed = format.parse(&row.body, &ctx).map_err(|e| e.0)?;
    if parsed.signals.is_empty() {
        let first = parsed.bad.iter().flat_map(|b| &b.errors).next();
        return Err(first.map_or_else(|| "it holds nothing that can be read".into(), ToString::to_string));
    }
    Ok(parsed)
}

-- Entries of one kind of contact are claimed only if that kind has a free place, so each says its kind; those that
-- still wait learn it from their page.
ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'email';
UPDATE outbox SET kind = COALESCE(
    (SELECT page.state::jsonb #>> ARRAY['channels', outbox.channel::text, 'contact', 'kind']
     FROM page WHERE page.id = outbox.page_id), 'email')
WHERE done_at IS NULL;
CREATE INDEX outbox_kind ON outbox (kind, lane_rank, available_at, id) WHERE done_at IS NULL;

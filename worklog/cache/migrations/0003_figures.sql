-- What timesheets add up, beside the content that it follows from: ten years are added up
-- from one index, without reading what the segments hold.

-- Time by hand, and the time of late segments, tracked or by hand [s].
ALTER TABLE segments ADD COLUMN manual_seconds INTEGER NOT NULL DEFAULT 0
    CHECK (manual_seconds BETWEEN 0 AND 600);
ALTER TABLE segments ADD COLUMN late_seconds INTEGER NOT NULL DEFAULT 0
    CHECK (late_seconds BETWEEN 0 AND 600);
-- The amount in minor units of its currency; it is written with all its decimals.
ALTER TABLE segments ADD COLUMN minor INTEGER;
UPDATE segments SET minor = CAST(replace(amount, '.', '') AS INTEGER) WHERE amount IS NOT NULL;

WITH RECURSIVE seconds (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM seconds WHERE n < 599)
UPDATE segments SET manual_seconds = (
    SELECT count(*) FROM seconds WHERE EXISTS (
        SELECT 1 FROM json_each(segments.content, '$.manual') AS time
        WHERE n >= json_extract(time.value, '$.start') AND n < json_extract(time.value, '$.end')
    )
) WHERE json_array_length(content, '$.manual') > 0;

WITH RECURSIVE seconds (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM seconds WHERE n < 599)
UPDATE segments SET late_seconds = (
    SELECT count(*) FROM seconds WHERE EXISTS (
        SELECT 1 FROM json_each(segments.content, '$.manual') AS time
        WHERE n >= json_extract(time.value, '$.start') AND n < json_extract(time.value, '$.end')
        UNION ALL
        SELECT 1 FROM json_each(segments.content, '$.tracked') AS time
        WHERE n >= json_extract(time.value, '$[0]') AND n < json_extract(time.value, '$[1]')
    )
) WHERE json_extract(content, '$.late');

CREATE INDEX segments_figures ON segments (
    contract_id, currency, is_deleted, slot,
    billed_seconds, tracked_seconds, manual_seconds, late_seconds, minor
);

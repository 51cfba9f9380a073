-- A channel's hosts look after it: they calm it alone, and take back what they removed.
CREATE TABLE channel_calm (
    channel UUID PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
    until BIGINT NOT NULL
);

-- The one channel that a removal was about; none where it was the whole event.
ALTER TABLE bulk_removal ADD COLUMN channel UUID REFERENCES channel (id) ON DELETE CASCADE;

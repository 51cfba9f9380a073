-- A channel's hosts look after it: they calm it alone, and take back what they removed.
CREATE TABLE channel_calm (
    channel UUID PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
    until BIGINT NOT NULL
);

-- The one channel that a removal was about; none where it was the whole event.
ALTER TABLE bulk_removal ADD COLUMN channel UUID REFERENCES channel (id) ON DELETE CASCADE;

-- The name is given where it is asked who is in a channel.
ALTER TABLE profile ADD COLUMN named BOOLEAN NOT NULL DEFAULT FALSE;
-- Not there for others: neither counted nor named in the channels one has open.
ALTER TABLE profile ADD COLUMN invisible BOOLEAN NOT NULL DEFAULT FALSE;

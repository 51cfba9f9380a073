-- Pictures in messages. Their pixels are blobs; what a reader needs of them
-- stands in the message itself, so that reading a page asks for nothing more.

CREATE TABLE image (
    id UUID PRIMARY KEY,
    -- Who sent it; none once their account is deleted.
    person UUID REFERENCES person (id) ON DELETE SET NULL,
    -- Where it stands, or waits for a moderator; none while its message is written.
    message UUID REFERENCES message (id) ON DELETE SET NULL,
    held UUID REFERENCES held_message (id) ON DELETE SET NULL,
    -- Of the large form.
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    -- How each form is written, 'jpeg' or 'png'.
    large TEXT NOT NULL,
    small TEXT NOT NULL,
    made BIGINT NOT NULL
);
CREATE INDEX image_person ON image (person) WHERE person IS NOT NULL;
CREATE INDEX image_message ON image (message) WHERE message IS NOT NULL;
CREATE INDEX image_held ON image (held) WHERE held IS NOT NULL;
CREATE INDEX image_unposted ON image (made) WHERE message IS NULL AND held IS NULL;

-- As readers get them, JSON; none in most messages.
ALTER TABLE message ADD COLUMN images TEXT;
ALTER TABLE bulk_removed ADD COLUMN images TEXT;
ALTER TABLE held_message ADD COLUMN images TEXT;

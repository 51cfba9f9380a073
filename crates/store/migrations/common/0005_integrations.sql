-- Ways in and out: exports of the whole chat.

-- The whole chat of an event on its way out. A job writes it piece by piece
-- into the blob store; whoever had it made fetches it within a week.
CREATE TABLE chat_export (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    state TEXT NOT NULL, -- running | ready
    messages BIGINT NOT NULL,
    created BIGINT NOT NULL,
    finished BIGINT
);
CREATE INDEX chat_export_event ON chat_export (event, person);

CREATE TABLE chat_export_channel (
    export UUID NOT NULL REFERENCES chat_export (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    channel UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    after_seq BIGINT NOT NULL, -- messages up to this one are written
    pieces BIGINT NOT NULL,
    ended BOOLEAN NOT NULL,
    PRIMARY KEY (export, position)
);

-- Webhooks in both directions, bots with tokens, and what was brought along from
-- other chats.

-- What stands behind a name: person | bot | webhook | imported.
ALTER TABLE person ADD COLUMN kind TEXT NOT NULL DEFAULT 'person';

-- What a token is for: scopes with a space between, and the channels it is
-- bound to. Without scopes it stands for all its person may do.
ALTER TABLE sign_in ADD COLUMN scopes TEXT;
ALTER TABLE sign_in ADD COLUMN channels TEXT;

CREATE TABLE bot (
    person UUID PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    retired BIGINT
);
CREATE INDEX bot_event ON bot (event);

CREATE TABLE incoming_hook (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    channel UUID NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    person UUID NOT NULL REFERENCES person (id), -- the name it speaks under
    token_hash TEXT UNIQUE,                      -- none once it is revoked
    created BIGINT NOT NULL,
    used BIGINT
);
CREATE INDEX incoming_hook_event ON incoming_hook (event);

-- Further names that messages of a hook came under.
CREATE TABLE incoming_hook_name (
    hook UUID NOT NULL REFERENCES incoming_hook (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    person UUID NOT NULL REFERENCES person (id),
    PRIMARY KEY (hook, name)
);

CREATE TABLE outgoing_hook (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    -- Kept as they are: signing needs them. They open nothing here.
    secret TEXT NOT NULL,
    old_secret TEXT,
    created BIGINT NOT NULL,
    failing_since BIGINT,
    disabled BIGINT
);
CREATE INDEX outgoing_hook_event ON outgoing_hook (event);

-- What a hook listens to, and the number of the event it was told last.
CREATE TABLE outgoing_hook_topic (
    hook UUID NOT NULL REFERENCES outgoing_hook (id) ON DELETE CASCADE,
    topic TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (hook, topic)
);

CREATE TABLE delivery (
    id UUID PRIMARY KEY,
    hook UUID NOT NULL REFERENCES outgoing_hook (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL, -- empty once it was delivered
    created BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    status BIGINT,
    failure TEXT,
    delivered BIGINT
);
CREATE INDEX delivery_hook ON delivery (hook, created);
CREATE INDEX delivery_created ON delivery (created);

-- What was brought along from other chats, by the ids it had there: a second
-- import of the same changes nothing.
CREATE TABLE imported (
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    source TEXT NOT NULL, -- slack:channel:ID | slack:user:ID | slack:message:CHANNEL:TS
    target UUID NOT NULL,
    PRIMARY KEY (event, source)
);

-- The first shape of everything. Written in the words that SQLite and
-- PostgreSQL share: UUID, TEXT, BOOLEAN, BIGINT. Times are milliseconds since
-- 1970, days are YYYY-MM-DD, secrets are kept as the hex of their SHA-256.

CREATE TABLE person (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT UNIQUE,
    pronouns TEXT,
    zone TEXT,
    language TEXT,
    created BIGINT NOT NULL,
    deleted BIGINT
);

CREATE TABLE role_grant (
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    scope TEXT NOT NULL, -- installation | event | room
    event UUID NOT NULL, -- the nil UUID for the installation
    room UUID NOT NULL,  -- the nil UUID where the scope is wider
    created BIGINT NOT NULL,
    PRIMARY KEY (person, role, event, room)
);

CREATE TABLE sign_in_link (
    id UUID PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    name TEXT,
    event UUID,
    reusable BOOLEAN NOT NULL, -- the demo's links alone
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used BIGINT
);
CREATE INDEX sign_in_link_email ON sign_in_link (email, created);

CREATE TABLE sign_in (
    id UUID PRIMARY KEY,
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind TEXT NOT NULL, -- browser | token
    token_hash TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    created BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sign_in_person ON sign_in (person);

CREATE TABLE event (
    id UUID PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    subtitle TEXT,
    description TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    zone TEXT NOT NULL,
    settings TEXT NOT NULL,
    -- What a schedule file says of the conference that we do not edit, as JSON,
    -- so that an export loses nothing.
    conference TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE release (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    version TEXT NOT NULL,
    published BIGINT NOT NULL,
    UNIQUE (event, number)
);

CREATE TABLE programme_day (
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    PRIMARY KEY (event, day)
);

CREATE TABLE track (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    source_slug TEXT,
    color TEXT,
    position BIGINT NOT NULL,
    UNIQUE (event, slug)
);

CREATE TABLE room (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    guid UUID,
    description TEXT,
    capacity BIGINT,
    position BIGINT NOT NULL,
    UNIQUE (event, slug)
);

CREATE TABLE session (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    guid UUID,
    source_id TEXT,
    title TEXT NOT NULL,
    subtitle TEXT,
    kind TEXT NOT NULL,
    kind_text TEXT,
    track UUID REFERENCES track (id),
    language TEXT,
    abstract_text TEXT NOT NULL,
    description TEXT NOT NULL,
    -- Links, attachments, recording terms and the rest of a schedule file, as JSON.
    details TEXT NOT NULL,
    do_not_record BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    state_since BIGINT,
    state_at BIGINT,
    position BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    UNIQUE (event, code)
);

CREATE TABLE slot (
    session UUID PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    room UUID REFERENCES room (id),
    day TEXT NOT NULL,
    starts BIGINT NOT NULL,
    length BIGINT NOT NULL
);
CREATE INDEX slot_event ON slot (event, starts);
CREATE INDEX slot_room ON slot (room, starts);

CREATE TABLE speaker (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    guid UUID,
    source_id TEXT,
    source_code TEXT,
    name TEXT NOT NULL,
    biography TEXT,
    avatar TEXT,
    position BIGINT NOT NULL,
    UNIQUE (event, code)
);

CREATE TABLE session_speaker (
    session UUID NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    speaker UUID NOT NULL REFERENCES speaker (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    PRIMARY KEY (session, position)
);
CREATE INDEX session_speaker_speaker ON session_speaker (speaker);

CREATE TABLE registration (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    UNIQUE (event, person)
);
CREATE INDEX registration_person ON registration (person);

CREATE TABLE channel (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    session UUID UNIQUE REFERENCES session (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    UNIQUE (event, slug)
);

CREATE TABLE message (
    id UUID PRIMARY KEY,
    channel UUID NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    author UUID REFERENCES person (id),
    source TEXT NOT NULL,
    body TEXT NOT NULL, -- the rich text tree, as JSON
    sent BIGINT NOT NULL,
    UNIQUE (channel, seq)
);
CREATE INDEX message_author ON message (author);

-- The last number given to a message of a channel; its row lock orders them.
CREATE TABLE channel_seq (
    channel UUID PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL
);

CREATE TABLE reaction (
    message UUID NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    emoji TEXT NOT NULL,
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    PRIMARY KEY (message, emoji, person)
);
CREATE INDEX reaction_person ON reaction (person);

CREATE TABLE stream_key (
    room UUID PRIMARY KEY REFERENCES room (id) ON DELETE CASCADE,
    key_hash TEXT NOT NULL UNIQUE,
    created BIGINT NOT NULL
);

CREATE TABLE broadcast (
    id UUID PRIMARY KEY,
    room UUID NOT NULL REFERENCES room (id) ON DELETE CASCADE,
    started BIGINT NOT NULL,
    ended BIGINT
);
CREATE INDEX broadcast_room ON broadcast (room, started);

CREATE TABLE recording (
    id UUID PRIMARY KEY,
    session UUID NOT NULL UNIQUE REFERENCES session (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    millis BIGINT,
    reason TEXT,
    cue_from BIGINT NOT NULL,
    cue_to BIGINT NOT NULL,
    changed BIGINT NOT NULL
);

-- Everything that happened, per topic and without gaps: what a client that was
-- away reads to catch up.
CREATE TABLE outbox (
    topic TEXT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (topic, seq)
);
CREATE INDEX outbox_created ON outbox (created);

CREATE TABLE topic (
    name TEXT PRIMARY KEY,
    seq BIGINT NOT NULL
);

-- Answers of commands, so that one sent twice is done once.
CREATE TABLE command_key (
    person UUID NOT NULL,
    key UUID NOT NULL,
    answer TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (person, key)
);
CREATE INDEX command_key_created ON command_key (created);

CREATE TABLE job (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    claimed_until BIGINT,
    failure TEXT,
    created BIGINT NOT NULL
);
CREATE INDEX job_due ON job (due);

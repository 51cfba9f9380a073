-- Keeping an event's chat kind: what was done in its name, what was reported,
-- and what stands against whom.

-- Who did what to whom, why and until when. Rows are only added, and go after
-- a year. A person who is gone stays as an id that leads to an emptied row.
CREATE TABLE audit_entry (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    actor UUID REFERENCES person (id),
    deed TEXT NOT NULL,
    subject_kind TEXT NOT NULL, -- event | room | channel | report | sanction
    subject UUID NOT NULL,      -- the event's own id where it is the event
    person UUID REFERENCES person (id),
    reason TEXT NOT NULL,
    until BIGINT,
    created BIGINT NOT NULL
);
CREATE INDEX audit_entry_event ON audit_entry (event, id);
CREATE INDEX audit_entry_created ON audit_entry (created);

-- A hash of the mailbox that an address reaches, so that what stands against
-- somebody still does when they come back under another account.
ALTER TABLE person ADD COLUMN mailbox_hash TEXT;
CREATE INDEX person_mailbox ON person (mailbox_hash) WHERE mailbox_hash IS NOT NULL;

-- What was decided about somebody's conduct.
CREATE TABLE sanction (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    channel UUID REFERENCES channel (id) ON DELETE CASCADE, -- none: the whole event
    person UUID NOT NULL REFERENCES person (id),
    mailbox_hash TEXT,
    kind TEXT NOT NULL, -- warning | mute | hold | ban
    reason TEXT NOT NULL,
    imposed_by UUID REFERENCES person (id),
    imposed BIGINT NOT NULL,
    until BIGINT,
    lifted BIGINT
);
CREATE INDEX sanction_event ON sanction (event, imposed);
CREATE INDEX sanction_person ON sanction (person);
CREATE INDEX sanction_mailbox ON sanction (mailbox_hash) WHERE mailbox_hash IS NOT NULL;

-- An appeal against a decision: one at the most.
CREATE TABLE appeal (
    sanction UUID PRIMARY KEY REFERENCES sanction (id) ON DELETE CASCADE,
    words TEXT NOT NULL,
    made BIGINT NOT NULL,
    ended BIGINT,
    ended_by UUID REFERENCES person (id),
    granted BOOLEAN,
    answer TEXT
);

-- Reports of conduct. What they quote is kept with them, whatever becomes of
-- the messages.
CREATE TABLE report (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    reporter UUID REFERENCES person (id),
    message UUID,  -- of what it is about; no reference, for that may be gone
    channel UUID,
    person UUID REFERENCES person (id),
    reason TEXT NOT NULL,
    words TEXT NOT NULL,
    made BIGINT NOT NULL,
    state TEXT NOT NULL, -- open | claimed | ended
    held_by UUID REFERENCES person (id),
    held_since BIGINT,
    outcome TEXT,
    answer TEXT
);
CREATE INDEX report_event ON report (event, state, made);
CREATE INDEX report_reporter ON report (reporter, made);

CREATE TABLE report_quote (
    report UUID NOT NULL REFERENCES report (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    message UUID NOT NULL,
    author UUID REFERENCES person (id),
    author_name TEXT NOT NULL, -- as it was then
    source TEXT NOT NULL,
    sent BIGINT NOT NULL,
    reported BOOLEAN NOT NULL,
    PRIMARY KEY (report, position)
);

-- Until when somebody counts as new who made their account themselves.
ALTER TABLE person ADD COLUMN new_until BIGINT;

-- What an event asks of messages before they are seen.
CREATE TABLE screening (
    event UUID PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE,
    rules TEXT NOT NULL, -- JSON
    calm_until BIGINT
);

CREATE TABLE slow_mode (
    channel UUID PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
    seconds BIGINT NOT NULL
);

-- Messages that wait for a moderator, and for a day those that were refused.
CREATE TABLE held_message (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    channel UUID NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    author UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    command TEXT NOT NULL, -- what was to be posted, as JSON
    source TEXT NOT NULL,
    reason TEXT NOT NULL,  -- decided | newcomer | calm | word
    made BIGINT NOT NULL,
    refused BIGINT
);
CREATE INDEX held_message_event ON held_message (event, made);
CREATE INDEX held_message_author ON held_message (author, channel);

-- Versions of an event's own code of conduct; 0 is ours and has no row.
CREATE TABLE conduct_code (
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    text TEXT,
    contact TEXT,
    made BIGINT NOT NULL,
    PRIMARY KEY (event, version)
);

-- Which version somebody accepted when they registered, and when.
ALTER TABLE registration ADD COLUMN conduct_version BIGINT;
ALTER TABLE registration ADD COLUMN conduct_accepted BIGINT;

-- Messages that a moderator removed many at once, with their words for a day,
-- so that it can be taken back.
CREATE TABLE bulk_removal (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    made BIGINT NOT NULL,
    undone BIGINT
);
CREATE INDEX bulk_removal_event ON bulk_removal (event, made);

CREATE TABLE bulk_removed (
    bulk UUID NOT NULL REFERENCES bulk_removal (id) ON DELETE CASCADE,
    message UUID NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (bulk, message)
);
CREATE INDEX bulk_removed_message ON bulk_removed (message);

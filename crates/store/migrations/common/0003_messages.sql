-- What can become of a message: changed, removed, pinned, answered.

ALTER TABLE message ADD COLUMN kind TEXT NOT NULL DEFAULT 'said';
-- The root it answers in; a root stands in the channel itself.
ALTER TABLE message ADD COLUMN thread UUID REFERENCES message (id);
-- False for what is said in a thread alone.
ALTER TABLE message ADD COLUMN in_channel BOOLEAN NOT NULL DEFAULT TRUE;
-- The message it quotes.
ALTER TABLE message ADD COLUMN reply_to UUID REFERENCES message (id);
-- Of a root: how many answers its thread has, and when the last came.
ALTER TABLE message ADD COLUMN replies BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN last_reply BIGINT;
ALTER TABLE message ADD COLUMN edited BIGINT;
-- Who removed it, 'author' or 'moderator'; its words are gone then.
ALTER TABLE message ADD COLUMN removed TEXT;
ALTER TABLE message ADD COLUMN pinned BIGINT;
CREATE INDEX message_thread ON message (thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX message_reply_to ON message (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX message_pinned ON message (channel, pinned) WHERE pinned IS NOT NULL;

-- What a message said before it was changed, for moderators; gone with its words.
CREATE TABLE message_edit (
    message UUID NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    source TEXT NOT NULL,
    replaced BIGINT NOT NULL,
    PRIMARY KEY (message, number)
);

-- Who is told of new answers in a thread: whoever wrote in it, and its root.
CREATE TABLE thread_follow (
    root UUID NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    since BIGINT NOT NULL,
    PRIMARY KEY (root, person)
);
CREATE INDEX thread_follow_person ON thread_follow (person);

-- Whom a message calls by name.
CREATE TABLE mention (
    message UUID NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    PRIMARY KEY (message, person)
);
CREATE INDEX mention_person ON mention (person);

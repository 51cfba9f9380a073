-- Channels that people open, who is in them, and what the event makes of them.

ALTER TABLE channel ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE channel ADD COLUMN language TEXT;
ALTER TABLE channel ADD COLUMN maker UUID REFERENCES person (id);
ALTER TABLE channel ADD COLUMN door TEXT NOT NULL DEFAULT 'public'; -- public | invited
ALTER TABLE channel ADD COLUMN state TEXT NOT NULL DEFAULT 'open'; -- open | locked | closed | faded | merged
-- Where a merged channel's messages are, and the number they follow there: old
-- number n is now merged_after + n.
ALTER TABLE channel ADD COLUMN merged_into UUID;
ALTER TABLE channel ADD COLUMN merged_after BIGINT;
-- What organisers and hosts decided, each by its moment.
ALTER TABLE channel ADD COLUMN endorsed BIGINT;
ALTER TABLE channel ADD COLUMN adopted BIGINT;
ALTER TABLE channel ADD COLUMN pinned BIGINT;
ALTER TABLE channel ADD COLUMN unlisted BIGINT;
ALTER TABLE channel ADD COLUMN kept BIGINT;
ALTER TABLE channel ADD COLUMN lasting BIGINT;
CREATE INDEX channel_maker ON channel (maker);

-- How lively a channel is, counted in the row that numbers its messages: those
-- of this stretch of hours and of the one before, and when the last was said.
ALTER TABLE channel_seq ADD COLUMN said BIGINT;
ALTER TABLE channel_seq ADD COLUMN stretch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channel_seq ADD COLUMN recent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channel_seq ADD COLUMN earlier BIGINT NOT NULL DEFAULT 0;
UPDATE channel_seq SET said = (SELECT MAX(sent) FROM message WHERE message.channel = channel_seq.channel);

CREATE TABLE channel_member (
    channel UUID NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    role TEXT NOT NULL, -- host | member
    state TEXT NOT NULL, -- invited | in | out
    asked_by UUID REFERENCES person (id),
    changed BIGINT NOT NULL,
    PRIMARY KEY (channel, person)
);
CREATE INDEX channel_member_person ON channel_member (person, state);
CREATE INDEX channel_member_asked_by ON channel_member (asked_by);

-- How people show themselves to others.
CREATE TABLE profile (
    person UUID PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    listed BOOLEAN NOT NULL,    -- their name where it is asked who is here
    shows_zone BOOLEAN NOT NULL,
    languages TEXT NOT NULL,    -- codes, parted by blanks
    talk_until BIGINT           -- open to talk until then
);

CREATE TABLE block (
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    blocked UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    PRIMARY KEY (person, blocked)
);
CREATE INDEX block_blocked ON block (blocked);

-- Places elsewhere where people of an event meet.
CREATE TABLE outside_room (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    run_by TEXT NOT NULL,
    added_by UUID REFERENCES person (id),
    endorsed BIGINT,
    created BIGINT NOT NULL,
    UNIQUE (event, url)
);
CREATE INDEX outside_room_added_by ON outside_room (added_by);

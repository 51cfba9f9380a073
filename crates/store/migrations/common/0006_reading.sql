-- What somebody has read, is called by, and wants to hear of.

-- The last number of a channel that a person has seen, on whatever device.
-- Unread is the channel's last number less this one: nothing is counted.
CREATE TABLE read_mark (
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    channel UUID NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    moved BIGINT NOT NULL,
    PRIMARY KEY (person, channel)
);
CREATE INDEX read_mark_channel ON read_mark (channel);

-- How much of a channel somebody wants to hear, where they chose.
CREATE TABLE follow (
    person UUID NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    channel UUID NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    level TEXT NOT NULL, -- all | mentions | nothing
    PRIMARY KEY (person, channel)
);
CREATE INDEX follow_channel ON follow (channel);

-- Reports without a name. Nothing here leads to who wrote: no person, no
-- address, and of the receipt that leads back to it a hash alone.
CREATE TABLE anonymous_report (
    id UUID PRIMARY KEY,
    event UUID NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    receipt_hash TEXT NOT NULL,
    made BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    waits BOOLEAN NOT NULL, -- for an answer
    ended BIGINT,
    UNIQUE (event, receipt_hash)
);
CREATE INDEX anonymous_report_event ON anonymous_report (event, changed);

CREATE TABLE anonymous_line (
    report UUID NOT NULL REFERENCES anonymous_report (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    by_team BOOLEAN NOT NULL,
    words TEXT NOT NULL,
    written BIGINT NOT NULL,
    PRIMARY KEY (report, position)
);

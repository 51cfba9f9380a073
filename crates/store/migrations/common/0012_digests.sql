-- Mail to those who were called while they were away; who has no row wants none.

CREATE TABLE digest (
    person UUID PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    -- 'daily' or 'soon'.
    pace TEXT NOT NULL,
    -- Messages up to this one were told, or are no news: ids grow with time.
    told UUID NOT NULL,
    -- Up to which message the mail tells that is being sent; the same at every try.
    upto UUID,
    -- The job that sends the next mail; another one of this person's does nothing.
    job UUID
);

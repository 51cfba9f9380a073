-- The index of what was said: a column that follows from the text, so that no
-- statement can forget it.

-- Lower case in every script, also where the database's own locale is C. The
-- signs of ASCII become spaces: PostgreSQL's parser would else take paths and
-- hosts for one word, and SQLite would not.
DO $$
DECLARE
    folding TEXT := CASE WHEN EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu')
        THEN 'lower(said COLLATE "und-x-icu")' ELSE 'lower(said)' END;
BEGIN
    EXECUTE format(
        'CREATE FUNCTION search_words(said TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT translate(%s, %L, repeat('' '', 32)) $f$',
        folding, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~'
    );
END
$$;

-- `has:link` is a word that no text can hold, for want of its colon.
ALTER TABLE message ADD COLUMN words TSVECTOR GENERATED ALWAYS AS (
    to_tsvector('simple'::regconfig, search_words(source))
    || CASE WHEN source <> '' AND position('"type":"link"' in body) > 0 THEN '''has:link'':1'::tsvector ELSE ''::tsvector END
) STORED;
CREATE INDEX message_words ON message USING gin (words);

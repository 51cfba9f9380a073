-- The index of what was said. FTS5 wants whole numbers for rows; a message's
-- is made of the moment it was sent, so that the newest hits come first without
-- sorting, whatever order messages arrived in (an import brings old ones late).
-- SQLite's own hidden row numbers were refused: VACUUM may change them.
CREATE TABLE search_row (
    number INTEGER PRIMARY KEY,
    message UUID NOT NULL UNIQUE
);

-- The text lies in `message` already, so the index keeps none of it. Letters
-- with marks stay what they are, as on PostgreSQL.
CREATE VIRTUAL TABLE message_search USING fts5 (
    said, has, content = '', tokenize = 'unicode61 remove_diacritics 0'
);
-- Deleted means gone: without it a word would stay in the file until a merge.
INSERT INTO message_search (message_search, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER search_insert AFTER INSERT ON message WHEN new.source <> '' BEGIN
    INSERT INTO search_row (number, message)
    SELECT COALESCE(MAX(number) + 1, new.sent * 1048576), new.id FROM search_row
    WHERE number BETWEEN new.sent * 1048576 AND new.sent * 1048576 + 1048575;
    INSERT INTO message_search (rowid, said, has)
    SELECT number, new.source, CASE WHEN instr(new.body, '"type":"link"') > 0 THEN 'link' ELSE '' END
    FROM search_row WHERE message = new.id;
END;

CREATE TRIGGER search_update AFTER UPDATE OF source, body ON message
WHEN old.source <> new.source OR old.body <> new.body BEGIN
    INSERT INTO message_search (message_search, rowid, said, has)
    SELECT 'delete', number, old.source, CASE WHEN instr(old.body, '"type":"link"') > 0 THEN 'link' ELSE '' END
    FROM search_row WHERE message = old.id;
    DELETE FROM search_row WHERE message = old.id AND new.source = '';
    INSERT INTO search_row (number, message)
    SELECT COALESCE(MAX(number) + 1, new.sent * 1048576), new.id FROM search_row
    WHERE number BETWEEN new.sent * 1048576 AND new.sent * 1048576 + 1048575
    HAVING new.source <> '' AND NOT EXISTS (SELECT 1 FROM search_row WHERE message = new.id);
    INSERT INTO message_search (rowid, said, has)
    SELECT number, new.source, CASE WHEN instr(new.body, '"type":"link"') > 0 THEN 'link' ELSE '' END
    FROM search_row WHERE message = new.id;
END;

-- Before: the row's number is still known.
CREATE TRIGGER search_delete BEFORE DELETE ON message WHEN old.source <> '' BEGIN
    INSERT INTO message_search (message_search, rowid, said, has)
    SELECT 'delete', number, old.source, CASE WHEN instr(old.body, '"type":"link"') > 0 THEN 'link' ELSE '' END
    FROM search_row WHERE message = old.id;
    DELETE FROM search_row WHERE message = old.id;
END;

-- What was said before there was an index.
INSERT INTO search_row (number, message)
SELECT sent * 1048576 + ROW_NUMBER() OVER (PARTITION BY sent ORDER BY id) - 1, id FROM message WHERE source <> '';
INSERT INTO message_search (rowid, said, has)
SELECT r.number, m.source, CASE WHEN instr(m.body, '"type":"link"') > 0 THEN 'link' ELSE '' END
FROM search_row r JOIN message m ON m.id = r.message ORDER BY r.number;

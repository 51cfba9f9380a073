//! Repositories, transactions, outbox, job queue and migrations on SQLite or PostgreSQL.

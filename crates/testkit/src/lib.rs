//! Manual clock, seeded randomness and private PostgreSQL servers for tests.

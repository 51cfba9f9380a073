//! Where bytes lie: on disk or in memory.

//! Commands, queries and jobs; the transaction boundary and the only writer.

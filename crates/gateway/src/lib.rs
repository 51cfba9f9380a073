//! Live connections: subscribe, replay after a sequence number, presence.

//! What programs post to incoming webhooks, and Slack's markup.
#![no_main]

use hallway_interchange::slack::{hook_payload, markdown};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(payload) = hook_payload(bytes) {
        assert!(!payload.text.trim().is_empty());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = markdown(text, &|_| None);
    }
});

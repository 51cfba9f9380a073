//! What WHIP changes after the offer, as SDP fragments (RFC 8840 §9, RFC 9725
//! §4.3): candidates that come late, and new credentials for a restart of ICE.

/// A fragment's lines that concern us.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fragment<'a> {
    pub ufrag: Option<&'a str>,
    pub password: Option<&'a str>,
    pub candidates: Vec<&'a str>,
}

/// More is not one peer's candidates.
const MOST_CANDIDATES: usize = 32;

impl<'a> Fragment<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let mut fragment = Self::default();
        for line in text.lines().map(str::trim_end) {
            if let Some(ufrag) = line.strip_prefix("a=ice-ufrag:") {
                fragment.ufrag = Some(ufrag);
            } else if let Some(password) = line.strip_prefix("a=ice-pwd:") {
                fragment.password = Some(password);
            } else if let Some(candidate) = line.strip_prefix("a=")
                && candidate.starts_with("candidate:")
                && fragment.candidates.len() < MOST_CANDIDATES
            {
                fragment.candidates.push(candidate);
            }
        }
        fragment
    }

    /// The credentials, where there are both.
    pub(super) fn credentials(&self) -> Option<(&'a str, &'a str)> {
        Some((self.ufrag?, self.password?))
    }
}

/// The session description with other credentials, and without the candidates
/// of those before.
pub(super) fn with_credentials(sdp: &str, ufrag: &str, password: &str) -> String {
    let mut changed = String::with_capacity(sdp.len());
    for line in sdp.lines().map(str::trim_end) {
        if line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates") {
            continue;
        }
        if line.starts_with("a=ice-ufrag:") {
            changed.push_str("a=ice-ufrag:");
            changed.push_str(ufrag);
        } else if line.starts_with("a=ice-pwd:") {
            changed.push_str("a=ice-pwd:");
            changed.push_str(password);
        } else {
            changed.push_str(line);
        }
        changed.push_str("\r\n");
    }
    changed
}

/// The fragment that answers a restart: our credentials and candidates.
pub(super) fn of(answer: &str) -> String {
    let mut fragment = String::new();
    let mut media = false;
    let mut seen: Vec<&str> = vec![];
    for line in answer.lines().map(str::trim_end) {
        let wanted = ["a=ice-", "a=candidate:", "a=end-of-candidates"];
        if line.starts_with("m=") || line.starts_with("a=mid:") {
            // One transport for all: its place is the first medium's.
            if !media {
                fragment.push_str(line);
                fragment.push_str("\r\n");
            }
            media = line.starts_with("a=mid:") || media;
        } else if wanted.iter().any(|start| line.starts_with(start)) && !seen.contains(&line) {
            seen.push(line);
        }
    }
    for line in seen {
        fragment.push_str(line);
        fragment.push_str("\r\n");
    }
    fragment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_tells_candidates_and_credentials() {
        let fragment = Fragment::parse(
            "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 UDP 2130706431 192.0.2.1 5000 typ host\r\na=end-of-candidates\r\n",
        );
        assert_eq!(
            fragment.credentials(),
            Some(("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"))
        );
        assert_eq!(
            fragment.candidates,
            ["candidate:1 1 UDP 2130706431 192.0.2.1 5000 typ host"]
        );
        assert_eq!(Fragment::parse("a=ice-ufrag:x").credentials(), None);
    }

    #[test]
    fn a_restart_changes_the_credentials_alone() {
        let sdp = "v=0\r\na=ice-ufrag:old\r\na=ice-pwd:older\r\na=candidate:1\r\na=mid:0\r\n";
        assert_eq!(
            with_credentials(sdp, "new", "newer"),
            "v=0\r\na=ice-ufrag:new\r\na=ice-pwd:newer\r\na=mid:0\r\n"
        );
        let answer = "v=0\r\nm=audio 9 X 1\r\na=mid:0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=rtpmap:1\r\nm=video 9 X 2\r\na=mid:1\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=candidate:1\r\n";
        assert_eq!(
            of(answer),
            "m=audio 9 X 1\r\na=mid:0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=candidate:1\r\n"
        );
    }
}

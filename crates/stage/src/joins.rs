//! One recording out of the cuts of several broadcasts: a publisher that lost
//! its connection and came back leaves a session in pieces. The pieces get
//! numbers of their own and a discontinuity between them (RFC 8216 §4.3.2.3).
//! Pure; reads only the playlists that the packager writes.

use std::collections::HashMap;

use hallway_packager::Piece;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Joined {
    pub playlist: String,
    pub renames: Vec<Rename>,
}

/// A file of the cut at this position gets this name in the recording.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rename {
    pub cut: usize,
    pub from: Piece,
    pub to: Piece,
}

#[derive(Debug, thiserror::Error)]
#[error("a cut's playlist names `{0}`, which is no segment of ours")]
pub(crate) struct Unreadable(String);

/// The playlists of the cuts in order.
pub(crate) fn join(cuts: &[String]) -> Result<Joined, Unreadable> {
    let (mut body, mut renames) = (String::new(), vec![]);
    let (mut longest, mut segments, mut inits) = (1, 0, 0);
    for (cut, playlist) in cuts.iter().enumerate() {
        if cut > 0 {
            body.push_str("#EXT-X-DISCONTINUITY\n");
        }
        let mut known = HashMap::new();
        for line in playlist.lines() {
            if let Some(seconds) = line.strip_prefix("#EXT-X-TARGETDURATION:") {
                longest = longest.max(seconds.parse().unwrap_or(1));
            } else if let Some(uri) = line.strip_prefix("#EXT-X-MAP:URI=") {
                let name = uri.trim_matches('"');
                let Some(from @ Piece::Init(id)) = Piece::parse(name) else {
                    return Err(Unreadable(name.to_owned()));
                };
                let to = *known.entry(id).or_insert_with(|| {
                    let to = Piece::Init(inits);
                    inits += 1;
                    renames.push(Rename { cut, from, to });
                    to
                });
                body.push_str(&format!("#EXT-X-MAP:URI=\"{to}\"\n"));
            } else if !line.starts_with('#') && !line.is_empty() {
                let Some(from @ Piece::Segment(_)) = Piece::parse(line) else {
                    return Err(Unreadable(line.to_owned()));
                };
                let to = Piece::Segment(segments);
                segments += 1;
                renames.push(Rename { cut, from, to });
                body.push_str(&format!("{to}\n"));
            } else if belongs_to_a_segment(line) {
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    let playlist = format!(
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:{longest}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n{body}#EXT-X-ENDLIST\n"
    );
    Ok(Joined { playlist, renames })
}

fn belongs_to_a_segment(line: &str) -> bool {
    line == "#EXT-X-DISCONTINUITY"
        || line.starts_with("#EXTINF:")
        || line.starts_with("#EXT-X-PROGRAM-DATE-TIME:")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n\
#EXT-X-MAP:URI=\"init-0.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2026-02-06T09:00:00.000Z\n#EXTINF:2.000,\nsegment-0.m4s\n\
#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-3.mp4\"\n#EXTINF:1.000,\nsegment-1.m4s\n\
#EXT-X-MAP:URI=\"init-0.mp4\"\n#EXTINF:1.000,\nsegment-2.m4s\n#EXT-X-ENDLIST\n";
    const SECOND: &str = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n\
#EXT-X-MAP:URI=\"init-0.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2026-02-06T09:00:09.000Z\n#EXTINF:5.500,\nsegment-0.m4s\n#EXT-X-ENDLIST\n";

    #[test]
    fn cuts_follow_each_other_with_a_discontinuity_and_names_of_their_own() {
        let joined = join(&[FIRST.to_owned(), SECOND.to_owned()]).unwrap();
        assert_eq!(
            joined.playlist,
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n\
#EXT-X-MAP:URI=\"init-0.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2026-02-06T09:00:00.000Z\n#EXTINF:2.000,\nsegment-0.m4s\n\
#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-1.mp4\"\n#EXTINF:1.000,\nsegment-1.m4s\n\
#EXT-X-MAP:URI=\"init-0.mp4\"\n#EXTINF:1.000,\nsegment-2.m4s\n\
#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-2.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2026-02-06T09:00:09.000Z\n#EXTINF:5.500,\nsegment-3.m4s\n#EXT-X-ENDLIST\n"
        );
        let names: Vec<_> = joined
            .renames
            .iter()
            .map(|r| format!("{} {} {}", r.cut, r.from, r.to))
            .collect();
        assert_eq!(
            names,
            [
                "0 init-0.mp4 init-0.mp4",
                "0 segment-0.m4s segment-0.m4s",
                "0 init-3.mp4 init-1.mp4",
                "0 segment-1.m4s segment-1.m4s",
                "0 segment-2.m4s segment-2.m4s",
                "1 init-0.mp4 init-2.mp4",
                "1 segment-0.m4s segment-3.m4s",
            ]
        );
    }

    #[test]
    fn a_name_that_is_not_ours_is_refused() {
        let odd = SECOND.replace("segment-0.m4s", "../segment-0.m4s");
        assert!(join(&[odd]).is_err());
    }
}

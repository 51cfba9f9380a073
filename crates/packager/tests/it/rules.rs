//! A strict reader of live playlists: what RFC 8216bis asks of one playlist,
//! and of one after another.

use std::collections::BTreeMap;

/// What a playlist says.
#[derive(Debug, Default, PartialEq)]
pub struct Playlist {
    pub target_duration: f64,
    pub part_target: f64,
    pub media_sequence: u64,
    /// How many segments a delta update left out; see [`Playlist::onto`].
    pub skipped: usize,
    pub segments: Vec<Segment>,
    pub hint: Option<String>,
    /// Other playlists: how far each is, as the segment and its part.
    pub reports: Vec<(String, u64, u32)>,
    pub ended: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segment {
    pub map: String,
    pub date_time: Option<f64>,
    pub discontinuity: bool,
    pub parts: Vec<(f64, String, bool)>,
    /// Duration and URI, once it is whole.
    pub whole: Option<(f64, String)>,
}

/// Reads a playlist and checks it by itself.
pub fn read(text: &str) -> Playlist {
    let mut playlist = Playlist::default();
    let mut once: BTreeMap<String, String> = BTreeMap::new();
    let mut segment = Segment::default();
    let (mut map, mut duration, mut server_control, mut touched) =
        (String::new(), None, None, false);
    assert!(text.ends_with('\n') && !text.contains('\r') && !text.contains("\n\n"));
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("#EXTM3U"));
    for line in lines {
        let report = line.starts_with("#EXT-X-RENDITION-REPORT:");
        assert!(
            (playlist.hint.is_none() || report) && !playlist.ended,
            "nothing but reports follows the hint, and nothing the end: {line}"
        );
        let (tag, value) = line.split_once(':').unwrap_or((line, ""));
        match tag {
            "#EXT-X-VERSION"
            | "#EXT-X-TARGETDURATION"
            | "#EXT-X-MEDIA-SEQUENCE"
            | "#EXT-X-PART-INF"
            | "#EXT-X-SERVER-CONTROL"
            | "#EXT-X-DISCONTINUITY-SEQUENCE"
            | "#EXT-X-INDEPENDENT-SEGMENTS" => {
                assert!(
                    playlist.segments.is_empty() && !touched,
                    "{tag} comes before the segments"
                );
                assert!(
                    once.insert(tag.into(), value.into()).is_none(),
                    "{tag} comes once"
                );
                match tag {
                    "#EXT-X-TARGETDURATION" => {
                        playlist.target_duration = f64::from(value.parse::<u32>().unwrap());
                    }
                    "#EXT-X-MEDIA-SEQUENCE" => playlist.media_sequence = value.parse().unwrap(),
                    "#EXT-X-PART-INF" => playlist.part_target = number(value, "PART-TARGET"),
                    "#EXT-X-SERVER-CONTROL" => server_control = Some(value.to_owned()),
                    _ => {}
                }
                continue;
            }
            "#EXT-X-SKIP" => {
                assert!(playlist.segments.is_empty() && !touched);
                playlist.skipped = number(value, "SKIPPED-SEGMENTS") as usize;
                assert!(playlist.skipped > 0);
                // 8: a client must understand the tag.
                assert_eq!(once["#EXT-X-VERSION"], "9");
                continue;
            }
            "#EXT-X-RENDITION-REPORT" => {
                let (of, count) = (attributes(value), |name| number(value, name));
                let (msn, part) = (count("LAST-MSN") as u64, count("LAST-PART") as u32);
                playlist.reports.push((of["URI"].clone(), msn, part));
                continue;
            }
            "#EXT-X-MAP" => map = attributes(value)["URI"].clone(),
            "#EXT-X-PROGRAM-DATE-TIME" => segment.date_time = Some(date_time(value)),
            "#EXT-X-DISCONTINUITY" => segment.discontinuity = true,
            "#EXT-X-PART" => {
                let attributes = attributes(value);
                let yes = |name| attributes.get(name).is_some_and(|yes| yes == "YES");
                let independent = yes("INDEPENDENT");
                assert!(!yes("GAP"), "the clips have no gap: {line}");
                segment.parts.push((
                    number(value, "DURATION"),
                    attributes["URI"].clone(),
                    independent,
                ));
            }
            "#EXTINF" => duration = Some(value.trim_end_matches(',').parse::<f64>().unwrap()),
            "#EXT-X-PRELOAD-HINT" => {
                let attributes = attributes(value);
                assert_eq!(attributes["TYPE"], "PART");
                playlist.hint = Some(attributes["URI"].clone());
            }
            "#EXT-X-ENDLIST" => playlist.ended = true,
            uri if !uri.starts_with('#') => {
                segment.whole = Some((
                    duration.take().expect("EXTINF before each URI"),
                    line.into(),
                ));
            }
            other => panic!("an unknown tag: {other}"),
        }
        touched = true;
        segment.map.clone_from(&map);
        if segment.whole.is_some() {
            playlist.segments.push(std::mem::take(&mut segment));
        }
    }
    if !segment.parts.is_empty() {
        playlist.segments.push(segment);
    }
    playlist.check_head(server_control.as_deref());
    if playlist.skipped == 0 {
        playlist.check();
    }
    playlist
}

impl Playlist {
    fn check_head(&self, server_control: Option<&str>) {
        assert!(self.target_duration >= 1.0 && self.part_target > 0.0);
        match server_control {
            Some(control) => {
                assert!(!self.ended);
                assert_eq!(attributes(control)["CAN-BLOCK-RELOAD"], "YES");
                // 4.4.3.8: at least three part targets, three target durations.
                assert!(number(control, "PART-HOLD-BACK") >= 3.0 * self.part_target - 1e-6);
                assert!(number(control, "HOLD-BACK") >= 3.0 * self.target_duration);
                // And six target durations.
                assert!(number(control, "CAN-SKIP-UNTIL") >= 6.0 * self.target_duration);
            }
            None => assert!(self.ended),
        }
    }

    /// What a player has that takes a delta update onto the playlist it knew
    /// (6.2.5.1, 6.3.7).
    pub fn onto(mut self, before: &Playlist) -> Playlist {
        let first = (self.media_sequence - before.media_sequence) as usize;
        let known = before.segments.iter().skip(first).take(self.skipped);
        let mut segments: Vec<_> = known.cloned().collect();
        assert_eq!(segments.len(), self.skipped, "it knew all that is left out");
        // Parts that it knew may be gone by now.
        segments.iter_mut().for_each(|known| known.parts.clear());
        let map = segments.last().map(|known| known.map.clone());
        for segment in &mut self.segments {
            if let (true, Some(map)) = (segment.map.is_empty(), &map) {
                segment.map.clone_from(map);
            }
        }
        segments.append(&mut self.segments);
        self.segments = segments;
        self.skipped = 0;
        self.check();
        self
    }

    fn check(&self) {
        let last = self.segments.len() - 1;
        for (position, segment) in self.segments.iter().enumerate() {
            assert!(
                !segment.map.is_empty(),
                "EXT-X-MAP before the first segment"
            );
            assert!(segment.whole.is_some() || position == last);
            if let Some((duration, _)) = &segment.whole {
                // 4.4.3.1: rounded to the nearest whole number.
                assert!(duration.round() <= self.target_duration, "{duration}");
                let parts: f64 = segment.parts.iter().map(|part| part.0).sum();
                assert!(
                    segment.parts.is_empty() || (parts - duration).abs() < 1e-3,
                    "{parts} {duration}"
                );
            }
            for (number, (duration, ..)) in segment.parts.iter().enumerate() {
                assert!(
                    *duration <= self.part_target + 1e-5,
                    "{duration} > {}",
                    self.part_target
                );
                // 4.4.4.9: only the last part of a segment may be short.
                let last_part = number + 1 == segment.parts.len();
                assert!(
                    last_part || *duration >= 0.85 * self.part_target,
                    "a short part: {duration}"
                );
            }
        }
        for pair in self.segments.windows(2) {
            let (Some(from), Some(to)) = (pair[0].date_time, pair[1].date_time) else {
                continue;
            };
            let (duration, _) = pair[0].whole.clone().unwrap();
            if !pair[1].discontinuity {
                assert!(
                    (to - from - duration).abs() < 0.02,
                    "the wall clock jumps at {pair:?}"
                );
            }
        }
        // Parts only at the end, without a hole between them.
        let with_parts: Vec<_> = self
            .segments
            .iter()
            .map(|segment| !segment.parts.is_empty())
            .collect();
        assert!(with_parts.is_sorted(), "{with_parts:?}");
        if let Some(hint) = &self.hint {
            assert!(
                !self
                    .segments
                    .iter()
                    .flat_map(|s| &s.parts)
                    .any(|part| part.1 == *hint)
            );
        }
    }

    /// Checks that this playlist may follow `before` (6.2.1): what was said stays so.
    pub fn follows(&self, before: &Playlist) {
        assert!(!before.ended);
        assert!(self.media_sequence >= before.media_sequence);
        assert!(self.target_duration >= before.target_duration);
        assert!(self.part_target >= before.part_target);
        for (position, was) in before.segments.iter().enumerate() {
            let number = before.media_sequence + position as u64;
            let Some(left) = number.checked_sub(self.media_sequence) else {
                continue;
            };
            let Some(is) = self.segments.get(left as usize) else {
                panic!("segment {number} is gone")
            };
            assert_eq!(is.map, was.map);
            assert_eq!(is.date_time, was.date_time);
            if was.whole.is_some() {
                assert_eq!(is.whole, was.whole);
            }
            assert!(
                is.parts.is_empty() || is.parts.starts_with(&was.parts),
                "{was:?} became {is:?}"
            );
        }
        if let Some(hint) = &before.hint {
            let newest: Vec<_> = self
                .segments
                .iter()
                .flat_map(|s| &s.parts)
                .map(|part| &part.1)
                .collect();
            let unchanged = self.hint.as_ref() == Some(hint);
            assert!(
                unchanged || newest.contains(&hint),
                "the hint {hint} came true"
            );
        }
    }
}

fn attributes(list: &str) -> BTreeMap<String, String> {
    let (mut found, mut rest) = (BTreeMap::new(), list);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').expect("NAME=value");
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').expect("a closing quote"),
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        assert!(found.insert(name.into(), value.into()).is_none());
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    found
}

fn number(list: &str, name: &str) -> f64 {
    attributes(list)[name].parse().unwrap()
}

/// Seconds of the day; a clip does not run past midnight.
fn date_time(text: &str) -> f64 {
    let (_, time) = text.strip_suffix('Z').unwrap().split_once('T').unwrap();
    time.split(':')
        .fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap())
}

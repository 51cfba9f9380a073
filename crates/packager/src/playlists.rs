//! The text of playlists (RFC 8216bis), rendered from the live window.

use std::{collections::VecDeque, fmt::Write};

use bytes::Bytes;
use hallway_media::{MediaTime, Tracks, WallTime};

use crate::{
    pieces::{LiveFile, Piece, Variant},
    segments::{Part, Segment},
};

/// What a media playlist is rendered from.
#[derive(Clone, Copy)]
pub(crate) struct MediaPlaylist<'a> {
    pub variant: Variant,
    /// The other variants that are offered.
    pub others: &'a [Variant],
    pub segments: &'a VecDeque<Segment>,
    /// How many of `segments`, from the oldest, have left the playlist; players
    /// that hold an older playlist may still fetch them.
    pub hidden: usize,
    /// Discontinuities that have left the playlist.
    pub discontinuity_sequence: u64,
    /// In whole seconds.
    pub target_duration: u64,
    pub part_target: MediaTime,
    pub uri_prefix: &'a str,
    pub ended: bool,
}

/// Players stay this many part targets behind the newest part; 3 is the least
/// RFC 8216bis 4.4.3.8 allows.
const PART_HOLD_BACK: i64 = 3;
/// Only what is older than this many target durations may be left out of a
/// delta update; 6 is the least RFC 8216bis 4.4.3.8 allows.
const SKIP_UNTIL: u64 = 6;

/// A media playlist as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    pub full: Bytes,
    /// What a player that knows the playlist needs (RFC 8216bis 6.2.5.1); the
    /// same as `full` where nothing can be left out.
    pub delta: Bytes,
}

impl MediaPlaylist<'_> {
    pub(crate) fn render(&self) -> Rendered {
        let full = Bytes::from(self.text(0));
        let skipped = self.skipped();
        let delta = match skipped {
            0 => full.clone(),
            _ => self.text(skipped).into(),
        };
        Rendered { full, delta }
    }

    fn shown(&self) -> impl DoubleEndedIterator<Item = &Segment> {
        self.segments.range(self.hidden..)
    }

    /// How many of the oldest segments shown a delta update leaves out.
    fn skipped(&self) -> usize {
        if self.ended {
            return 0;
        }
        let boundary = MediaTime(self.skip_until() as i64 * MediaTime::TICKS_PER_SECOND);
        let mut behind = MediaTime::ZERO;
        let near = self.shown().rev().take_while(|segment| {
            behind = behind + segment.duration();
            behind <= boundary
        });
        // The one that the boundary falls into is near, too.
        let near = near.count() + 1;
        (self.segments.len() - self.hidden).saturating_sub(near)
    }

    /// In whole seconds.
    fn skip_until(&self) -> u64 {
        self.target_duration * SKIP_UNTIL
    }

    fn file(&self, piece: Piece) -> String {
        let variant = self.variant;
        format!("{}{}", self.uri_prefix, LiveFile { variant, piece })
    }

    fn text(&self, skipped: usize) -> String {
        let mut out = String::with_capacity(8 * 1_024);
        let shown = || self.shown();
        let target = self.target_duration;
        // EXT-X-SKIP asks for 9.
        let version = if skipped > 0 { 9 } else { 6 };
        line(&mut out, format_args!("#EXTM3U"));
        line(&mut out, format_args!("#EXT-X-VERSION:{version}"));
        line(&mut out, format_args!("#EXT-X-TARGETDURATION:{target}"));
        if !self.ended {
            let hold_back = MediaTime(self.part_target.0 * PART_HOLD_BACK);
            line(
                &mut out,
                format_args!(
                    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={}.0,PART-HOLD-BACK={},HOLD-BACK={}.0",
                    self.skip_until(),
                    seconds(hold_back),
                    target * 3
                ),
            );
        }
        line(
            &mut out,
            format_args!("#EXT-X-PART-INF:PART-TARGET={}", seconds(self.part_target)),
        );
        let first = shown().next().map_or(0, |segment| segment.head.msn);
        line(&mut out, format_args!("#EXT-X-MEDIA-SEQUENCE:{first}"));
        if self.discontinuity_sequence > 0 {
            line(
                &mut out,
                format_args!(
                    "#EXT-X-DISCONTINUITY-SEQUENCE:{}",
                    self.discontinuity_sequence
                ),
            );
        }
        let independent = |segment: &Segment| match self.variant {
            Variant::Source => segment.independent(),
            // Every block of sound is.
            Variant::AudioOnly => true,
        };
        if shown().all(independent) {
            line(&mut out, format_args!("#EXT-X-INDEPENDENT-SEGMENTS"));
        }
        if skipped > 0 {
            line(
                &mut out,
                format_args!("#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}"),
            );
        }
        // Parts only near the end: RFC 8216bis 4.4.4.9 lets them go once they
        // are three target durations away.
        let total = shown().fold(MediaTime::ZERO, |sum, segment| sum + segment.duration());
        let parts_from = total - MediaTime(MediaTime::TICKS_PER_SECOND * 3 * target as i64);
        let mut at = MediaTime::ZERO;
        let mut init = None;
        for (position, segment) in shown().enumerate() {
            at = at + segment.duration();
            if position < skipped {
                init = Some(segment.head.init);
                continue;
            }
            self.head(&mut out, segment, position == 0, &mut init);
            if at >= parts_from && !self.ended {
                segment
                    .parts
                    .iter()
                    .for_each(|part| self.part(&mut out, part));
            }
            if segment.closed {
                line(
                    &mut out,
                    format_args!("#EXTINF:{},", seconds(segment.duration())),
                );
                let name = self.file(Piece::Segment(segment.head.msn));
                line(&mut out, format_args!("{name}"));
            }
        }
        if self.ended {
            line(&mut out, format_args!("#EXT-X-ENDLIST"));
        } else if let Some((msn, index)) = next_part(self.segments) {
            let name = self.file(Piece::Part(msn, index));
            line(
                &mut out,
                format_args!("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{name}\""),
            );
            self.reports(&mut out);
        }
        out
    }

    /// How far the other variants are: as far as this one, since all are cut
    /// at the same moments.
    fn reports(&self, out: &mut String) {
        let Some(last) = self.segments.back().and_then(|newest| newest.parts.last()) else {
            return;
        };
        for &variant in self.others {
            let piece = Piece::Media;
            let (file, msn, part) = (LiveFile { variant, piece }, last.msn, last.index);
            line(
                out,
                format_args!(
                    "#EXT-X-RENDITION-REPORT:URI=\"{file}\",LAST-MSN={msn},LAST-PART={part}"
                ),
            );
        }
    }

    fn head(&self, out: &mut String, segment: &Segment, first: bool, init: &mut Option<u32>) {
        // Before the first segment shown it is counted by the sequence instead.
        if segment.head.discontinuity && !first {
            line(out, format_args!("#EXT-X-DISCONTINUITY"));
        }
        if *init != Some(segment.head.init) {
            *init = Some(segment.head.init);
            let name = self.file(Piece::Init(segment.head.init));
            line(out, format_args!("#EXT-X-MAP:URI=\"{name}\""));
        }
        line(
            out,
            format_args!(
                "#EXT-X-PROGRAM-DATE-TIME:{}",
                date_time(segment.head.program_date_time)
            ),
        );
    }

    fn part(&self, out: &mut String, part: &Part) {
        let name = self.file(Piece::Part(part.msn, part.index));
        let more = match (self.variant, part.of(self.variant)) {
            // The sound of a moment came late, and is in the next one.
            (_, None) => ",GAP=YES",
            (Variant::Source, Some(_)) if !part.independent() => "",
            _ => ",INDEPENDENT=YES",
        };
        line(
            out,
            format_args!(
                "#EXT-X-PART:DURATION={},URI=\"{name}\"{more}",
                seconds(part.duration),
            ),
        );
    }
}

/// The part that will come next: what a player may already ask for.
pub(crate) fn next_part(segments: &VecDeque<Segment>) -> Option<(u64, u32)> {
    let last = segments.back()?;
    Some(match last.closed {
        true => (last.head.msn + 1, 0),
        false => (last.head.msn, last.parts.len() as u32),
    })
}

/// What a multivariant playlist says of one variant; bandwidths in bit/s.
pub(crate) struct Offer {
    pub variant: Variant,
    pub tracks: Tracks,
    pub peak_bandwidth: u64,
    pub average_bandwidth: u64,
}

/// A multivariant playlist; the first is what a player begins with.
pub(crate) fn multivariant(offers: &[Offer]) -> String {
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:6\n");
    for offer in offers {
        let _ = write!(
            out,
            "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\"",
            offer.peak_bandwidth,
            offer.average_bandwidth,
            offer.tracks.codecs()
        );
        if let Some((_, avc)) = offer.tracks.video() {
            let _ = write!(out, ",RESOLUTION={}x{}", avc.width, avc.height);
        }
        let (variant, piece) = (offer.variant, Piece::Media);
        line(&mut out, format_args!("\n{}", LiveFile { variant, piece }));
    }
    out
}

/// A segment of a recording, as its playlist names it.
pub(crate) struct Recorded {
    pub name: String,
    pub init: String,
    pub duration: MediaTime,
    /// Does not follow on from the one before.
    pub discontinuity: bool,
    pub program_date_time: WallTime,
}

/// The playlist of something that is over (EXT-X-PLAYLIST-TYPE:VOD).
pub(crate) fn on_demand(segments: &[Recorded]) -> String {
    let mut out = String::with_capacity(96 * segments.len() + 256);
    let longest = segments
        .iter()
        .map(|segment| rounded_seconds(segment.duration))
        .max();
    line(&mut out, format_args!("#EXTM3U"));
    line(&mut out, format_args!("#EXT-X-VERSION:6"));
    line(
        &mut out,
        format_args!("#EXT-X-TARGETDURATION:{}", longest.unwrap_or(0).max(1)),
    );
    line(&mut out, format_args!("#EXT-X-MEDIA-SEQUENCE:0"));
    line(&mut out, format_args!("#EXT-X-PLAYLIST-TYPE:VOD"));
    let mut init = None;
    for (position, segment) in segments.iter().enumerate() {
        let breaks = segment.discontinuity && position > 0;
        if breaks {
            line(&mut out, format_args!("#EXT-X-DISCONTINUITY"));
        }
        if init != Some(&segment.init) {
            init = Some(&segment.init);
            line(
                &mut out,
                format_args!("#EXT-X-MAP:URI=\"{}\"", segment.init),
            );
        }
        if breaks || position == 0 {
            line(
                &mut out,
                format_args!(
                    "#EXT-X-PROGRAM-DATE-TIME:{}",
                    date_time(segment.program_date_time)
                ),
            );
        }
        line(
            &mut out,
            format_args!("#EXTINF:{},", seconds(segment.duration)),
        );
        line(&mut out, format_args!("{}", segment.name));
    }
    line(&mut out, format_args!("#EXT-X-ENDLIST"));
    out
}

/// Writing to a `String` cannot fail.
pub(crate) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
    out.push('\n');
}

/// Decimal seconds, exact to the tick for what players add up.
pub(crate) fn seconds(span: MediaTime) -> String {
    format!("{:.5}", span.as_seconds())
}

/// Seconds as EXT-X-TARGETDURATION counts them: rounded to the nearest.
pub(crate) fn rounded_seconds(span: MediaTime) -> u64 {
    span.as_seconds().round().max(0.0) as u64
}

/// RFC 3339 in UTC with milliseconds: `2026-02-06T09:30:00.250Z`.
pub(crate) fn date_time(at: WallTime) -> String {
    let (days, millis) = (at.0.div_euclid(86_400_000), at.0.rem_euclid(86_400_000));
    let (year, month, day) = civil_date(days);
    let (seconds, millis) = (millis / 1_000, millis % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian
/// calendar. Reckoned in years that begin in March, so that the leap day is
/// their last; written here because this level has no calendar.
fn civil_date(days: i64) -> (i64, i64, i64) {
    let since_march_0000 = days + 719_468;
    let (era, day) = (
        since_march_0000.div_euclid(146_097),
        since_march_0000.rem_euclid(146_097),
    );
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_in_rfc_3339() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_210_096_789, "2024-02-29T12:34:56.789Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (1_772_323_200_000, "2026-03-01T00:00:00.000Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(date_time(WallTime(millis)), text);
        }
    }

    #[test]
    fn seconds_are_exact_enough_to_add_up() {
        assert_eq!(seconds(MediaTime(30_000)), "0.33333");
        assert_eq!(rounded_seconds(MediaTime(90_000 * 5 / 2)), 3);
        assert_eq!(rounded_seconds(MediaTime(90_000 * 249 / 100)), 2);
    }
}

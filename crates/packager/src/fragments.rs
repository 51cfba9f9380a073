//! Writing, reading and trimming fragmented MP4 (ISO/IEC 14496-12): the initialisation segment and
//! the `moof` + `mdat` of a part. Video counts 1/90000 s, audio its samples.

use bytes::{BufMut, Bytes, BytesMut};
use hallway_media::{AacConfig, AvcConfig, MediaTime, Tracks};
use mp4_atom::{
    Atom, Audio, Avc1, Avcc, Codec, Decode, Dinf, Dref, Encode, Esds, FourCC, Ftyp, Hdlr, Mdhd,
    Mdia, Mfhd, Minf, Moof, Moov, Mp4a, Mvex, Mvhd, Smhd, Stbl, Stco, Stsd, Tfdt, Tfhd, Tkhd, Traf,
    Trak, Trex, Trun, TrunEntry, Url, Visual, Vmhd,
    esds::{DecoderConfig, DecoderSpecific, EsDescriptor, SLConfig},
};

/// A picture on the broadcast's timeline.
#[derive(Clone, Debug)]
pub(crate) struct VideoSample {
    pub dts: MediaTime,
    pub duration: MediaTime,
    /// Shown this much after it is decoded; may be negative.
    pub composition: MediaTime,
    pub key: bool,
    pub data: Bytes,
}

/// A block of sound; times in samples of its own rate.
#[derive(Clone, Debug)]
pub(crate) struct AudioSample {
    pub at: u64,
    pub duration: u32,
    pub data: Bytes,
}

pub(crate) const VIDEO_TRACK: u32 = 1;
pub(crate) const AUDIO_TRACK: u32 = 2;

/// Sample flags (ISO/IEC 14496-12 8.8.3.1): depends on nothing, and: depends
/// on others and is no sync sample.
pub(crate) const SYNC: u32 = 0x0200_0000;
pub(crate) const NO_SYNC: u32 = 0x0101_0000;

#[derive(Debug, thiserror::Error)]
#[error("cannot write MP4: {0}")]
pub struct FragmentError(#[from] mp4_atom::Error);

/// `ftyp` and `moov` for the first video and the first audio track.
pub(crate) fn init_segment(tracks: &Tracks) -> Result<Bytes, FragmentError> {
    let brands = [b"iso6", b"cmfc", b"mp41"];
    let ftyp = Ftyp {
        major_brand: FourCC::new(b"iso6"),
        minor_version: 0,
        compatible_brands: brands.into_iter().map(FourCC::new).collect(),
    };
    let video = tracks
        .video()
        .map(|(_, avc)| video_track(avc))
        .transpose()?;
    let audio = tracks.audio().map(|(_, aac)| audio_track(aac));
    let trak: Vec<_> = video.into_iter().chain(audio).collect();
    let trex = trak
        .iter()
        .map(|trak| Trex {
            track_id: trak.tkhd.track_id,
            default_sample_description_index: 1,
            ..Default::default()
        })
        .collect();
    let moov = Moov {
        mvhd: Mvhd {
            timescale: 1_000,
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: AUDIO_TRACK + 1,
            ..Default::default()
        },
        mvex: Some(Mvex { mehd: None, trex }),
        trak,
        ..Default::default()
    };
    let mut out = Vec::with_capacity(1_024);
    ftyp.encode(&mut out)?;
    moov.encode(&mut out)?;
    Ok(out.into())
}

fn video_track(avc: &AvcConfig) -> Result<Trak, FragmentError> {
    let (width, height) = (avc.width.min(0xffff) as u16, avc.height.min(0xffff) as u16);
    let sample_entry = Avc1 {
        visual: Visual {
            data_reference_index: 1,
            width,
            height,
            ..Default::default()
        },
        avcc: Avcc::decode_body(&mut &avc.record[..])?,
        btrt: None,
        colr: None,
        pasp: None,
        taic: None,
        fiel: None,
        spatial: Default::default(),
    };
    let tkhd = Tkhd {
        track_id: VIDEO_TRACK,
        enabled: true,
        in_movie: true,
        width: width.into(),
        height: height.into(),
        ..Default::default()
    };
    let minf = Minf {
        vmhd: Some(Vmhd::default()),
        ..media_information(sample_entry.into())
    };
    Ok(track(
        tkhd,
        MediaTime::TICKS_PER_SECOND as u32,
        b"vide",
        minf,
    ))
}

fn audio_track(aac: &AacConfig) -> Trak {
    let sample_entry = Mp4a {
        audio: Audio {
            data_reference_index: 1,
            channel_count: u16::from(aac.channels),
            sample_size: 16,
            // 16.16 fixed point cannot hold 96 kHz; the timescale and the decoder configuration do.
            sample_rate: u16::try_from(aac.sample_rate).unwrap_or(0).into(),
        },
        esds: Esds {
            es_desc: EsDescriptor {
                es_id: AUDIO_TRACK as u16,
                dec_config: DecoderConfig {
                    object_type_indication: 0x40, // MPEG-4 audio
                    stream_type: 0x05,            // audio
                    dec_specific: Some(DecoderSpecific {
                        raw: aac.record.to_vec(),
                        ..Default::default()
                    }),
                    ..Default::default()
                },
                sl_config: SLConfig::default(),
                ..Default::default()
            },
        },
        btrt: None,
        taic: None,
    };
    let tkhd = Tkhd {
        track_id: AUDIO_TRACK,
        alternate_group: 1,
        enabled: true,
        in_movie: true,
        volume: 1.into(),
        ..Default::default()
    };
    let minf = Minf {
        smhd: Some(Smhd::default()),
        ..media_information(sample_entry.into())
    };
    track(tkhd, aac.sample_rate, b"soun", minf)
}

fn track(tkhd: Tkhd, timescale: u32, handler: &[u8; 4], minf: Minf) -> Trak {
    Trak {
        tkhd,
        mdia: Mdia {
            mdhd: Mdhd {
                timescale,
                language: "und".into(),
                ..Default::default()
            },
            hdlr: Hdlr {
                handler: FourCC::new(handler),
                name: "hallway".into(),
            },
            minf,
        },
        ..Default::default()
    }
}

fn media_information(codec: Codec) -> Minf {
    Minf {
        dinf: Dinf {
            dref: Dref {
                entries: vec![Url::default().into()],
            },
        },
        stbl: Stbl {
            stsd: Stsd {
                codecs: vec![codec],
            },
            stco: Some(Stco::default()),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// One `moof` and its `mdat`. `sequence` counts fragments from 1.
pub(crate) fn part(
    sequence: u32,
    video: &[VideoSample],
    audio: &[AudioSample],
) -> Result<Bytes, FragmentError> {
    let video_bytes: usize = video.iter().map(|sample| sample.data.len()).sum();
    let audio_bytes: usize = audio.iter().map(|sample| sample.data.len()).sum();
    let mut moof = Moof {
        mfhd: Mfhd {
            sequence_number: sequence,
        },
        traf: Vec::with_capacity(2),
    };
    if let Some(first) = video.first() {
        let entries = video.iter().map(|sample| TrunEntry {
            duration: Some(sample.duration.0.clamp(0, i64::from(u32::MAX)) as u32),
            size: Some(sample.data.len() as u32),
            flags: Some(if sample.key { SYNC } else { NO_SYNC }),
            cts: Some(
                sample
                    .composition
                    .0
                    .clamp(i64::from(i32::MIN), i64::from(i32::MAX)),
            ),
        });
        moof.traf.push(track_fragment(
            VIDEO_TRACK,
            None,
            first.dts.0.max(0) as u64,
            entries.collect(),
        ));
    }
    if let Some(first) = audio.first() {
        let entries = audio.iter().map(|sample| TrunEntry {
            duration: Some(sample.duration),
            size: Some(sample.data.len() as u32),
            ..Default::default()
        });
        moof.traf.push(track_fragment(
            AUDIO_TRACK,
            Some(SYNC),
            first.at,
            entries.collect(),
        ));
    }
    write(
        moof,
        &[video_bytes, audio_bytes],
        video
            .iter()
            .map(|sample| &sample.data[..])
            .chain(audio.iter().map(|sample| &sample.data[..])),
    )
}

fn track_fragment(
    track_id: u32,
    default_flags: Option<u32>,
    start: u64,
    samples: Vec<TrunEntry>,
) -> Traf {
    Traf {
        tfhd: Tfhd {
            track_id,
            default_sample_flags: default_flags,
            default_base_is_moof: true,
            ..Default::default()
        },
        tfdt: Some(Tfdt {
            base_media_decode_time: start,
        }),
        trun: vec![Trun {
            data_offset: Some(0),
            samples: samples.into(),
        }],
        ..Default::default()
    }
}

/// Encodes `moof` twice: its length must be known before the data offsets in
/// it can be. `runs` is the length of each traf's data; absent runs are 0.
pub(crate) fn write<'a>(
    mut moof: Moof,
    runs: &[usize],
    data: impl Iterator<Item = &'a [u8]>,
) -> Result<Bytes, FragmentError> {
    const MDAT_HEADER: usize = 8;
    let mut head = Vec::with_capacity(1_024);
    moof.encode(&mut head)?;
    let mut offset = head.len() + MDAT_HEADER;
    let lengths = runs.iter().filter(|&&length| length > 0);
    for (traf, length) in moof.traf.iter_mut().zip(lengths) {
        for trun in &mut traf.trun {
            trun.data_offset = Some(offset as i32);
        }
        offset += length;
    }
    head.clear();
    moof.encode(&mut head)?;
    let total: usize = runs.iter().sum();
    let mut out = BytesMut::with_capacity(head.len() + MDAT_HEADER + total);
    out.put_slice(&head);
    out.put_u32((MDAT_HEADER + total) as u32);
    out.put_slice(b"mdat");
    data.for_each(|sample| out.put_slice(sample));
    Ok(out.freeze())
}

/// What a part says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartFacts {
    /// Length in bytes of `moof` and `mdat`.
    pub bytes: usize,
    /// Decode time of the first picture, or without video of the first block of sound.
    pub start: MediaTime,
    pub duration: MediaTime,
    /// As spans from `start`.
    pub keyframes: Vec<MediaTime>,
}

/// The timescales of video and audio in an initialisation segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timescales {
    pub video: Option<u32>,
    pub audio: Option<u32>,
}

pub(crate) fn timescales(init: &[u8]) -> Result<Timescales, FragmentError> {
    let mut rest = init;
    Ftyp::decode(&mut rest)?;
    let moov = Moov::decode(&mut rest)?;
    let of = |track: u32| {
        let trak = moov.trak.iter().find(|trak| trak.tkhd.track_id == track);
        trak.map(|trak| trak.mdia.mdhd.timescale)
    };
    Ok(Timescales {
        video: of(VIDEO_TRACK),
        audio: of(AUDIO_TRACK),
    })
}

/// Reads the parts of a segment that we wrote. What is cut short at the end is left out.
pub(crate) fn read_parts(segment: &[u8], timescales: Timescales) -> Vec<PartFacts> {
    let mut parts = Vec::new();
    let mut rest = segment;
    while let Some((facts, after)) = read_part(rest, timescales) {
        parts.push(facts);
        rest = after;
    }
    parts
}

fn read_part(bytes: &[u8], timescales: Timescales) -> Option<(PartFacts, &[u8])> {
    let mut rest = bytes;
    let moof = Moof::decode(&mut rest).ok()?;
    let mdat = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
    if rest.get(4..8)? != b"mdat" || mdat < 8 {
        return None;
    }
    let after = rest.get(mdat..)?;
    let (track, rate) = match timescales.video {
        Some(rate) => (VIDEO_TRACK, rate),
        None => (AUDIO_TRACK, timescales.audio?),
    };
    let run = moof.traf.iter().find(|traf| traf.tfhd.track_id == track);
    // A part without a picture: sound went on while the picture stood still.
    let run = run.or(moof.traf.first())?;
    let rate = if run.tfhd.track_id == track {
        rate
    } else {
        timescales.audio?
    };
    let start = run.tfdt.as_ref()?.base_media_decode_time as i64;
    let (mut at, mut keyframes) = (0i64, Vec::new());
    for entry in run.trun.iter().flat_map(|trun| trun.samples.iter()) {
        if run.tfhd.track_id == VIDEO_TRACK && entry.flags == Some(SYNC) {
            keyframes.push(MediaTime::from_units(at, rate));
        }
        at += i64::from(entry.duration.unwrap_or(0));
    }
    if timescales.video.is_none() {
        keyframes.push(MediaTime::ZERO);
    }
    let facts = PartFacts {
        bytes: bytes.len() - after.len(),
        start: MediaTime::from_units(start, rate),
        duration: MediaTime::from_units(at, rate),
        keyframes,
    };
    Some((facts, after))
}

/// The same part without what comes before `start`, where its video has a keyframe.
pub(crate) fn trim(
    part: &[u8],
    start: MediaTime,
    timescales: Timescales,
) -> Result<Bytes, FragmentError> {
    let mut moof = Moof::decode(&mut &part[..])?;
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut runs = Vec::new();
    for traf in &mut moof.traf {
        let rate = match traf.tfhd.track_id {
            VIDEO_TRACK => timescales.video,
            _ => timescales.audio,
        };
        let start = start.to_units(rate.unwrap_or(0)).max(0) as u64;
        let Some(tfdt) = &mut traf.tfdt else { continue };
        let mut length = 0;
        for trun in &mut traf.trun {
            let mut offset = trun.data_offset.unwrap_or(0).max(0) as usize;
            let mut left = Vec::new();
            for entry in trun.samples.iter() {
                let end = offset + entry.size.unwrap_or(0) as usize;
                let bytes = part.get(offset..end).ok_or(mp4_atom::Error::OutOfBounds)?;
                offset = end;
                if left.is_empty() && tfdt.base_media_decode_time < start {
                    tfdt.base_media_decode_time += u64::from(entry.duration.unwrap_or(0));
                } else {
                    length += bytes.len();
                    kept.push(bytes);
                    left.push(entry);
                }
            }
            trun.samples = left.into();
        }
        runs.push(length);
    }
    moof.traf
        .retain(|traf| traf.trun.iter().any(|trun| !trun.samples.is_empty()));
    write(moof, &runs, kept.into_iter())
}

//! An invented programme of any size as frab schedule XML: the same bytes for
//! the same size, so that two measurements see the same pages.

use std::fmt::Write;

const MINUTES: usize = 30;
/// From 09:00 to 18:00.
const SLOTS_A_DAY: usize = 18;

const THINGS: [&str; 12] = [
    "a scheduler",
    "service meshes",
    "the build cache",
    "tracing",
    "operators",
    "an API gateway",
    "object storage",
    "the control plane",
    "secrets",
    "a package registry",
    "rollbacks",
    "cold starts",
];
const DEEDS: [&str; 8] = [
    "Taking apart",
    "Growing up with",
    "The case against",
    "Ten years of",
    "Debugging",
    "Teaching",
    "Rewriting",
    "Living with",
];
const NAMES: [&str; 15] = [
    "Amara",
    "Björn",
    "Chiara",
    "Dawit",
    "Elif",
    "Farid",
    "Grace",
    "Haruto",
    "Inés",
    "Jannik",
    "Kavya",
    "Leïla",
    "Mateo",
    "Noor",
    "Oluwaseun",
];

/// A summit of `sessions` sessions over two days, in as many rooms as it
/// takes, with 20 tracks and a speaker for three sessions in four.
pub fn frab_xml(sessions: usize) -> String {
    let rooms = sessions.div_ceil(2 * SLOTS_A_DAY).max(1);
    let speakers = (sessions * 3 / 4).max(1);
    let mut xml = String::with_capacity(sessions * 900);
    xml.push_str(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<schedule>\n<version>1.0</version>\n",
    );
    xml.push_str(
        "<conference><acronym>measured</acronym><title>Measured Summit</title>\
         <start>2026-10-05</start><end>2026-10-06</end><days>2</days>\
         <timeslot_duration>00:30</timeslot_duration></conference>\n",
    );
    for day in 0..2 {
        let date = format!("2026-10-{:02}", 5 + day);
        let _ = writeln!(
            xml,
            "<day index=\"{}\" date=\"{date}\" start=\"{date}T09:00:00+02:00\" end=\"{date}T18:00:00+02:00\">",
            day + 1
        );
        for room in 0..rooms {
            let _ = writeln!(xml, "<room name=\"Stage {}\">", room + 1);
            for slot in 0..SLOTS_A_DAY {
                let number = (day * rooms + room) * SLOTS_A_DAY + slot;
                if number < sessions {
                    session(&mut xml, number, speakers, &date, slot, room);
                }
            }
            xml.push_str("</room>\n");
        }
        xml.push_str("</day>\n");
    }
    xml.push_str("</schedule>\n");
    xml
}

fn session(xml: &mut String, number: usize, speakers: usize, date: &str, slot: usize, room: usize) {
    let minutes = 9 * 60 + slot * MINUTES;
    let clock = format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let deed = DEEDS[number % DEEDS.len()];
    let thing = THINGS[(number / DEEDS.len() + number) % THINGS.len()];
    let speaker = number % speakers;
    let name = format!(
        "{} {}",
        NAMES[speaker % NAMES.len()],
        number_name(speaker / NAMES.len())
    );
    let _ = writeln!(
        xml,
        "<event guid=\"6d656173-7572-5564-8000-{number:012x}\" id=\"{}\">\
         <date>{date}T{clock}:00+02:00</date><start>{clock}</start><duration>00:{MINUTES}</duration>\
         <room>Stage {}</room><slug>measured-{number}</slug><title>{deed} {thing} ({})</title><subtitle></subtitle>\
         <track>Track {}</track><type>talk</type><language>en</language>\
         <abstract>{deed} {thing}: what worked, what did not, and what we would do again.</abstract>\
         <description>We ran {thing} for {} months with a team of {}. This session tells the story in order, \
         shows the graphs of the bad nights, and ends with the five changes that made the most difference. \
         No earlier knowledge is needed.</description>\
         <recording><license>CC BY 4.0</license><optout>false</optout></recording>\
         <persons><person id=\"{}\">{name}</person></persons><links></links><attachments></attachments></event>",
        number + 1,
        room + 1,
        number + 1,
        number % 20 + 1,
        number % 40 + 3,
        number % 9 + 2,
        speaker + 1,
    );
}

/// A family name for a number, so that speakers differ by name.
fn number_name(number: usize) -> String {
    const SYLLABLES: [&str; 8] = ["ba", "do", "fi", "ku", "la", "ne", "ro", "si"];
    let mut name = String::new();
    let mut rest = number + 8;
    while rest > 0 {
        name.push_str(SYLLABLES[rest % 8]);
        rest /= 8;
    }
    name[..1].to_uppercase() + &name[1..]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_programme_has_the_size_that_was_asked_for() {
        let xml = frab_xml(800);
        assert_eq!(xml.matches("<event guid=").count(), 800);
        let names: BTreeSet<&str> = xml
            .split("<person id=")
            .skip(1)
            .filter_map(|p| p.split(['>', '<']).nth(1))
            .collect();
        assert_eq!(names.len(), 600);
        assert_eq!(xml, frab_xml(800));
    }
}

//! What is written is valid by the formats' official schemas, where they are
//! at hand: the XSD by xmllint, the JSON schema by a crate.

use std::process::Command;

use hallway_interchange::{read, write_json, write_xml};
use hallway_model::programme::Programme;

use crate::data::{files, folder, options, reading};
use crate::round_trips::{odd_xml, write_options};
use crate::samples::{generated_xml, json, xml_with};

fn programmes() -> Vec<(String, Programme)> {
    let mut programmes: Vec<(String, Programme)> = [
        json(),
        generated_xml(50),
        generated_xml(0),
        odd_xml(),
        nasty_xml(),
    ]
    .iter()
    .enumerate()
    .map(|(i, text)| {
        (
            format!("sample {i}"),
            read(text.as_bytes(), &options(None)).unwrap().programme,
        )
    })
    .collect();
    programmes.extend(
        files()
            .iter()
            .map(|(file, bytes)| (file.name.to_owned(), reading(file, bytes).programme)),
    );
    programmes
}

/// Everything the schemas forbid and a file may still say.
fn nasty_xml() -> String {
    let event = "<event id='-3' guid='nonsense' code='abc'><title>T &lt;script&gt;</title>\
        <date>2026-02-06T10:00:00Z</date><duration>100:00</duration><slug>Not A Slug</slug><url>/relative</url>\
        <logo>logo with space.png</logo><recording><optout>maybe</optout><url>ftp://x</url></recording>\
        <persons><person id='x7'>P</person><person id='-1'>Q</person></persons>\
        <links><link>no address</link><link href='https://a.example/%zz|[x]^'>odd</link></links>\
        <feedback_url>https://ü.example/</feedback_url><origin_url>https://a.example/ü</origin_url></event>";
    xml_with(&event.repeat(2))
        .replace("<acronym>cloud26</acronym>", "<acronym>A Ü</acronym><base_url>nowhere</base_url><color primary='red'/><track name='X' slug='Ü' color='red'/>")
        .replace("Europe/Berlin", "America/Argentina/Buenos_Aires")
}

#[test]
fn written_xml_is_valid_by_the_xsd() {
    let Some(schema) = folder()
        .map(|folder| folder.join("schema/schedule.xml.xsd"))
        .filter(|file| file.exists())
    else {
        return println!("1 skipped: no test data");
    };
    if Command::new("xmllint").arg("--version").output().is_err() {
        return println!("1 skipped: no xmllint");
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, programme) in programmes() {
        let file = folder.path().join("schedule.xml");
        std::fs::write(&file, write_xml(&programme, &write_options())).unwrap();
        let out = Command::new("xmllint")
            .arg("--noout")
            .arg("--schema")
            .arg(&schema)
            .arg(&file)
            .output()
            .unwrap();
        assert!(
            out.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
}

#[test]
fn written_json_is_valid_by_the_schema() {
    let Some(schema) =
        folder().and_then(|folder| std::fs::read(folder.join("schema/schema.json")).ok())
    else {
        return println!("1 skipped: no test data");
    };
    let schema: serde_json::Value = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let broken = serde_json::json!({ "schedule": { "version": "1" } });
    assert!(!validator.is_valid(&broken), "the check itself works");
    for (name, programme) in programmes() {
        let document: serde_json::Value =
            serde_json::from_str(&write_json(&programme, &write_options())).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .take(5)
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
    }
}

use std::path::Path;

use hallway_model::time::Span;
use hallway_store::Database;
use hallway_testkit::TestDatabase;

use super::*;
use crate::clock::SystemClock;
use crate::config::Sources;

fn config(data: &Path, variables: &[(&str, &str)]) -> Config {
    let sources = Sources {
        variables: [
            ("HALLWAY_LISTEN", "127.0.0.1:0"),
            ("HALLWAY_RTMP_LISTEN", "127.0.0.1:0"),
        ]
        .iter()
        .chain(variables)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect(),
        flags: vec![("data", data.display().to_string())],
        ..Sources::default()
    };
    Config::load(&sources).unwrap().config
}

fn now() -> Timestamp {
    SystemClock::clock().now()
}

fn named(checks: &[Check], name: &str) -> Check {
    checks
        .iter()
        .find(|check| check.name == name)
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_new_installation_has_nothing_that_fails_and_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let checks = Box::pin(examine(&config(&data, &[]), now())).await;
    let failed: Vec<_> = checks.iter().filter(|c| c.status == Status::Fail).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(
        named(&checks, "database")
            .seen
            .contains("does not exist yet")
    );
    assert!(
        named(&checks, "storage")
            .seen
            .contains("does not exist yet")
    );
    assert_eq!(named(&checks, "mail").status, Status::Warn);
    assert_eq!(named(&checks, "clock").status, Status::Ok);
    assert!(!data.exists());
}

#[tokio::test]
async fn a_database_is_told_whole_damaged_or_newer() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &[]);
    Database::open(&config.database())
        .await
        .unwrap()
        .close()
        .await;
    let (check, _) = look_at_database(&config, now()).await;
    assert_eq!(check.status, Status::Ok, "{check}");
    assert!(check.seen.ends_with("writable"), "{check}");

    let file = config.sqlite_file().unwrap();
    let mut bytes = std::fs::read(file).unwrap();
    let end = bytes.len();
    bytes[end / 2..].fill(0xA5);
    std::fs::write(file, bytes).unwrap();
    let (check, _) = look_at_database(&config, now()).await;
    assert_eq!(check.status, Status::Fail, "{check}");
}

#[tokio::test]
async fn postgres_is_asked_for_its_clock_and_its_password_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let on = TestDatabase::postgres();
    let here = config(folder.path(), &[("HALLWAY_DATABASE_URL", on.url())]);
    let (check, clock) = look_at_database(&here, now()).await;
    assert_eq!(check.status, Status::Ok, "{check}");
    let clock = clock.unwrap();
    assert_eq!(clock.status, Status::Ok, "{clock}");
    assert!(clock.seen.contains("the database's clock"), "{clock}");
    let (_, late) = look_at_database(&here, now() - Span::hours(2)).await;
    assert_eq!(late.unwrap().status, Status::Warn);

    let away = config(
        folder.path(),
        &[("HALLWAY_DATABASE_URL", "postgres://u:s3cr@127.0.0.1:1/none")],
    );
    let (check, _) = look_at_database(&away, now()).await;
    assert_eq!(check.status, Status::Fail);
    assert!(!check.to_string().contains("s3cr"), "{check}");
}

#[tokio::test]
async fn a_port_is_free_taken_or_ours() {
    let folder = tempfile::tempdir().unwrap();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let rtmp = config(folder.path(), &[("HALLWAY_RTMP_LISTEN", &address)]);
    let checks = network::ports(&rtmp).await;
    assert_eq!(checks[0].status, Status::Ok);
    assert_eq!(checks[1].status, Status::Fail, "{}", checks[1]);
    assert!(checks[1].advice.contains("rtmp_listen"));

    // Somebody who answers as we do.
    let health = axum::Router::new().route("/healthz", axum::routing::get(async || "ok"));
    let web = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let web_address = web.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(web, health).await });
    let both = config(
        folder.path(),
        &[
            ("HALLWAY_LISTEN", &web_address),
            ("HALLWAY_RTMP_LISTEN", &address),
        ],
    );
    for check in &network::ports(&both).await[..2] {
        assert_eq!(check.status, Status::Ok, "{check}");
        assert!(check.seen.ends_with("by a running hallway"), "{check}");
    }
    let elsewhere = config(folder.path(), &[("HALLWAY_LISTEN", "192.0.2.1:8080")]);
    let checks = network::ports(&elsewhere).await;
    assert_eq!(checks[0].status, Status::Fail);
    // Pages for everybody, and media for this machine alone.
    assert_eq!(checks[2].status, Status::Warn);
    assert!(checks[2].advice.contains("media_listen"));
}

#[tokio::test]
async fn ffmpeg_is_found_or_missed() {
    let check = ground::ffmpeg_named("hallway-has-no-such-program").await;
    assert_eq!(check.status, Status::Warn);
    assert!(check.advice.contains("apt-get install ffmpeg"));
    let check = ground::ffmpeg_named("false").await;
    assert_eq!(check.status, Status::Warn);
}

#[test]
fn a_clock_that_cannot_be_right_is_told() {
    let start = Timestamp(1_770_368_400_000);
    let check = ground::compare_clocks(start, start + Span::seconds(2), "x");
    assert_eq!(check.status, Status::Ok);
    let check = ground::compare_clocks(start, start + Span::minutes(2), "x");
    assert_eq!(check.status, Status::Warn);
    let check = ground::compare_clocks(Timestamp(0), Timestamp(0), "x");
    assert_eq!(check.status, Status::Fail);
}

fn with_certificate(folder: &Path, not_after: (i32, u8, u8), base_url: &str) -> Config {
    let mut parameters =
        rcgen::CertificateParams::new(vec!["*.example.org".to_owned(), "127.0.0.1".to_owned()])
            .unwrap();
    let (year, month, day) = not_after;
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(year, month, day);
    let key = rcgen::KeyPair::generate().unwrap();
    let made = parameters.self_signed(&key).unwrap();
    std::fs::write(folder.join("cert.pem"), made.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    config(
        folder,
        &[
            ("HALLWAY_TLS_CERT", &path("cert.pem")),
            ("HALLWAY_TLS_KEY", &path("key.pem")),
            ("HALLWAY_BASE_URL", base_url),
        ],
    )
}

#[test]
fn a_certificate_is_checked_for_key_host_and_end() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    // 2026-02-06
    let now = Timestamp(1_770_368_400_000);
    let tls = |not_after, base_url: &str| {
        network::tls(&with_certificate(folder.path(), not_after, base_url), now)
    };
    let summit = "https://summit.example.org";
    let check = tls((2026, 5, 1), summit);
    assert_eq!(check.status, Status::Ok, "{check}");
    assert_eq!(
        check.seen,
        "certificate for *.example.org, 127.0.0.1 until 2026-05-01"
    );
    assert_eq!(tls((2026, 2, 15), summit).status, Status::Warn);
    assert_eq!(tls((2026, 2, 1), summit).status, Status::Fail);
    for uncovered in ["https://example.org", "https://a.b.example.org"] {
        assert_eq!(tls((2026, 5, 1), uncovered).status, Status::Fail);
    }
    assert_eq!(tls((2026, 5, 1), "https://127.0.0.1").status, Status::Ok);

    let config = with_certificate(folder.path(), (2026, 5, 1), summit);
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    std::fs::write(folder.path().join("key.pem"), other).unwrap();
    let check = network::tls(&config, now);
    assert_eq!(check.status, Status::Fail);
    assert!(check.advice.contains("tls_key"), "{check}");
    std::fs::write(folder.path().join("cert.pem"), "no certificate").unwrap();
    assert_eq!(network::tls(&config, now).status, Status::Fail);
}

#[test]
fn how_people_get_here_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let with = |variables: &[(&str, &str)]| {
        let config = config(folder.path(), variables);
        (
            network::tls(&config, now()).status,
            network::base_url(&config).status,
        )
    };
    let listen = ("HALLWAY_LISTEN", "0.0.0.0:80");
    let https = ("HALLWAY_BASE_URL", "https://summit.example.org");
    let proxy = ("HALLWAY_TRUSTED_PROXIES", "127.0.0.1");
    assert_eq!(with(&[]), (Status::Ok, Status::Ok));
    assert_eq!(with(&[listen]), (Status::Warn, Status::Warn));
    assert_eq!(with(&[https]), (Status::Warn, Status::Ok));
    assert_eq!(with(&[https, proxy]), (Status::Ok, Status::Ok));
    let plain = ("HALLWAY_BASE_URL", "http://summit.example.org");
    assert_eq!(with(&[plain]), (Status::Ok, Status::Warn));
    let here = ("HALLWAY_BASE_URL", "http://localhost:80");
    assert_eq!(with(&[listen, here]), (Status::Warn, Status::Warn));
}

#[test]
fn a_line_says_status_name_finding_and_advice() {
    let check = Check::warn("mail", "seen", "do this");
    assert_eq!(check.to_string(), "warn  mail      seen  -> do this");
    assert_eq!(Check::ok("tls", "seen").to_string(), "ok    tls       seen");
}

use super::*;

fn load(file: Option<&str>, variables: &[(&str, &str)]) -> Result<Loaded, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h.toml");
    let sources = Sources {
        file: file.map(|text| {
            std::fs::write(&path, text).unwrap();
            path.clone()
        }),
        variables: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .chain([(
                "HALLWAY_DATA".to_owned(),
                folder.path().display().to_string(),
            )])
            .collect(),
        flags: vec![],
    };
    Config::load(&sources).map_err(|error| {
        error
            .to_string()
            .replace(&format!("{}/", folder.path().display()), "")
    })
}

#[test]
fn nothing_set_gives_the_defaults() {
    let config = Config::load(&Sources::default()).unwrap().config;
    assert_eq!(config.data, Path::new("./data"));
    assert_eq!(config.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.database_url, "sqlite:./data/hallway.db");
    assert_eq!(config.sqlite_file(), Some(Path::new("./data/hallway.db")));
    assert_eq!(config.blob_folder(), Path::new("./data/blobs"));
    assert!(!config.outbound.enabled);
    assert_eq!(config.stage.part_ms, 209);
    assert_eq!(config.base_url(config.listen), "http://127.0.0.1:8080");
    config.mailer().unwrap();
}

#[test]
fn a_variable_goes_over_the_file_and_a_flag_over_both() {
    let folder = tempfile::tempdir().unwrap();
    let file = "listen = '127.0.0.1:1'\nrtmp_listen = '127.0.0.1:2'\nmedia_listen = '127.0.0.1:3'";
    std::fs::write(folder.path().join("hallway.toml"), file).unwrap();
    let sources = Sources {
        file: None,
        variables: vec![
            ("HALLWAY_RTMP_LISTEN".into(), "127.0.0.1:20".into()),
            ("HALLWAY_MEDIA_LISTEN".into(), "127.0.0.1:30".into()),
            ("HALLWAY_SMTP_URL".into(), String::new()),
            ("HALLWAY_PORT_8080_TCP".into(), "tcp://10.0.0.1".into()),
        ],
        flags: vec![
            ("data", folder.path().display().to_string()),
            ("media_listen", "127.0.0.1:300".into()),
        ],
    };
    let config = Config::load(&sources).unwrap().config;
    assert_eq!(config.listen.port(), 1);
    assert_eq!(config.rtmp_listen.port(), 20);
    assert_eq!(config.media_listen.port(), 300);
    assert_eq!(config.smtp_url, None);
}

#[test]
fn tables_lists_and_numbers_are_read() {
    let file = "trusted_proxies = ['10.0.0.0/8', '::1']\n[stage]\npart_ms = 200\n[outbound]\nenabled = true\nallowed_private_hosts = ['localhost:9000']\n[log]\nformat = 'json'";
    let config = load(Some(file), &[("HALLWAY_STAGE_SEGMENT_MS", "1500")])
        .unwrap()
        .config;
    assert_eq!(config.trusted_proxies.len(), 2);
    assert_eq!((config.stage.part_ms, config.stage.segment_ms), (200, 1500));
    assert_eq!(config.outbound.allowed_private_hosts, ["localhost:9000"]);
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn what_is_wrong_is_told_with_its_key_and_place() {
    let told = |file: &str, variables: &[(&str, &str)]| load(Some(file), variables).unwrap_err();
    assert_eq!(
        told("\nlistn = '127.0.0.1:1'", &[]),
        "h.toml:2: `listn` is not a setting; did you mean `listen`? (`hallway config --reference` lists all)"
    );
    assert_eq!(
        told("[stage]\nbitrate = 1\n", &[]),
        "h.toml:2: `stage.bitrate` is not a setting (`hallway config --reference` lists all)"
    );
    assert_eq!(
        told("", &[("HALLWAY_BASEURL", "x")]),
        "HALLWAY_BASEURL: `HALLWAY_BASEURL` is not a setting; did you mean `HALLWAY_BASE_URL`? (`hallway config --reference` lists all)"
    );
    assert_eq!(
        told("listen = 8080", &[]),
        "h.toml:1: `listen` is an address and port such as 127.0.0.1:8080 or [::]:8080, not `8080`"
    );
    assert_eq!(
        told("", &[("HALLWAY_STAGE_PART_MS", "99")]),
        "HALLWAY_STAGE_PART_MS: `stage.part_ms` is a whole number from 100 to 2000, not `99`"
    );
    assert_eq!(
        told("stage.part_ms = 900", &[]),
        "h.toml:1: `stage.part_ms` is at most a third of `stage.segment_ms`"
    );
    assert_eq!(
        told("tls_key = 'key.pem'", &[]),
        "h.toml:1: `tls_key` needs `tls_cert` beside it"
    );
    assert_eq!(
        told("data = '/elsewhere'", &[]),
        "h.toml:1: `data` is set by --data or HALLWAY_DATA, since the file is found through it"
    );
    assert_eq!(
        told("base_url = 'https://summit.example.org/2026'", &[]),
        "h.toml:1: `base_url` is scheme, host and port as people type them, such as https://summit.example.org, not `https://summit.example.org/2026`"
    );
    assert_eq!(
        told("trusted_proxies = ['proxy']", &[]),
        "h.toml:1: `trusted_proxies` is a list of addresses or networks such as 10.0.0.1 or 10.0.0.0/8, not `proxy`"
    );
    assert_eq!(
        told("database_url = 'mysql://u:secret@h/d'", &[]),
        "h.toml:1: `database_url` begins with `sqlite:` or `postgres://`"
    );
    assert!(told("listen = ", &[]).starts_with("h.toml: line 1: "));
    for (name, value) in [
        ("HALLWAY_LOG_FORMAT", "xml"),
        ("HALLWAY_LOG_LEVEL", "a=b=c"),
        ("HALLWAY_OUTBOUND_ENABLED", "yes"),
        ("HALLWAY_BLOB_URL", "s3://bucket"),
        ("HALLWAY_BUS_URL", "nats://host"),
        ("HALLWAY_MAIL_FROM", "nobody"),
        ("HALLWAY_SMTP_URL", "http://u:secret@host"),
    ] {
        let error = load(None, &[(name, value)]).unwrap_err();
        assert!(error.starts_with(&format!("{name}: ")), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let sources = Sources {
        file: Some("/nowhere/h.toml".into()),
        ..Sources::default()
    };
    let error = Config::load(&sources).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/h.toml: "), "{error}");
}

#[test]
fn links_begin_with_what_people_reach() {
    let base = |variables: &[(&str, &str)], bound: &str| {
        let config = load(None, variables).unwrap().config;
        config.base_url(bound.parse().unwrap())
    };
    assert_eq!(base(&[], "0.0.0.0:81"), "http://localhost:81");
    assert_eq!(base(&[], "[::1]:81"), "http://[::1]:81");
    assert_eq!(
        base(
            &[("HALLWAY_BASE_URL", "https://Summit.Example.org/")],
            "[::]:1"
        ),
        "https://summit.example.org"
    );
    let tls = [("HALLWAY_TLS_CERT", "c"), ("HALLWAY_TLS_KEY", "k")];
    assert_eq!(base(&tls, "127.0.0.1:443"), "https://127.0.0.1:443");
}

#[test]
fn what_is_printed_has_no_password_and_reads_as_toml() {
    let loaded = load(
        Some("trusted_proxies = ['10.0.0.0/8']"),
        &[
            (
                "HALLWAY_DATABASE_URL",
                "postgres://hallway:s3cr@t@db/h?sslpassword=s3cr",
            ),
            ("HALLWAY_SMTP_URL", "smtps://me:s3cr%40t@mail.example.org"),
        ],
    )
    .unwrap();
    let text = loaded.describe();
    assert!(!text.contains("s3cr"), "{text}");
    let table: toml::Table = text.parse().unwrap();
    assert_eq!(
        table["database_url"].as_str(),
        Some("postgres://hallway:***@db/h?sslpassword=***")
    );
    assert_eq!(table["stage"]["part_ms"].as_integer(), Some(209));
    assert_eq!(table["trusted_proxies"][0].as_str(), Some("10.0.0.0/8"));
    assert!(text.contains("# HALLWAY_SMTP_URL"), "{text}");
    assert!(text.contains("# tls_cert is not set"), "{text}");
}

/// Dotted keys of a JSON object.
fn keys(prefix: &str, value: &serde_json::Value, all: &mut Vec<String>) {
    match value.as_object() {
        Some(object) => {
            for (name, inner) in object {
                keys(&format!("{prefix}.{name}"), inner, all);
            }
        }
        None => all.push(prefix.trim_start_matches('.').to_owned()),
    }
}

#[test]
fn every_field_is_in_the_table_and_every_line_is_a_field() {
    let config = Config::load(&Sources::default()).unwrap().config;
    let mut fields = Vec::new();
    keys("", &serde_json::to_value(&config).unwrap(), &mut fields);
    let mut table: Vec<&str> = settings::ALL.iter().map(|s| s.key).collect();
    fields.sort();
    table.sort_unstable();
    assert_eq!(fields, table);
}

#[test]
fn the_reference_names_every_setting() {
    let page = reference();
    for setting in settings::ALL {
        assert!(page.contains(&format!("`{}`", setting.variable())));
    }
    assert!(page.contains(
        "| `stage.segment_ms` | 1000 to 10000 | `2000` | `HALLWAY_STAGE_SEGMENT_MS` |  | Aimed-at length"
    ));
}

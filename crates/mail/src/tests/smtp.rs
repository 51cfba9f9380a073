//! Mails to a small SMTP server on loopback that remembers every line it was
//! sent.

use std::sync::Mutex;
use std::time::Duration;

use lettre::transport::smtp::client::{Certificate, TlsParameters};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::*;

/// What the test server answers where it does not simply agree.
#[derive(Clone, Default)]
struct Manners {
    greeting: Option<&'static str>,
    auth: Option<&'static str>,
    recipient: Option<&'static str>,
    /// Says so and nothing more after the text of the first mail.
    mute_first: Option<Arc<Notify>>,
    starttls: Option<tokio_rustls::TlsAcceptor>,
}

struct Server {
    port: u16,
    /// Every line received, without its line end; `--` where a connection began
    /// and `*tls*` where it became encrypted.
    lines: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log = lines.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(attend(socket, manners.clone(), log.clone()));
            }
        });
        Self { port, lines }
    }

    fn url(&self, rest: &str) -> String {
        format!("smtp://127.0.0.1:{}{rest}", self.port)
    }

    fn mailer(&self) -> Mailer {
        Mailer::from_url(Some(&self.url("/hall.example")), PathBuf::new(), from()).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    fn count(&self, line: &str) -> usize {
        self.lines().iter().filter(|seen| *seen == line).count()
    }
}

async fn attend(socket: tokio::net::TcpStream, manners: Manners, log: Arc<Mutex<Vec<String>>>) {
    log.lock().unwrap().push("--".into());
    let mut socket = BufReader::new(socket);
    let greeting = manners.greeting.unwrap_or("220 relay.test ESMTP");
    if socket
        .write_all(format!("{greeting}\r\n").as_bytes())
        .await
        .is_err()
    {
        return;
    }
    let offer = manners.starttls.is_some();
    if converse(&mut socket, &manners, &log, offer).await == Next::Encrypt
        && let Some(acceptor) = &manners.starttls
        && let Ok(socket) = acceptor.accept(socket.into_inner()).await
    {
        log.lock().unwrap().push("*tls*".into());
        converse(&mut BufReader::new(socket), &manners, &log, false).await;
    }
}

#[derive(PartialEq)]
enum Next {
    Encrypt,
    End,
}

async fn converse(
    socket: &mut (impl AsyncRead + AsyncWrite + AsyncBufReadExt + Unpin),
    manners: &Manners,
    log: &Mutex<Vec<String>>,
    offer_tls: bool,
) -> Next {
    let mut in_text = false;
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.unwrap_or(0) == 0 {
            return Next::End;
        }
        let line = line
            .strip_suffix("\r\n")
            .expect("every line ends in CRLF")
            .to_owned();
        log.lock().unwrap().push(line.clone());
        let answer = if in_text {
            if line != "." {
                continue;
            }
            let ended = log
                .lock()
                .unwrap()
                .iter()
                .filter(|line| *line == ".")
                .count();
            if let Some(muted) = manners.mute_first.as_ref().filter(|_| ended == 1) {
                muted.notify_one();
                std::future::pending::<()>().await;
            }
            in_text = false;
            "250 taken"
        } else {
            match line.split([' ', ':']).next().unwrap() {
                "EHLO" if offer_tls => "250-relay.test\r\n250 STARTTLS",
                "EHLO" => "250-relay.test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
                "AUTH" => manners.auth.unwrap_or("235 welcome"),
                "RCPT" => manners.recipient.unwrap_or("250 ok"),
                "STARTTLS" => "220 go",
                "DATA" => {
                    in_text = true;
                    "354 go on"
                }
                "QUIT" => "221 bye",
                _ => "250 ok",
            }
        };
        if socket
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .is_err()
            || socket.flush().await.is_err()
        {
            return Next::End;
        }
        match line.as_str() {
            "STARTTLS" => return Next::Encrypt,
            "QUIT" => return Next::End,
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_server_gets_every_byte_and_one_connection_serves_two_mails() {
    let server = Server::start(Manners::default()).await;
    let mailer = server.mailer();
    mailer.send(&mail()).await.unwrap();
    let mut expected = vec![
        "--",
        "EHLO hall.example",
        "MAIL FROM:<hello@summit.example>",
        "RCPT TO:<ada@example.org>",
        "DATA",
    ];
    let text = composed(&mail()).1;
    // A line that is only a dot is doubled (RFC 5321 §4.5.2).
    expected.extend(
        text.split("\r\n")
            .map(|line| if line == "." { ".." } else { line }),
    );
    expected.push(".");
    assert_eq!(server.lines(), expected);

    mailer
        .send(&Mail {
            message_id: "0199-b".into(),
            ..mail()
        })
        .await
        .unwrap();
    assert_eq!(
        (
            server.count("--"),
            server.count("NOOP"),
            server.count("DATA")
        ),
        (1, 1, 2)
    );
}

#[tokio::test]
async fn a_no_for_now_and_a_no_for_good_are_told_apart() {
    for (manners, expected) in [
        (
            Manners {
                recipient: Some("450 4.2.1 mailbox busy"),
                ..Default::default()
            },
            "temporary",
        ),
        (
            Manners {
                recipient: Some("421 4.3.2 closing"),
                ..Default::default()
            },
            "temporary",
        ),
        (
            Manners {
                recipient: Some("550 5.1.1 no such user"),
                ..Default::default()
            },
            "permanent",
        ),
        (
            Manners {
                recipient: Some("530 5.7.0 sign in first"),
                ..Default::default()
            },
            "temporary",
        ),
        (
            Manners {
                greeting: Some("554 no service here"),
                ..Default::default()
            },
            "temporary",
        ),
        (
            Manners {
                greeting: Some("hello?"),
                ..Default::default()
            },
            "temporary",
        ),
    ] {
        let server = Server::start(manners.clone()).await;
        let error = server.mailer().send(&mail()).await.unwrap_err();
        let said = manners.recipient.or(manners.greeting).unwrap();
        assert_eq!(
            error.is_temporary(),
            expected == "temporary",
            "{said}: {error}"
        );
        assert_eq!(server.count("DATA"), 0, "{said}");
        if let Some(answer) = manners.recipient {
            assert!(error.to_string().contains(&answer[..3]), "{error}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again() {
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mailer = Mailer::from_url(
        Some(&format!("smtp://127.0.0.1:{port}")),
        PathBuf::new(),
        from(),
    )
    .unwrap();
    let error = mailer.send(&mail()).await.unwrap_err();
    assert!(
        error.is_temporary() && error.to_string().contains("Connection refused"),
        "{error}"
    );
    assert!(mailer.check().await.unwrap_err().is_temporary());
}

#[tokio::test]
async fn a_mail_given_up_half_way_does_not_spoil_the_next() {
    let muted = Arc::new(Notify::new());
    let server = Server::start(Manners {
        mute_first: Some(muted.clone()),
        ..Default::default()
    })
    .await;
    let mailer = server.mailer();
    let first = mail();
    tokio::select! {
        answer = mailer.send(&first) => panic!("the server never answered, yet {answer:?}"),
        () = muted.notified() => {}
    }
    mailer
        .send(&Mail {
            message_id: "0199-b".into(),
            ..mail()
        })
        .await
        .unwrap();
    let lines = server.lines();
    let second = lines.iter().rposition(|line| line == "--").unwrap();
    assert_eq!(server.count("--"), 2);
    assert_eq!(lines[second + 1], "EHLO hall.example");
}

#[tokio::test]
async fn a_silent_server_is_given_up_on() {
    let silent = Manners {
        mute_first: Some(Arc::new(Notify::new())),
        ..Default::default()
    };
    let server = Server::start(silent).await;
    let mut relay = Relay::from_url(&server.url("")).unwrap();
    relay.send_limit = Duration::from_millis(150);
    let mailer = Mailer::Smtp {
        relay: Arc::new(relay),
        from: from(),
    };
    let error = mailer.send(&mail()).await.unwrap_err();
    assert!(
        error.is_temporary() && error.to_string().contains("no answer within 150 ms"),
        "{error}"
    );
}

#[tokio::test]
async fn signing_in_keeps_the_password_out_of_errors() {
    let server = Server::start(Manners::default()).await;
    let url = format!("smtp://us%40er:p%2Fss@127.0.0.1:{}", server.port);
    let mailer = Mailer::from_url(Some(&url), PathBuf::new(), from()).unwrap();
    mailer.check().await.unwrap();
    // base64 of \0us@er\0p/ss, RFC 4616.
    assert!(
        server
            .lines()
            .contains(&"AUTH PLAIN AHVzQGVyAHAvc3M=".to_owned()),
        "{:?}",
        server.lines()
    );
    assert_eq!(server.count("QUIT"), 1);
    assert_eq!(
        mailer.to_string(),
        format!("SMTP 127.0.0.1 port {} (without TLS)", server.port)
    );

    let server = Server::start(Manners {
        auth: Some("535 5.7.8 wrong"),
        ..Default::default()
    })
    .await;
    let url = format!("smtp://user:pass@127.0.0.1:{}", server.port);
    let mailer = Mailer::from_url(Some(&url), PathBuf::new(), from()).unwrap();
    // A wrong password is ours to repair; the mail waits meanwhile.
    for error in [
        mailer.check().await.unwrap_err(),
        mailer.send(&mail()).await.unwrap_err(),
    ] {
        assert!(
            error.is_temporary() && error.to_string().contains("535"),
            "{error}"
        );
        assert!(!error.to_string().contains("pass@"), "{error}");
    }
}

fn certificate() -> (tokio_rustls::TlsAcceptor, Certificate) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let root = Certificate::from_der(made.cert.der().to_vec()).unwrap();
    (tokio_rustls::TlsAcceptor::from(Arc::new(config)), root)
}

#[tokio::test]
async fn starttls_is_required_offered_and_checked() {
    let (acceptor, root) = certificate();
    let server = Server::start(Manners {
        starttls: Some(acceptor),
        ..Default::default()
    })
    .await;
    let url = format!("smtp://user:pass@localhost:{}?tls=required", server.port);
    let trust = |host: String| {
        let parameters = TlsParameters::builder(host)
            .add_root_certificate(root.clone())
            .build();
        parameters.map_err(|error| SettingsError::Tls(error.to_string()))
    };
    let relay = Relay::with_trust(&url, trust).unwrap();
    let mailer = Mailer::Smtp {
        relay: Arc::new(relay),
        from: from(),
    };
    mailer.send(&mail()).await.unwrap();
    let lines = server.lines();
    let at = |wanted: &str| {
        lines
            .iter()
            .position(|line| line.starts_with(wanted))
            .unwrap()
    };
    assert!(
        at("STARTTLS") < at("*tls*")
            && at("*tls*") < at("AUTH PLAIN")
            && at("AUTH PLAIN") < at("DATA"),
        "{lines:?}"
    );

    // Unknown root: nothing is said in the clear, nothing at all is said.
    let stranger = Mailer::from_url(Some(&url), PathBuf::new(), from()).unwrap();
    assert!(stranger.send(&mail()).await.unwrap_err().is_temporary());
    assert_eq!(
        server
            .lines()
            .iter()
            .filter(|line| line.starts_with("AUTH"))
            .count(),
        1
    );

    // A server that does not offer it gets neither password nor mail.
    let plain = Server::start(Manners::default()).await;
    let url = format!("smtp://user:pass@localhost:{}?tls=required", plain.port);
    let mailer = Mailer::from_url(Some(&url), PathBuf::new(), from()).unwrap();
    assert!(mailer.send(&mail()).await.unwrap_err().is_temporary());
    assert!(
        plain
            .lines()
            .iter()
            .all(|line| line == "--" || line.starts_with("EHLO") || line == "QUIT"),
        "{:?}",
        plain.lines()
    );
}

#[test]
fn mail_urls_say_what_is_wrong_with_them() {
    let told = |url: &str| Relay::from_url(url).map(|relay| relay.to_string());
    for (url, expected) in [
        (
            "smtp://mail.example",
            "SMTP mail.example port 25 (without TLS)",
        ),
        (
            "smtp://mail.example?tls=required",
            "SMTP mail.example port 587 (STARTTLS)",
        ),
        (
            "smtp://mail.example:2525/?tls=opportunistic",
            "SMTP mail.example port 2525 (STARTTLS if offered)",
        ),
        (
            "smtps://user:pass@mail.example/hall.example",
            "SMTP mail.example port 465 (TLS)",
        ),
        (
            "smtp://user:pass@localhost:1025",
            "SMTP localhost port 1025 (without TLS)",
        ),
        (
            "smtp://user:pass@[::1]:1025",
            "SMTP ::1 port 1025 (without TLS)",
        ),
        (
            "smtp://user:pass@relay.lan?tls=none",
            "SMTP relay.lan port 25 (without TLS)",
        ),
    ] {
        assert_eq!(told(url).as_deref(), Ok(expected), "{url}");
    }
    for (url, expected) in [
        ("", SettingsError::NotAMailUrl),
        ("mail.example:25", SettingsError::NotAMailUrl),
        ("https://mail.example", SettingsError::NotAMailUrl),
        ("smtp:///x", SettingsError::NotAMailUrl),
        ("smtp://mail.example/a%20b", SettingsError::NotAMailUrl),
        (
            "smtp://mail.example?tls=maybe",
            SettingsError::UnknownTls("maybe".into()),
        ),
        (
            "smtps://mail.example?tls=none",
            SettingsError::UnknownTls("none".into()),
        ),
        (
            "smtp://user:pass@mail.example",
            SettingsError::PasswordInTheClear,
        ),
        ("smtps://user@mail.example", SettingsError::BadCredentials),
        (
            "smtps://user:%ff@mail.example",
            SettingsError::BadCredentials,
        ),
    ] {
        assert_eq!(told(url), Err(expected), "{url}");
    }
}

//! The client against small servers on loopback that count who calls them.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;

/// Generous where a test is not about time: the machine may be busy.
const PATIENT: Limits = Limits {
    time: Duration::from_secs(60),
    bytes: 64 * 1024,
};

/// What a test server says to one request.
enum Reply {
    Say(Vec<u8>),
    /// Says this, then holds the connection open and says nothing more.
    Stall(Vec<u8>),
}

struct Server {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
}

impl Server {
    async fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(reply, None).await
    }

    async fn listen(
        reply: impl Fn(&str) -> Reply + Send + Sync + 'static,
        tls: Option<tokio_rustls::TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let reply = Arc::new(reply);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (reply, tls) = (reply.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => answer(socket, &*reply).await,
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(socket).await {
                                answer(socket, &*reply).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, calls }
    }

    fn port(&self) -> u16 {
        self.address.port()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// A client that may talk to this server.
    fn client(&self) -> Client {
        client(&[&self.address.to_string()])
    }
}

async fn answer(socket: impl AsyncRead + AsyncWrite + Unpin, reply: impl Fn(&str) -> Reply) {
    let mut socket = BufReader::new(socket);
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if socket.read_line(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let path = request.split(' ').nth(1).unwrap();
    let (bytes, stall) = match reply(path) {
        Reply::Say(bytes) => (bytes, false),
        Reply::Stall(bytes) => (bytes, true),
    };
    // A refused body may be hung up on: that is the client's right.
    let _ = socket.write_all(&bytes).await;
    let _ = socket.flush().await;
    if stall {
        std::future::pending::<()>().await;
    }
    let _ = socket.shutdown().await;
}

fn ok(body: &str) -> Reply {
    say(
        "200 OK",
        "content-type: Text/XML; Charset=\"ISO-8859-1\"",
        body.as_bytes(),
    )
}

fn redirect(location: &str) -> Reply {
    say("302 Found", &format!("location: {location}"), b"")
}

fn say(status: &str, header: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{header}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    Reply::Say([head.as_bytes(), body].concat())
}

fn client(allowed_private_hosts: &[&str]) -> Client {
    let allowed_private_hosts = allowed_private_hosts
        .iter()
        .map(ToString::to_string)
        .collect();
    Client::new(&Settings {
        allowed_private_hosts,
    })
    .unwrap()
}

/// A client whose names are `names`; each lookup takes the next answer.
fn scripted(allowed: &[&str], names: &[(&str, &[&str])], roots: Roots) -> Client {
    let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    let names: HashMap<_, _> = names
        .iter()
        .map(|(name, answers)| {
            let parse = |answer: &&str| {
                answer
                    .split(' ')
                    .map(|ip| ip.parse().unwrap())
                    .collect::<Vec<IpAddr>>()
            };
            ((*name).to_owned(), answers.iter().map(parse).collect())
        })
        .collect();
    Client::build(
        Rules::new(&allowed, Lookup::Scripted(Mutex::new(names))).unwrap(),
        roots,
    )
}

#[tokio::test]
async fn a_named_private_host_is_fetched() {
    let server = Server::start(|path| ok(&format!("you asked for {path}"))).await;
    let fetched = server
        .client()
        .get(&server.url("/schedule.xml?x=1#top"), PATIENT)
        .await
        .unwrap();
    assert_eq!(
        fetched,
        Fetched {
            url: server.url("/schedule.xml?x=1"),
            content_type: Some("text/xml".into()),
            charset: Some("iso-8859-1".into()),
            body: Bytes::from_static(b"you asked for /schedule.xml?x=1"),
        }
    );
}

#[tokio::test]
async fn a_private_host_is_not_called_unless_named() {
    let server = Server::start(|_| ok("secret")).await;
    let port = server.port();
    for allowed in [&[][..], &["localhost:1"], &["example.org"]] {
        let client = client(allowed);
        let answer = client
            .get(&format!("https://127.0.0.1:{port}/"), PATIENT)
            .await;
        assert_eq!(
            answer,
            Err(FetchError::PrivateAddress {
                host: "127.0.0.1".into()
            })
        );
        let answer = client
            .get(&format!("https://localhost:{port}/"), PATIENT)
            .await;
        assert_eq!(
            answer,
            Err(FetchError::PrivateAddress {
                host: "localhost".into()
            })
        );
        let answer = client
            .get(&format!("http://localhost:{port}/"), PATIENT)
            .await;
        assert_eq!(
            answer,
            Err(FetchError::NotHttps {
                host: "localhost".into()
            })
        );
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn odd_spellings_of_an_address_are_seen_through() {
    let server = Server::start(|_| ok("secret")).await;
    let port = server.port();
    let client = client(&[]);
    for host in [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "１２７.0.0.1",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST",
    ] {
        let answer = client
            .get(&format!("https://{host}:{port}/"), PATIENT)
            .await;
        assert!(
            matches!(answer, Err(FetchError::PrivateAddress { .. })),
            "{host}: {answer:?}"
        );
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn what_is_no_plain_web_address_is_refused() {
    let server = Server::start(|_| ok("secret")).await;
    let client = server.client();
    for url in [
        "",
        "schedule.xml",
        "/etc/passwd",
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://127.0.0.1/",
        "data:,x",
        "https://",
        "https://[::1",
    ] {
        let answer = client.get(url, PATIENT).await;
        assert!(
            matches!(answer, Err(FetchError::NotAnAddress(_))),
            "{url}: {answer:?}"
        );
    }
    let long = server.url(&format!("/{}", "a".repeat(9_000)));
    assert!(matches!(
        client.get(&long, PATIENT).await,
        Err(FetchError::NotAnAddress(_))
    ));
    for user in ["me:secret@", "me@", ":secret@"] {
        let url = format!("http://{user}{}/", server.address);
        assert_eq!(
            client.get(&url, PATIENT).await,
            Err(FetchError::CarriesCredentials),
            "{url}"
        );
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn redirects_are_followed_and_each_is_checked() {
    let private = Server::start(|_| ok("secret")).await;
    let forbidden = format!("https://127.0.0.1:{}/", private.port());
    let plain = format!("http://localhost:{}/", private.port());
    let with_user = format!("http://me:secret@127.0.0.1:{}/", private.port());
    let server = Server::start(move |path| match path {
        "/relative" => redirect("../moved?to=here"),
        "/moved?to=here" => ok("found"),
        "/inside" => redirect(&forbidden),
        "/plain" => redirect(&plain),
        "/user" => redirect(&with_user),
        "/file" => redirect("file:///etc/passwd"),
        "/nowhere" => Reply::Say(
            b"HTTP/1.1 301 Moved\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec(),
        ),
        "/loop" => redirect("/loop"),
        other => match other.trim_start_matches('/').parse::<u32>() {
            Ok(0) => ok("end"),
            Ok(left) => redirect(&format!("/{}", left - 1)),
            Err(_) => ok("?"),
        },
    })
    .await;
    let client = server.client();
    let get = async |path: &str| client.get(&server.url(path), PATIENT).await;

    let fetched = get("/relative").await.unwrap();
    assert_eq!(
        (fetched.url, &fetched.body[..]),
        (server.url("/moved?to=here"), &b"found"[..])
    );
    assert_eq!(
        get("/inside").await,
        Err(FetchError::PrivateAddress {
            host: "127.0.0.1".into()
        })
    );
    assert_eq!(
        get("/plain").await,
        Err(FetchError::NotHttps {
            host: "localhost".into()
        })
    );
    assert_eq!(get("/user").await, Err(FetchError::CarriesCredentials));
    assert!(matches!(
        get("/file").await,
        Err(FetchError::NotAnAddress(_))
    ));
    assert_eq!(
        get("/nowhere").await,
        Err(FetchError::RedirectsNowhere {
            host: "127.0.0.1".into()
        })
    );
    assert_eq!(private.calls(), 0);

    assert_eq!(get("/5").await.unwrap().body, "end");
    assert_eq!(
        get("/6").await,
        Err(FetchError::TooManyRedirects { limit: 5 })
    );
    let before = server.calls();
    assert_eq!(
        get("/loop").await,
        Err(FetchError::TooManyRedirects { limit: 5 })
    );
    assert_eq!(server.calls() - before, 6);
}

#[tokio::test]
async fn a_name_is_asked_for_once_and_its_second_answer_never_used() {
    let rebind: &[(&str, &[&str])] = &[("rebind.test", &["8.8.8.8", "127.0.0.1"])];
    let Client(Some(inner)) = scripted(&[], rebind, Roots::System) else {
        unreachable!()
    };
    let destination = inner
        .rules
        .admit(Url::parse("https://rebind.test/").unwrap())
        .await
        .unwrap();
    let pinned = Pinned {
        host: destination.host,
        addresses: destination.addresses,
    };
    let ask = async |name: &str| {
        let asked = reqwest::dns::Resolve::resolve(&pinned, name.parse().unwrap()).await;
        asked.map(|found| {
            found
                .map(|address| address.ip().to_string())
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(ask("rebind.test").await.unwrap(), ["8.8.8.8"]);
    assert!(ask("other.test").await.is_err());

    // And the whole way: only the first answer leads to the server.
    let server = Server::start(|_| ok("first")).await;
    let named = format!("rebind.test:{}", server.port());
    let turned: &[(&str, &[&str])] = &[("rebind.test", &["127.0.0.1", "240.0.0.1"])];
    let client = scripted(&[&named], turned, Roots::System);
    assert_eq!(
        client
            .get(&format!("http://{named}/"), PATIENT)
            .await
            .unwrap()
            .body,
        "first"
    );
}

#[tokio::test]
async fn one_private_address_among_public_ones_closes_the_name() {
    let mixed: &[&str] = &["8.8.8.8 10.0.0.1"];
    let client = scripted(&[], &[("mixed.test", mixed)], Roots::System);
    let answer = client.get("https://mixed.test/", PATIENT).await;
    assert_eq!(
        answer,
        Err(FetchError::PrivateAddress {
            host: "mixed.test".into()
        })
    );
    let answer = client.get("https://unknown.test/", PATIENT).await;
    assert_eq!(
        answer,
        Err(FetchError::UnknownHost {
            host: "unknown.test".into()
        })
    );
}

#[tokio::test]
async fn a_body_is_capped_however_it_arrives() {
    let server = Server::start(|path| match path {
        "/announced" => Reply::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n".to_vec()),
        "/chunked" => {
            let mut reply = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
            for _ in 0..11 {
                reply.extend_from_slice(b"64\r\n");
                reply.extend_from_slice(&[b'x'; 100]);
                reply.extend_from_slice(b"\r\n");
            }
            Reply::Stall(reply)
        }
        "/bomb" => say("200 OK", "content-encoding: gzip", GZIPPED_ZEROS),
        _ => ok(&"x".repeat(1000)),
    })
    .await;
    let client = server.client();
    let get = async |path: &str, bytes| {
        client
            .get(&server.url(path), Limits { bytes, ..PATIENT })
            .await
    };
    for path in ["/announced", "/chunked", "/bomb"] {
        assert_eq!(
            get(path, 1000).await,
            Err(FetchError::TooLarge { limit_bytes: 1000 }),
            "{path}"
        );
    }
    assert_eq!(get("/bomb", 4096).await.unwrap().body, vec![0; 4096]);
    assert_eq!(get("/", 1000).await.unwrap().body.len(), 1000);
}

/// 4,096 zero bytes, compressed.
const GZIPPED_ZEROS: &[u8] = include_bytes!("../fixtures/zeros.gz");

#[tokio::test]
async fn a_slow_answer_is_given_up_on() {
    let server = Server::start(|path| match path {
        "/silent" => Reply::Stall(Vec::new()),
        _ => Reply::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec()),
    })
    .await;
    let client = server.client();
    for path in ["/silent", "/half"] {
        let limits = Limits {
            time: Duration::from_millis(150),
            ..PATIENT
        };
        let answer = client.get(&server.url(path), limits).await;
        assert_eq!(answer, Err(FetchError::TooSlow { limit_ms: 150 }), "{path}");
    }
}

#[tokio::test]
async fn failures_say_what_to_do() {
    let server = Server::start(|path| match path {
        "/short" => Reply::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec()),
        "/gone" => Reply::Say(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec()),
        _ => Reply::Say(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n".to_vec()),
    })
    .await;
    let client = server.client();
    let host = String::from("127.0.0.1");
    let gone = client.get(&server.url("/gone"), PATIENT).await.unwrap_err();
    assert_eq!(
        gone,
        FetchError::Refused {
            host: host.clone(),
            status: 404
        }
    );
    assert!(!gone.is_temporary());
    let busy = client.get(&server.url("/busy"), PATIENT).await.unwrap_err();
    assert_eq!(busy, FetchError::Refused { host, status: 503 });
    assert!(busy.is_temporary());
    let short = client
        .get(&server.url("/short"), PATIENT)
        .await
        .unwrap_err();
    assert!(
        matches!(short, FetchError::CutShort { .. }) && short.is_temporary(),
        "{short:?}"
    );

    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = super::tests::client(&["127.0.0.1"])
        .get(&format!("http://{closed}/"), PATIENT)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, FetchError::Unreachable { .. }) && refused.is_temporary(),
        "{refused:?}"
    );
    assert!(
        refused.to_string().contains("Connection refused"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_disabled_client_says_so() {
    let answer = Client::disabled()
        .get("https://example.org/", Limits::default())
        .await;
    assert_eq!(answer, Err(FetchError::SwitchedOff));
}

#[tokio::test]
async fn certificates_are_checked_against_the_name() {
    let made = rcgen::generate_simple_self_signed(vec!["summit.test".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let server = Server::listen(|_| ok("over TLS"), Some(acceptor)).await;

    let names: &[(&str, &[&str])] = &[
        ("summit.test", &["127.0.0.1"]),
        ("other.test", &["127.0.0.1"]),
    ];
    let allowed = &["summit.test", "other.test"];
    let trusting = || Roots::Only(reqwest::Certificate::from_der(made.cert.der()).unwrap());
    let get = async |roots, host: &str| {
        scripted(allowed, names, roots)
            .get(&format!("https://{host}:{}/", server.port()), PATIENT)
            .await
    };
    assert_eq!(
        get(trusting(), "summit.test").await.unwrap().body,
        "over TLS"
    );
    let wrong_name = get(trusting(), "other.test").await.unwrap_err();
    assert!(
        matches!(wrong_name, FetchError::Untrusted { .. }),
        "{wrong_name:?}"
    );
    let unknown = get(Roots::System, "summit.test").await.unwrap_err();
    assert!(
        matches!(unknown, FetchError::Untrusted { .. }),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn what_is_posted_goes_where_a_fetch_may_and_is_not_carried_on() {
    let other = Server::start(|_| say("201 Created", "x: y", b"")).await;
    let carried = other.url("/");
    let server = Server::start(move |path| match path {
        "/gone" => say("410 Gone", "x: y", b""),
        "/moved" => redirect(&carried),
        _ => say("201 Created", "x: y", b"said"),
    })
    .await;
    let headers = [("ttl", "60".to_owned())];
    let body = Bytes::from_static(b"sealed");
    let both = client(&[&server.address.to_string(), &other.address.to_string()]);
    let post = async |path: &str| {
        let url = server.url(path);
        both.post(&url, &headers, body.clone(), PATIENT).await
    };
    assert_eq!(post("/ok").await, Ok(()));
    for (path, status) in [("/gone", 410), ("/moved", 302)] {
        let host = "127.0.0.1".into();
        assert_eq!(post(path).await, Err(FetchError::Refused { host, status }));
    }
    assert_eq!((server.calls(), other.calls()), (3, 0));
    let url = format!("https://127.0.0.1:{}/", server.port());
    let refused = client(&[])
        .post(&url, &headers, body.clone(), PATIENT)
        .await;
    let host = "127.0.0.1".into();
    assert_eq!(refused, Err(FetchError::PrivateAddress { host }));
    let off = Client::disabled();
    assert!(!off.is_on() && both.is_on());
    let answer = off.post(&url, &headers, body, PATIENT).await;
    assert_eq!(answer, Err(FetchError::SwitchedOff));
    assert_eq!(server.calls(), 3);
}

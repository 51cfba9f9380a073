use std::path::Path;

use axum::extract::WebSocketUpgrade;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, oneshot};
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::certificates::Files;

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

async fn serve(app: Router, certificates: Option<Certificates>, limits: Limits) -> Running {
    let any = "127.0.0.1:0".parse().unwrap();
    let listener = Listener::bind(any, certificates, limits).await.unwrap();
    let (address, stop) = (listener.address(), CancellationToken::new());
    let serving = tokio::spawn(listener.serve(app, stop.clone()));
    Running {
        address,
        stop,
        serving,
    }
}

/// Answers with the protocol and the peer's address.
fn who() -> Router {
    Router::new().route(
        "/",
        get(
            async |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: axum::extract::Request| {
                format!("{:?} {}", request.version(), peer.ip())
            },
        ),
    )
}

fn write_certificate(folder: &Path, host: &str) -> rcgen::Certificate {
    let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert
}

fn files(folder: &Path) -> Files {
    Files {
        certificate: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    }
}

fn install_provider() {
    // Another test of this process may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

fn client(host: &str, address: SocketAddr, trusted: &rcgen::Certificate) -> reqwest::ClientBuilder {
    let root = reqwest::Certificate::from_der(trusted.der()).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([root])
        .resolve(host, address)
        .no_proxy()
}

async fn ask(client: &reqwest::Client, url: &str) -> String {
    let answer = client.get(url).send().await.unwrap();
    answer.text().await.unwrap()
}

#[tokio::test]
async fn plain_http_is_served_and_the_peer_is_known() {
    install_provider();
    let running = serve(who(), None, Limits::default()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/", running.address);
    assert_eq!(ask(&client, &url).await, "HTTP/1.1 127.0.0.1");
    let prior = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    assert_eq!(ask(&prior, &url).await, "HTTP/2.0 127.0.0.1");
    running.stop.cancel();
    running.serving.await.unwrap();
}

#[tokio::test]
async fn tls_speaks_both_versions_and_takes_a_new_certificate() {
    install_provider();
    let folder = tempfile::tempdir().unwrap();
    let first = write_certificate(folder.path(), "summit.example");
    let certificates = Certificates::load(files(folder.path())).unwrap();
    let running = serve(who(), Some(certificates.clone()), Limits::default()).await;
    let url = format!("https://summit.example:{}/", running.address.port());
    let of = |trusted: &rcgen::Certificate| client("summit.example", running.address, trusted);

    let two = of(&first).build().unwrap();
    assert_eq!(ask(&two, &url).await, "HTTP/2.0 127.0.0.1");
    let one = of(&first).http1_only().build().unwrap();
    assert_eq!(ask(&one, &url).await, "HTTP/1.1 127.0.0.1");

    // A key that is not the certificate's is refused, and nothing changes.
    let key = std::fs::read(folder.path().join("key.pem")).unwrap();
    let second = write_certificate(folder.path(), "summit.example");
    let new_key = std::fs::read(folder.path().join("key.pem")).unwrap();
    std::fs::write(folder.path().join("key.pem"), key).unwrap();
    assert!(certificates.reload().is_err());
    let again = of(&first).build().unwrap();
    assert_eq!(ask(&again, &url).await, "HTTP/2.0 127.0.0.1");

    std::fs::write(folder.path().join("key.pem"), new_key).unwrap();
    certificates.reload().unwrap();
    let new = of(&second).build().unwrap();
    assert_eq!(ask(&new, &url).await, "HTTP/2.0 127.0.0.1");
    let old = of(&first).build().unwrap();
    assert!(old.get(&url).send().await.is_err());
    running.stop.cancel();
    running.serving.await.unwrap();
}

fn impatient() -> Limits {
    Limits {
        patience: Duration::from_millis(200),
        ..Limits::default()
    }
}

/// Sends `bytes` and nothing more; gives what came until the end. A server
/// that never hung up would hang the test.
async fn send_and_wait(address: SocketAddr, bytes: &[u8]) -> String {
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end like any other.
    let _ = tcp.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_client_that_takes_too_long_to_ask_is_closed() {
    install_provider();
    let running = serve(who(), None, impatient()).await;
    for bytes in [&b""[..], b"PRI * HT", b"GET / HTTP/1.1\r\nhost: a\r\nx: "] {
        let answer = send_and_wait(running.address, bytes).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let folder = tempfile::tempdir().unwrap();
    write_certificate(folder.path(), "summit.example");
    let certificates = Certificates::load(files(folder.path())).unwrap();
    let over_tls = serve(who(), Some(certificates), impatient()).await;
    // A record's header, and never the record.
    assert_eq!(
        send_and_wait(over_tls.address, b"\x16\x03\x01\x02\x00").await,
        ""
    );
    running.stop.cancel();
    running.serving.await.unwrap();
}

#[tokio::test]
async fn a_client_in_time_is_served_under_the_same_limits() {
    let running = serve(who(), None, impatient()).await;
    let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let answer = send_and_wait(running.address, request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let running = serve(who(), None, Limits::default()).await;
    let request = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n",
        "y".repeat(40_000)
    );
    let answer = send_and_wait(running.address, request.as_bytes()).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_a_place_becomes_free_again() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let app = Router::new().route("/live", get(echo));
    let running = serve(app, None, limits).await;
    let url = format!("ws://{}/live", running.address);
    // A socket keeps its place though its request was answered long ago.
    let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    assert!(tokio_tungstenite::connect_async(&url).await.is_err());
    socket.send(Message::text("still here")).await.unwrap();
    let echoed = socket.next().await.unwrap().unwrap();
    assert_eq!(echoed.to_text().unwrap(), "still here");
    socket.close(None).await.unwrap();
    while socket.next().await.is_some() {}
    // The place is given back when the server's side is dropped.
    while tokio_tungstenite::connect_async(&url).await.is_err() {
        tokio::task::yield_now().await;
    }
}

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| {
        while let Some(Ok(message)) = socket.recv().await {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    })
}

#[tokio::test]
async fn a_running_request_is_finished_and_nobody_new_is_taken() {
    install_provider();
    let (began, waited) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let app = Router::new().route(
        "/slow",
        get({
            let (began, waited) = (began.clone(), waited.clone());
            async move || {
                began.notify_one();
                waited.notified().await;
                "done"
            }
        }),
    );
    let running = serve(app, None, Limits::default()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/slow", running.address);
    let request = tokio::spawn(async move { ask(&client, &url).await });
    began.notified().await;
    running.stop.cancel();
    // The port is given up while the request still runs.
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!running.serving.is_finished());
    waited.notify_one();
    assert_eq!(request.await.unwrap(), "done");
    running.serving.await.unwrap();
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_us() {
    let limits = Limits {
        farewell: Duration::from_millis(100),
        ..Limits::default()
    };
    let began = Arc::new(Notify::new());
    let (kept, dropped) = oneshot::channel::<()>();
    let kept = Arc::new(std::sync::Mutex::new(Some(kept)));
    let app = Router::new().route(
        "/never",
        get({
            let began = began.clone();
            async move || {
                let _kept = kept.lock().unwrap().take();
                began.notify_one();
                std::future::pending::<()>().await;
            }
        }),
    );
    let running = serve(app, None, limits).await;
    let mut tcp = TcpStream::connect(running.address).await.unwrap();
    tcp.write_all(b"GET /never HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    began.notified().await;
    running.stop.cancel();
    running.serving.await.unwrap();
    assert!(dropped.await.is_err(), "its request was dropped");
}

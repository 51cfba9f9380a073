//! The guests' lines to the site: one kept-alive HTTP connection and one
//! WebSocket each, plain or over TLS.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::body::Body;
use hallway_protocol::messages::ChannelList;
use hallway_protocol::routes;
use http::header::{ACCEPT, AUTHORIZATION, HOST};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// For an answer, and for a connection.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of a page that are taken.
const LARGEST: usize = 16 * 1024 * 1024;
/// Where systems keep the authorities they trust.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

pub trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

pub type Socket = WebSocketStream<Box<dyn Bytes>>;

pub struct Site {
    event: String,
    host: String,
    /// Host and port to connect to.
    pub address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Site {
    pub fn open(url: &str, event: &str) -> anyhow::Result<Self> {
        Self::trusting(url, event, connector)
    }

    /// Where the server is one that shows exactly the certificate in a file.
    pub fn open_own(url: &str, event: &str, certificate: &Path) -> anyhow::Result<Self> {
        Self::trusting(url, event, || own_connector(certificate))
    }

    fn trusting(
        url: &str,
        event: &str,
        connector: impl FnOnce() -> anyhow::Result<TlsConnector>,
    ) -> anyhow::Result<Self> {
        let uri: http::Uri = url
            .trim_end_matches('/')
            .parse()
            .with_context(|| url.to_owned())?;
        let name = uri.host().context("the URL has no host")?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => bail!("{url} is neither http:// nor https://"),
        };
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tls = if secure {
            Some((
                connector()?,
                ServerName::try_from(name.trim_matches(['[', ']']).to_owned())?,
            ))
        } else {
            None
        };
        Ok(Self {
            event: event.to_owned(),
            host: uri.authority().context("the URL has no host")?.to_string(),
            address: format!("{name}:{port}"),
            tls,
        })
    }

    pub fn event(&self) -> &str {
        &self.event
    }

    async fn connect(&self) -> anyhow::Result<Box<dyn Bytes>> {
        let connecting = async {
            let tcp = TcpStream::connect(&self.address).await?;
            tcp.set_nodelay(true)?;
            anyhow::Ok(match &self.tls {
                None => Box::new(tcp) as Box<dyn Bytes>,
                Some((connector, name)) => {
                    Box::new(connector.connect(name.clone(), tcp).await?) as Box<dyn Bytes>
                }
            })
        };
        tokio::time::timeout(PATIENCE, connecting)
            .await
            .context("no connection in time")?
    }

    pub async fn http(&self, token: &str) -> anyhow::Result<Http> {
        let (sender, connection) = http1::handshake(TokioIo::new(self.connect().await?)).await?;
        // Ends with the connection, when either side closes it.
        tokio::spawn(connection);
        Ok(Http {
            host: self.host.clone(),
            token: token.to_owned(),
            sender,
        })
    }

    /// A live connection.
    pub async fn live(&self, token: &str) -> anyhow::Result<Socket> {
        let mut request = format!("ws://{}/live", self.host).into_client_request()?;
        let bearer = format!("Bearer {token}").parse()?;
        request.headers_mut().insert(AUTHORIZATION, bearer);
        // The library's own 128 kB, a thousand times over, would be all we have.
        let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
        let stream = self.connect().await?;
        let opening = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
        let (socket, _) = tokio::time::timeout(PATIENCE, opening)
            .await
            .context("no live connection in time")??;
        Ok(socket)
    }

    /// Id of the channel where the guests talk: the event's own.
    pub async fn channel(&self, token: &str) -> anyhow::Result<String> {
        let mut http = self.http(token).await?;
        let list: ChannelList = http.json(&routes::api_channels(&self.event)).await?;
        let mut channels = list.channels.iter();
        let own = channels.find(|channel| channel.kind == "event");
        Ok(own
            .context("the event has no channel of its own")?
            .id
            .to_string())
    }
}

/// As programs trust that were told nothing else: the system's authorities.
fn connector() -> anyhow::Result<TlsConnector> {
    let file = std::env::var("SSL_CERT_FILE").unwrap_or_else(|_| AUTHORITIES.to_owned());
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&file).with_context(|| file.clone())? {
        // Old lists hold some that are no longer well formed.
        let _ = roots.add(certificate?);
    }
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The server's own certificate may be one that nobody else trusts, and names
/// the site, not this machine: it is known by its bytes.
fn own_connector(certificate: &Path) -> anyhow::Result<TlsConnector> {
    let own = CertificateDer::from_pem_file(certificate)
        .with_context(|| certificate.display().to_string())?;
    let provider = rustls::crypto::CryptoProvider::get_default().context("no cryptography")?;
    let config = rustls::ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Own {
            certificate: own,
            algorithms: provider.signature_verification_algorithms,
        }))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Whoever holds the key of one certificate.
#[derive(Debug)]
struct Own {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Own {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *shown == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            let why = CertificateError::ApplicationVerificationFailure;
            Err(rustls::Error::InvalidCertificate(why))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, shown, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, shown, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// One kept-alive connection.
pub struct Http {
    host: String,
    token: String,
    sender: SendRequest<String>,
}

impl Http {
    /// The body of a page that is there.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<bytes::Bytes> {
        let request = http::Request::get(path)
            .header(HOST, &self.host)
            .header(ACCEPT, "*/*")
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .body(String::new())?;
        let asking = async {
            self.sender.ready().await?;
            let answer = self.sender.send_request(request).await?;
            let status = answer.status();
            let body = axum::body::to_bytes(Body::new(answer.into_body()), LARGEST).await?;
            if !status.is_success() {
                bail!("{status}");
            }
            Ok(body)
        };
        tokio::time::timeout(PATIENCE, asking)
            .await
            .context("no answer in time")?
    }

    pub async fn json<T: DeserializeOwned>(&mut self, path: &str) -> anyhow::Result<T> {
        Ok(serde_json::from_slice(&self.get(path).await?)?)
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::certificates::{Certificates, Files};
    use crate::listen::{Limits, Listener};

    fn files(folder: &Path) -> Files {
        let made = rcgen::generate_simple_self_signed(["summit.example.org".to_owned()]).unwrap();
        let files = Files {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
        };
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        files
    }

    #[tokio::test]
    async fn a_server_is_known_by_its_own_certificate_and_by_no_other() {
        // Another test of this process may have been first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (ours, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let certificates = Certificates::load(files(ours.path())).unwrap();
        let other = files(others.path()).certificate;
        let any = "127.0.0.1:0".parse().unwrap();
        let listener = Listener::bind(any, Some(certificates), Limits::default())
            .await
            .unwrap();
        let address = listener.address().to_string();
        let own = listener.certificate().unwrap();
        let stop = CancellationToken::new();
        let app = Router::new().route("/", get("hello"));
        let serving = tokio::spawn(listener.serve(app, stop.clone()));
        let site = |certificate: &Path| {
            let mut site =
                Site::open_own("https://summit.example.org", "summit", certificate).unwrap();
            site.address.clone_from(&address);
            site
        };
        let mut http = site(&own).http("token").await.unwrap();
        assert_eq!(http.get("/").await.unwrap(), "hello");
        assert!(site(&other).http("token").await.is_err());
        drop(http);
        stop.cancel();
        serving.await.unwrap();
    }
}

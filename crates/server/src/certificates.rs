//! The certificate we serve: read from files, checked against its key, read
//! anew when told. Getting one is left to others (certbot, lego, a proxy).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Where the certificate lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("{path}: {why}")]
    Unreadable { path: PathBuf, why: String },
    #[error("{0} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")]
    NoCertificate(PathBuf),
    #[error("the certificate and its key do not go together: {0}")]
    Mismatch(rustls::Error),
}

/// The certificate in use; clones see it change together.
#[derive(Clone)]
pub struct Certificates {
    files: Files,
    acceptor: watch::Sender<TlsAcceptor>,
}

impl Certificates {
    pub fn load(files: Files) -> Result<Self, CertificateError> {
        let acceptor = acceptor(&files)?;
        Ok(Self {
            files,
            acceptor: watch::Sender::new(acceptor),
        })
    }

    /// Reads the files again; connections from now on get what they hold. When
    /// they do not hold together, the certificate before stays in use.
    pub fn reload(&self) -> Result<(), CertificateError> {
        self.acceptor.send_replace(acceptor(&self.files)?);
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.borrow().clone()
    }

    pub fn files(&self) -> &Files {
        &self.files
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Certificates").field(&self.files).finish()
    }
}

fn acceptor(files: &Files) -> Result<TlsAcceptor, CertificateError> {
    let chain = chain(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable(&files.key))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(CertificateError::Mismatch)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(unreadable(path))?
        .collect::<Result<_, _>>()
        .map_err(unreadable(path))?;
    if chain.is_empty() {
        return Err(CertificateError::NoCertificate(path.to_owned()));
    }
    Ok(chain)
}

fn unreadable(path: &Path) -> impl Fn(rustls_pki_types::pem::Error) -> CertificateError {
    move |error| CertificateError::Unreadable {
        path: path.to_owned(),
        why: match error {
            rustls_pki_types::pem::Error::NoItemsFound => "nothing of the kind is in it".into(),
            other => other.to_string(),
        },
    }
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Seconds since 1970.
    pub not_before: i64,
    /// Seconds since 1970.
    pub not_after: i64,
    /// Host names, lower case; `*.example.org` stands for one more label.
    pub hosts: Vec<String>,
    pub addresses: Vec<std::net::IpAddr>,
}

impl Facts {
    /// Of the first certificate of a file.
    pub fn read(path: &Path) -> Result<Self, CertificateError> {
        let chain = chain(path)?;
        let wrong = |why: String| CertificateError::Unreadable {
            path: path.to_owned(),
            why,
        };
        let (_, certificate) =
            X509Certificate::from_der(&chain[0]).map_err(|error| wrong(error.to_string()))?;
        let names = certificate
            .subject_alternative_name()
            .map_err(|error| wrong(error.to_string()))?;
        let (mut hosts, mut addresses) = (Vec::new(), Vec::new());
        for name in names.iter().flat_map(|names| &names.value.general_names) {
            match name {
                GeneralName::DNSName(host) => hosts.push(host.to_ascii_lowercase()),
                GeneralName::IPAddress(bytes) => addresses.extend(address(bytes)),
                _ => {}
            }
        }
        Ok(Self {
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            hosts,
            addresses,
        })
    }

    /// Whether a browser would accept it for `host`, a name or an address;
    /// names by RFC 6125 §6.4.3: a star stands for the leftmost label alone.
    pub fn covers(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        if let Ok(address) = host.parse::<std::net::IpAddr>() {
            return self.addresses.contains(&address);
        }
        let parent = host.split_once('.').map(|(_, parent)| parent);
        self.hosts
            .iter()
            .any(|name| *name == host || (parent.is_some() && name.strip_prefix("*.") == parent))
    }
}

fn address(bytes: &[u8]) -> Option<std::net::IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(four.into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(Into::into)
}

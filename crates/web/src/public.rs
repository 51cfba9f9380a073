//! `/public/`: files the organisers put into one folder of theirs, nothing
//! above or beside it. A file is read and compressed when it is first asked
//! for, and again when it has changed.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Path as Asked, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hallway_protocol::Kind;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::Instant;

use crate::Web;
use crate::cache::{compress, etag};
use crate::failure::Failure;
use crate::pages::{matches_etag, takes_brotli};

/// Bytes of a file at the most; a larger one is not served.
const LARGEST: u64 = 32 * 1024 * 1024;
/// Bytes of files held, both forms together.
const CAPACITY: u64 = 128 * 1024 * 1024;
/// Larger texts are compressed on the way, where the reader asks for it.
const COMPRESSED: usize = 4 * 1024 * 1024;
/// How long a file is served without looking whether it has changed.
const TRUSTED: Duration = Duration::from_secs(1);
/// Pages of others never run as ours: no script, and an origin of their own.
const SANDBOX: &str = "default-src 'none'; img-src 'self' data:; media-src 'self'; font-src 'self'; \
    style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-popups";

/// Bytes ready to send again and again.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub kind: &'static str,
    pub plain: Bytes,
    /// Where it is text and smaller so.
    pub brotli: Option<Bytes>,
    /// A strong validator in quotes (RFC 9110 §8.8.3).
    pub etag: String,
}

impl Kept {
    pub(crate) fn new(kind: &'static str, plain: Bytes) -> Self {
        let brotli = (is_text(kind) && plain.len() <= COMPRESSED)
            .then(|| compress(&plain))
            .filter(|small| !small.is_empty() && small.len() < plain.len());
        Self {
            kind,
            etag: etag(&plain),
            plain,
            brotli,
        }
    }

    fn weight(&self) -> usize {
        self.plain.len() + self.brotli.as_ref().map_or(0, Bytes::len) + 512
    }
}

/// In the form the reader takes, or not at all where they have it.
pub(crate) fn send(headers: &HeaderMap, kept: &Kept, keep: &'static str) -> Response {
    let mut response = if matches_etag(headers, &kept.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if let Some(brotli) = kept.brotli.as_ref().filter(|_| takes_brotli(headers)) {
        let coding = [(CONTENT_ENCODING, HeaderValue::from_static("br"))];
        (coding, brotli.clone()).into_response()
    } else {
        kept.plain.clone().into_response()
    };
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(kept.kind));
    answer.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&kept.etag) {
        answer.insert(ETAG, etag);
    }
    response
}

/// The folder and those of its files that were read last.
pub(crate) struct Files {
    folder: PathBuf,
    read: moka::sync::Cache<String, Arc<File>>,
}

#[derive(Clone)]
struct File {
    kept: Kept,
    modified: SystemTime,
    length: u64,
    looked: Instant,
}

impl Files {
    pub(crate) fn new(folder: PathBuf) -> Self {
        let read = moka::sync::Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|path: &String, file: &Arc<File>| {
                u32::try_from(path.len() + file.kept.weight()).unwrap_or(u32::MAX)
            })
            .build();
        Self { folder, read }
    }

    /// None where there is no such file to serve.
    async fn get(&self, path: &str) -> Option<Arc<File>> {
        let below = below(path)?;
        let held = self.read.get(path);
        if let Some(file) = &held
            && file.looked.elapsed() < TRUSTED
        {
            return held;
        }
        let folder = self.folder.clone();
        let looked = tokio::task::spawn_blocking(move || look(&folder, &below, held.as_deref()));
        match looked.await {
            Ok(Ok(file)) => {
                let file = Arc::new(file);
                self.read.insert(path.to_owned(), Arc::clone(&file));
                Some(file)
            }
            Ok(Err(error)) => {
                self.read.invalidate(path);
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "a public file could not be read");
                }
                None
            }
            Err(_) => None,
        }
    }
}

/// The path as one below the folder, from visible names alone.
fn below(path: &str) -> Option<PathBuf> {
    let visible = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && !name.contains(['\\', ':'])
            && !name.contains(char::is_control)
    };
    let path = path.split('/').all(visible).then(|| PathBuf::from(path))?;
    path.components()
        .all(|component| matches!(component, Component::Normal(_)))
        .then_some(path)
}

/// Reads the file, unless the one held is still the same.
fn look(folder: &Path, below: &Path, held: Option<&File>) -> io::Result<File> {
    let folder = folder.canonicalize()?;
    let path = folder.join(below).canonicalize()?;
    let about = path.metadata()?;
    // A link may point elsewhere in the folder, never out of it.
    if !path.starts_with(&folder) || !about.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    if about.len() > LARGEST {
        return Err(io::Error::other(format!(
            "a public file has at most {LARGEST} bytes"
        )));
    }
    let modified = about.modified()?;
    let kept = match held.filter(|held| held.modified == modified && held.length == about.len()) {
        Some(held) => held.kept.clone(),
        None => Kept::new(kind(&path), std::fs::read(&path)?.into()),
    };
    Ok(File {
        kept,
        modified,
        length: about.len(),
        looked: Instant::now(),
    })
}

pub(crate) async fn file(
    State(web): State<Web>,
    Asked(path): Asked<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let file = web.files.get(&path).await.ok_or(Kind::NotFound)?;
    let mut response = send(&headers, &file.kept, "public, max-age=60");
    if runs(file.kept.kind) {
        let policy = HeaderValue::from_static(SANDBOX);
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// Whether a browser would open it as a document that can hold scripts.
fn runs(kind: &str) -> bool {
    kind.starts_with("text/html") || kind.contains("xml")
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || kind.contains("json") || kind.contains("xml")
}

/// By the file's ending; a browser saves what is not known.
fn kind(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("ics") => "text/calendar; charset=utf-8",
        Some("vtt") => "text/vtt; charset=utf-8",
        Some("json") => "application/json",
        Some("xml") => "application/xml; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("ico") => "image/vnd.microsoft.icon",
        Some("woff2") => "font/woff2",
        Some("pdf") => "application/pdf",
        Some("mp3") => "audio/mpeg",
        Some("mp4") => "video/mp4",
        Some("webm") => "video/webm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

    use super::*;

    fn folder() -> (tempfile::TempDir, Files) {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("public");
        std::fs::create_dir_all(folder.join("logos")).unwrap();
        std::fs::write(folder.join("logos/a.svg"), "<svg/>").unwrap();
        std::fs::write(folder.join(".env"), "secret").unwrap();
        std::fs::write(above.path().join("secret.txt"), "secret").unwrap();
        (above, Files::new(folder))
    }

    async fn text(files: &Files, path: &str) -> Option<String> {
        let file = files.get(path).await?;
        Some(String::from_utf8(file.kept.plain.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn files_of_the_folder_are_served() {
        let (_above, files) = folder();
        assert_eq!(text(&files, "logos/a.svg").await.unwrap(), "<svg/>");
        assert_eq!(
            files.get("logos/a.svg").await.unwrap().kept.kind,
            "image/svg+xml"
        );
    }

    #[tokio::test]
    async fn nothing_hidden_or_outside_is_served() {
        let (above, files) = folder();
        let paths = [
            "",
            "/",
            ".env",
            "logos",
            "logos/",
            "logos/.",
            "logos//a.svg",
            "../secret.txt",
            "logos/../../secret.txt",
            "/etc/passwd",
            "..\\secret.txt",
            "logos/a.svg\0.txt",
        ];
        for path in paths {
            assert_eq!(text(&files, path).await, None, "{path:?}");
        }
        let absolute = above.path().join("secret.txt");
        assert_eq!(text(&files, absolute.to_str().unwrap()).await, None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_out_of_the_folder_leads_nowhere() {
        use std::os::unix::fs::symlink;
        let (above, files) = folder();
        symlink(
            above.path().join("secret.txt"),
            above.path().join("public/out.txt"),
        )
        .unwrap();
        symlink(above.path(), above.path().join("public/up")).unwrap();
        symlink(
            above.path().join("public/logos/a.svg"),
            above.path().join("public/in.svg"),
        )
        .unwrap();
        assert_eq!(text(&files, "out.txt").await, None);
        assert_eq!(text(&files, "up/secret.txt").await, None);
        assert_eq!(text(&files, "in.svg").await.unwrap(), "<svg/>");
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_file_is_read_anew_and_a_deleted_one_is_gone() {
        let (above, files) = folder();
        let path = above.path().join("public/news.txt");
        std::fs::write(&path, "one").unwrap();
        assert_eq!(text(&files, "news.txt").await.unwrap(), "one");
        std::fs::write(&path, "three").unwrap();
        tokio::time::advance(TRUSTED).await;
        assert_eq!(text(&files, "news.txt").await.unwrap(), "three");
        std::fs::remove_file(&path).unwrap();
        tokio::time::advance(TRUSTED).await;
        assert_eq!(text(&files, "news.txt").await, None);
    }

    #[test]
    fn a_reader_who_has_it_gets_nothing_and_others_the_smaller_form() {
        let kept = Kept::new("text/plain; charset=utf-8", "a line\n".repeat(100).into());
        let headers = |name, value: &str| {
            [(name, value.parse().unwrap())]
                .into_iter()
                .collect::<HeaderMap>()
        };
        let sent = send(&headers(ACCEPT_ENCODING, "gzip, br"), &kept, "no-cache");
        assert_eq!(sent.headers()[CONTENT_ENCODING], "br");
        assert!(kept.brotli.as_ref().unwrap().len() < kept.plain.len());
        let sent = send(&headers(ACCEPT_ENCODING, "gzip"), &kept, "no-cache");
        assert!(!sent.headers().contains_key(CONTENT_ENCODING));
        let sent = send(&headers(IF_NONE_MATCH, &kept.etag), &kept, "no-cache");
        assert_eq!(sent.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(Kept::new("image/png", vec![7; 1_000].into()).brotli, None);
    }

    #[test]
    fn documents_that_could_run_scripts_are_told_apart() {
        for name in ["a.html", "a.HTM", "a.svg", "a.xml"] {
            assert!(runs(kind(Path::new(name))), "{name}");
        }
        for name in ["a.css", "a.png", "a.txt", "a", "a.exe"] {
            assert!(!runs(kind(Path::new(name))), "{name}");
        }
    }
}

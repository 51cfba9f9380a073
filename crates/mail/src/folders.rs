//! A folder that stands in for a mail server: one `.eml` per mail, written
//! whole or not at all, named so that they sort by time. Where no server is
//! configured mail goes here, and the demo shows it on a page.

use std::path::{Path, PathBuf};

use mail_parser::MessageParser;
use serde::Serialize;
use tokio::io::AsyncWriteExt;

use crate::errors::MailError;

/// Mails hold sign-in links: only the server's own user reads them.
#[cfg(unix)]
const FILE_MODE: u32 = 0o600;
#[cfg(unix)]
const FOLDER_MODE: u32 = 0o700;

#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

/// A mail read back from the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredMail {
    /// Its name in the folder.
    pub file: String,
    /// `Name <address>`, or the address alone.
    pub to: String,
    pub subject: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub sent_at_ms: i64,
    /// The plain text part; lines end in \n.
    pub text: String,
    /// Web addresses of the text, in order, each once.
    pub links: Vec<String>,
    /// Names of attached files.
    pub attachments: Vec<String>,
}

impl Folder {
    /// Nothing is made until the first mail.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Newest first, at most `limit`. Files that are no mail are passed over.
    pub async fn list(&self, limit: usize) -> std::io::Result<Vec<StoredMail>> {
        let mut entries = match tokio::fs::read_dir(&self.path).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            files.extend(
                entry
                    .file_name()
                    .into_string()
                    .ok()
                    .filter(|file| sent_at_ms(file).is_some()),
            );
        }
        files.sort_unstable_by(|a, b| b.cmp(a));
        let mut mails = Vec::new();
        for file in files {
            if mails.len() == limit {
                break;
            }
            mails.extend(self.read(&file).await?);
        }
        Ok(mails)
    }

    /// One mail by the name `list` gave; none where there is no such mail.
    pub async fn read(&self, file: &str) -> std::io::Result<Option<StoredMail>> {
        let Some(sent_at_ms) = sent_at_ms(file) else {
            return Ok(None);
        };
        match tokio::fs::read(self.path.join(file)).await {
            Ok(bytes) => Ok(parse(file, sent_at_ms, &bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A retry of the same mail replaces its file.
    pub(crate) async fn store(
        &self,
        sent_at_ms: i64,
        message_id: &str,
        bytes: &[u8],
    ) -> Result<(), MailError> {
        let file = format!("{:0TIME_DIGITS$}-{message_id}.eml", sent_at_ms.max(0));
        self.write(&file, bytes)
            .await
            .map_err(|error| self.unusable(&error))
    }

    /// Proves that a mail could be written now.
    pub(crate) async fn check(&self) -> Result<(), MailError> {
        let probe = ".check";
        let tried = async {
            self.write(probe, b"").await?;
            tokio::fs::remove_file(self.path.join(probe)).await
        };
        tried.await.map_err(|error| self.unusable(&error))
    }

    fn unusable(&self, error: &std::io::Error) -> MailError {
        MailError::temporary(format!(
            "the mailbox folder {} cannot be written: {error}",
            self.path.display()
        ))
    }

    async fn write(&self, file: &str, bytes: &[u8]) -> std::io::Result<()> {
        let mut folder = tokio::fs::DirBuilder::new();
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            folder.mode(FOLDER_MODE);
            options.mode(FILE_MODE);
        }
        folder.recursive(true).create(&self.path).await?;
        let part = self.path.join(format!(".{file}.part"));
        let mut open = options.open(&part).await?;
        open.write_all(bytes).await?;
        open.sync_all().await?;
        tokio::fs::rename(&part, self.path.join(file)).await?;
        // The rename itself is only durable once the folder is.
        tokio::fs::File::open(&self.path).await?.sync_all().await
    }
}

/// Digits of the time in a file name: enough until the year 2286.
const TIME_DIGITS: usize = 13;

/// The time in the name of one of our files; none for any other name, above
/// all one that leads out of the folder.
fn sent_at_ms(file: &str) -> Option<i64> {
    let (time, id) = file.strip_suffix(".eml")?.split_at_checked(TIME_DIGITS)?;
    let id = id.strip_prefix('-')?;
    let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let ours = time.bytes().all(|b| b.is_ascii_digit()) && id.bytes().all(token);
    if ours { time.parse().ok() } else { None }
}

fn parse(file: &str, sent_at_ms: i64, bytes: &[u8]) -> Option<StoredMail> {
    use mail_parser::MimeHeaders;

    let message = MessageParser::default().parse(bytes)?;
    let to = message.to().and_then(|to| to.first())?;
    let address = to.address()?;
    let text = message
        .body_text(0)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    Some(StoredMail {
        file: file.to_owned(),
        to: to
            .name()
            .map_or_else(|| address.to_owned(), |name| format!("{name} <{address}>")),
        subject: message.subject().unwrap_or_default().to_owned(),
        sent_at_ms,
        links: links(&text),
        text,
        attachments: message
            .attachments()
            .filter_map(|part| part.attachment_name().map(ToOwned::to_owned))
            .collect(),
    })
}

/// Web addresses up to the next white space, without the punctuation that ends
/// a sentence around them.
fn links(text: &str) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let Some(start) = word.find("https://").or_else(|| word.find("http://")) else {
            continue;
        };
        let link = word[start..]
            .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '>', '"', '\'']);
        if !links.iter().any(|known| known == link) {
            links.push(link.to_owned());
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::{links, sent_at_ms};

    #[test]
    fn only_our_own_names_are_read() {
        assert_eq!(
            sent_at_ms("0001770000000-0199-abc.eml"),
            Some(1_770_000_000)
        );
        for name in [
            "",
            "x.eml",
            ".check",
            "0001770000000-../x.eml",
            "0001770000000-a/b.eml",
            "..",
            ".0001770000000-a.eml.part",
            "é001770000000-a.eml",
        ] {
            assert_eq!(sent_at_ms(name), None, "{name}");
        }
    }

    #[test]
    fn links_end_where_their_sentence_does() {
        let text = "Sign in (https://a.example/x?y=1&z=2). Or <http://b.example/>, again https://a.example/x?y=1&z=2!\nhttps://c.example/ü";
        assert_eq!(
            links(text),
            [
                "https://a.example/x?y=1&z=2",
                "http://b.example/",
                "https://c.example/ü"
            ]
        );
    }
}

//! The demo's mailbox: mail that would have left, to be read on a page. No
//! other installation has it: whoever reads these links is their owner.

use axum::response::Response;
use hallway_model::time::Timestamp;
use hallway_service::Error;
use hallway_views::mailbox::{MailRow, MailboxPage};

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::local_path;
use crate::pages::personal;

/// Mails shown, latest first.
const SHOWN: usize = 50;

pub(crate) async fn page(call: Call) -> Result<Response, Failure> {
    let service = &call.web.service;
    let base_url = &service.settings().base_url;
    let folder = service
        .mailer()
        .folder()
        .filter(|_| service.settings().demo)
        .ok_or(Error::NotFound)?;
    let mails = folder.list(SHOWN).await.map_err(|error| {
        Error::Unavailable(format!("the mailbox folder cannot be read: {error}"))
    })?;
    let mails = mails.into_iter().map(|mail| MailRow {
        to: mail.to,
        subject: mail.subject,
        sent_at: Timestamp(mail.sent_at_ms),
        link: mail.links.iter().find_map(|link| path_of(link, base_url)),
        text: mail.text,
    });
    personal(&MailboxPage {
        shell: call.shell(),
        mails: mails.collect(),
    })
}

/// A link of ours as a path, so that it also works where the demo is reached
/// by another name.
fn path_of(link: &str, base_url: &str) -> Option<String> {
    local_path(link.strip_prefix(base_url)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_ours_can_be_followed() {
        let base = "http://localhost:8080";
        assert_eq!(
            path_of(
                "http://localhost:8080/account/sign-in/confirm?token=x",
                base
            )
            .as_deref(),
            Some("/account/sign-in/confirm?token=x")
        );
        for other in [
            "http://localhost:8080",
            "http://localhost:80800/x",
            "http://localhost:8080.evil.example/",
            "http://localhost:8080//evil.example/",
            "https://evil.example/",
        ] {
            assert_eq!(path_of(other, base), None, "{other}");
        }
    }
}

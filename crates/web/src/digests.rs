//! The link in a mail that ends such mails: a page with a button for people, and
//! one press for their mail program (RFC 8058), without a sign-in.

use axum::extract::Query;
use axum::response::Response;
use hallway_views::digests::MailOffPage;
use serde::Deserialize;

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::personal;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Link {
    token: String,
}

/// Looking changes nothing: mail scanners follow every link.
pub(crate) async fn page(call: Call, Query(link): Query<Link>) -> Result<Response, Failure> {
    call.web.service.mail_of(&link.token).await?;
    personal(&MailOffPage {
        shell: call.shell(),
        token: link.token,
        ended: false,
    })
}

/// Answers at once and redirects nowhere, as RFC 8058 §3.1 asks.
pub(crate) async fn end(call: Call, Query(link): Query<Link>) -> Result<Response, Failure> {
    call.web.service.end_mail(&link.token).await?;
    personal(&MailOffPage {
        shell: call.shell(),
        token: link.token,
        ended: true,
    })
}

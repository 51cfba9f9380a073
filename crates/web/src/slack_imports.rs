//! The form that brings a Slack workspace along.

use axum::extract::{Multipart, Path};
use axum::response::Response;
use bytes::Bytes;
use hallway_model::programme::Warning;
use hallway_service::slack_imports::Report;
use hallway_views::forms::FieldError;
use hallway_views::integrations::{IntegrationsPage, SlackReport};

use crate::call::Call;
use crate::failure::Failure;
use crate::forms::Refusal;
use crate::integrations::overview;
use crate::organise::{WARNINGS, refuse_body};
use crate::pages::{personal, refused};

/// Done twice it does nothing the second time, so it needs no key.
pub(crate) async fn import(
    call: Call,
    Path(event): Path<String>,
    multipart: Multipart,
) -> Result<Response, Failure> {
    // Asked before a byte of the file is read.
    let page = overview(&call, &event).await?;
    let file = read_file(multipart).await?;
    let mut refusal = Refusal::default();
    if file.is_empty() {
        refusal.add("file", FieldError::NoFile);
    } else {
        match call
            .web
            .service
            .import_slack(&call.actor, &event, file)
            .await
        {
            Ok(report) => {
                let page = overview(&call, &event).await?;
                return personal(&IntegrationsPage {
                    slack_report: Some(told(report)),
                    ..page
                });
            }
            Err(error) => refusal = Refusal::of(error, |_| "-".to_owned())?,
        }
    }
    refused(&IntegrationsPage {
        slack_file: refusal.field("file", ""),
        ..page
    })
}

async fn read_file(mut multipart: Multipart) -> Result<Bytes, Failure> {
    let mut file = Bytes::new();
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| refuse_body(&error))?
    {
        let is_file = field.name() == Some("file");
        let bytes = field.bytes().await.map_err(|error| refuse_body(&error))?;
        if is_file {
            file = bytes;
        }
    }
    Ok(file)
}

fn told(report: Report) -> SlackReport {
    let warnings = report.warnings.len();
    SlackReport {
        channels: (report.channels.new, report.channels.known),
        messages: (report.messages.new, report.messages.known),
        people: report.people,
        warnings: report
            .warnings
            .into_iter()
            .take(WARNINGS)
            .map(|warning| Warning {
                place: warning.place,
                text: warning.text,
            })
            .collect(),
        more_warnings: warnings.saturating_sub(WARNINGS),
    }
}

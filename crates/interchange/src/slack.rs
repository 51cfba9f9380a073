//! What Slack and the many programs that speak like it send: payloads of
//! incoming webhooks, and their text in our Markdown subset.
//!
//! Payloads are read leniently: whatever holds words is shown, in the order it
//! stands there, and what is merely look is left out.

mod archives;
mod texts;

pub use archives::{
    Archive, ArchiveChannel, ArchiveError, ArchiveMessage, MAX_ARCHIVE, read_archive,
};
pub use texts::markdown;

use serde_json::Value;

/// What a payload says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookPayload {
    /// In our Markdown subset.
    pub text: String,
    /// The name to say it under.
    pub username: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    #[error("not JSON: {0}")]
    NotJson(String),
    #[error("the payload says nothing: give `text`")]
    NoText,
}

/// Levels of blocks within blocks that are looked into.
const MAX_DEPTH: usize = 12;

/// Reads the body of a webhook's POST.
pub fn hook_payload(json: &[u8]) -> Result<HookPayload, PayloadError> {
    let value: Value =
        serde_json::from_slice(json).map_err(|e| PayloadError::NotJson(e.to_string()))?;
    let text = message_text(&value, &|_| None);
    if text.trim().is_empty() {
        return Err(PayloadError::NoText);
    }
    let username = value.get("username").and_then(Value::as_str);
    Ok(HookPayload {
        text,
        username: username
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
    })
}

/// The words of a message. Where it has blocks, its `text` is what they say
/// again for notifications; where it has none, `text` is all there is.
pub(crate) fn message_text(message: &Value, names: &dyn Fn(&str) -> Option<String>) -> String {
    let mut parts = vec![];
    if let Some(blocks) = message.get("blocks").and_then(Value::as_array) {
        for block in blocks {
            push(&mut parts, block_text(block, names, 0));
        }
    }
    if parts.is_empty() {
        push(&mut parts, said(message.get("text"), names));
    }
    let attachments = message.get("attachments").and_then(Value::as_array);
    for attachment in attachments.into_iter().flatten() {
        push(&mut parts, attachment_text(attachment, names));
    }
    parts.join("\n\n")
}

fn push(parts: &mut Vec<String>, text: String) {
    if !text.trim().is_empty() {
        parts.push(text);
    }
}

/// A text as a string, or as an object that says how it is marked up.
fn said(value: Option<&Value>, names: &dyn Fn(&str) -> Option<String>) -> String {
    match value {
        Some(Value::String(text)) => markdown(text, names),
        Some(Value::Object(object)) => {
            let text = object.get("text").and_then(Value::as_str).unwrap_or("");
            markdown(text, names)
        }
        _ => String::new(),
    }
}

/// Texts of blocks of any kind, known or not: section, header, context, rich
/// text and whatever comes.
fn block_text(block: &Value, names: &dyn Fn(&str) -> Option<String>, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return String::new();
    }
    let kind = block.get("type").and_then(Value::as_str).unwrap_or("");
    let inside = |key: &str, between: &str| {
        let items = block.get(key).and_then(Value::as_array);
        let texts = items
            .into_iter()
            .flatten()
            .map(|item| block_text(item, names, depth + 1))
            .filter(|text| !text.is_empty());
        texts.collect::<Vec<_>>().join(between)
    };
    match kind {
        "divider" => String::new(),
        "header" => match said(block.get("text"), names) {
            text if text.trim().is_empty() => text,
            text => format!("**{}**", text.trim()),
        },
        "image" => {
            let alt = block.get("alt_text").and_then(Value::as_str).unwrap_or("");
            let url = block.get("image_url").and_then(Value::as_str).unwrap_or("");
            link(url, alt, names)
        }
        "link" => {
            let url = block.get("url").and_then(Value::as_str).unwrap_or("");
            let text = block.get("text").and_then(Value::as_str).unwrap_or("");
            link(url, text, names)
        }
        "user" => {
            let id = block.get("user_id").and_then(Value::as_str).unwrap_or("");
            markdown(&format!("<@{id}>"), names)
        }
        "emoji" => {
            let name = block.get("name").and_then(Value::as_str).unwrap_or("");
            format!(":{name}:")
        }
        "text" | "mrkdwn" | "plain_text" => said(block.get("text"), names),
        "rich_text" => inside("elements", "\n\n"),
        "rich_text_section" => inside("elements", ""),
        "rich_text_list" => {
            let items = block.get("elements").and_then(Value::as_array);
            let lines = items
                .into_iter()
                .flatten()
                .map(|item| format!("- {}", block_text(item, names, depth + 1)));
            lines.collect::<Vec<_>>().join("\n")
        }
        "rich_text_preformatted" => format!("```\n{}\n```", inside("elements", "")),
        "rich_text_quote" => format!("> {}", inside("elements", "")),
        _ => {
            let mut parts = vec![];
            push(&mut parts, said(block.get("text"), names));
            push(&mut parts, inside("fields", "\n"));
            push(&mut parts, inside("elements", " "));
            parts.join("\n")
        }
    }
}

fn link(url: &str, text: &str, names: &dyn Fn(&str) -> Option<String>) -> String {
    if url.is_empty() {
        markdown(text, names)
    } else if text.is_empty() {
        markdown(&format!("<{url}>"), names)
    } else {
        markdown(&format!("<{url}|{text}>"), names)
    }
}

/// The older form: pretext, title, text and fields.
fn attachment_text(attachment: &Value, names: &dyn Fn(&str) -> Option<String>) -> String {
    let text = |key: &str| attachment.get(key).and_then(Value::as_str).unwrap_or("");
    let mut parts = vec![];
    push(&mut parts, markdown(text("pretext"), names));
    push(&mut parts, link(text("title_link"), text("title"), names));
    push(&mut parts, markdown(text("text"), names));
    let fields = attachment.get("fields").and_then(Value::as_array);
    for field in fields.into_iter().flatten() {
        let of = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or("");
        let title = markdown(of("title"), names);
        let value = markdown(of("value"), names);
        push(
            &mut parts,
            match (title.trim(), value.trim()) {
                ("", value) => value.to_owned(),
                (title, value) => format!("**{title}**: {value}"),
            },
        );
    }
    let blocks = attachment.get("blocks").and_then(Value::as_array);
    for block in blocks.into_iter().flatten() {
        push(&mut parts, block_text(block, names, 1));
    }
    if parts.is_empty() {
        push(&mut parts, markdown(text("fallback"), names));
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(json: &str) -> String {
        hook_payload(json.as_bytes()).unwrap().text
    }

    #[test]
    fn a_plain_payload_is_its_text() {
        let payload = hook_payload(
            br#"{"text": "Build <https://ci.example/7|#7> *failed*", "username": " CI ", "icon_emoji": ":x:"}"#,
        );
        assert_eq!(
            payload.unwrap(),
            HookPayload {
                text: "Build [#7](<https://ci.example/7>) **failed**".into(),
                username: Some("CI".into())
            }
        );
    }

    #[test]
    fn blocks_say_it_instead_of_the_text_and_attachments_add_to_it() {
        let said = text(
            r#"{"text": "fallback", "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "Deploy"}},
                {"type": "divider"},
                {"type": "section", "text": {"type": "mrkdwn", "text": "to *prod*"},
                 "fields": [{"type": "mrkdwn", "text": "by ada"}]},
                {"type": "context", "elements": [{"type": "plain_text", "text": "just now"}]},
                {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
                    {"type": "text", "text": "see "}, {"type": "link", "url": "https://x.example", "text": "it"}]}]}],
               "attachments": [{"title": "Log", "title_link": "https://x.example/log", "fields": [{"title": "Took", "value": "3 s"}]}]}"#,
        );
        assert_eq!(
            said,
            "**Deploy**\n\nto **prod**\nby ada\n\njust now\n\nsee [it](<https://x.example>)\n\n[Log](<https://x.example/log>)\n**Took**: 3 s"
        );
    }

    #[test]
    fn what_says_nothing_or_is_no_json_is_refused() {
        for nothing in ["{}", "[]", "{\"text\": \" \"}", "{\"text\": 7}", "\"hi\""] {
            let error = hook_payload(nothing.as_bytes()).unwrap_err();
            assert_eq!(error, PayloadError::NoText, "{nothing}");
        }
        assert!(matches!(
            hook_payload(b"payload={}"),
            Err(PayloadError::NotJson(_))
        ));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            "[a-z<>|@#*_~`&;! ]{0,12}".prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(5, 60, 5, |inner| {
            let key = proptest::sample::select(vec![
                "text",
                "type",
                "blocks",
                "elements",
                "fields",
                "attachments",
                "title",
                "url",
                "username",
            ]);
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::vec((key, inner), 0..6).prop_map(|pairs| {
                    Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_arrives_is_read_or_refused(value in any_json()) {
            let _ = hook_payload(value.to_string().as_bytes());
        }
    }
}

//! Pictures that go with a message.

use hallway_model::ids::ImageId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A picture as it stands in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Image {
    #[ts(type = "string")]
    #[schema(value_type = Uuid)]
    pub id: ImageId,
    /// What it shows, in words; empty where its author gave none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional = false)]
    pub alt: String,
    /// Pixels of the picture at `url`.
    pub width: u32,
    pub height: u32,
    /// Path of the picture, at most 2,048 pixels on a side.
    pub url: String,
    /// Path of a small form of it, at most 640 pixels on a side.
    pub thumbnail: String,
}

/// A picture that was sent before, for a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachImage {
    /// As `POST /api/v1/channels/{channel}/images` gave it.
    #[ts(type = "string")]
    #[schema(value_type = Uuid)]
    pub id: ImageId,
    /// What it shows, in words, for those who do not see it; at most 500 characters.
    #[serde(default)]
    #[ts(as = "Option<String>", optional)]
    pub alt: String,
}

//! Being told by Web Push: what a browser gives and takes back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Body of `PUT /api/v1/account/push`: a browser's `PushSubscription`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// Address of the browser's push service.
    pub endpoint: String,
    /// Base64url, as `keys.p256dh`.
    pub p256dh: String,
    /// Base64url, as `keys.auth`.
    pub auth: String,
    /// The command's idempotency key.
    pub key: Uuid,
}

/// Body of `DELETE /api/v1/account/push`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unsubscribe {
    pub endpoint: String,
    /// The command's idempotency key.
    pub key: Uuid,
}

//! Pages, JSON API, media over HTTP and the embedded front end: one folder or
//! file per feature, handlers that only translate. Everything that decides is
//! in the service.

mod assets;
mod cache;
mod call;
mod failure;
mod forms;
mod pages;
mod reader;
mod rows;
mod security;
pub mod table;

mod accounts;
mod anonymous_reports;
mod api;
mod audit;
mod bots;
mod catch_up;
mod channels;
mod chat_exports;
mod conduct;
mod desk;
mod digests;
mod directs;
mod events;
mod health;
mod hls;
mod home;
mod images;
mod incoming_hooks;
mod integrations;
mod live;
mod mailbox;
mod messages;
mod moderation;
mod newcomers;
mod organise;
mod outgoing_hooks;
mod people;
mod places;
mod presence;
mod public;
mod pushes;
mod registrations;
mod rehearsals;
mod schedule;
mod screening;
mod search;
mod sign_ins;
mod sitemap;
mod slack_imports;
mod speakers;
mod stages;
mod studio;
mod talks;
mod threads;
mod transparency;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use hallway_gateway::Gateway;
use hallway_service::Service;
use hallway_stage::Stages;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

pub use table::Policy;

/// What the web is told by the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether readers reach us by TLS, ours or a proxy's: cookies then carry
    /// `Secure` and the `__Host-` prefix.
    pub https: bool,
    /// Folder of the files served at `/public/`.
    pub public_folder: PathBuf,
    /// `rtmp://HOST:PORT/live`, shown on the desk.
    pub rtmp_url: String,
}

/// Everything a handler can reach: cheap to clone.
#[derive(Clone)]
pub(crate) struct Web(Arc<Inner>);

pub(crate) struct Inner {
    pub service: Service,
    pub gateway: Gateway,
    pub stages: Stages,
    pub settings: Settings,
    pub cache: cache::Cache,
    pub grants: hls::Grants,
    pub files: public::Files,
    pub assets: hallway_views::shell::Assets,
    /// Prometheus text.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
}

impl std::ops::Deref for Web {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// The parts the web is put together from.
pub struct Parts {
    pub service: Service,
    pub gateway: Gateway,
    pub stages: Stages,
    pub settings: Settings,
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
}

/// No handler of ours takes longer, but for the live connection, blocked
/// playlists and uploads, which have their own bounds.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The whole site as a router. Must be called inside a tokio runtime.
pub fn router(parts: Parts) -> Router {
    let cache = cache::Cache::start(parts.service.bus());
    let files = public::Files::new(parts.settings.public_folder.clone());
    let web = Web(Arc::new(Inner {
        service: parts.service,
        gateway: parts.gateway,
        stages: parts.stages,
        settings: parts.settings,
        cache,
        grants: hls::Grants::new(),
        files,
        assets: assets::manifest(),
        metrics: parts.metrics,
    }));
    let media = table::media()
        .layer(from_fn_with_state(web.clone(), hls::lane))
        .layer(CatchPanicLayer::new());
    table::router()
        .fallback(failure::not_found)
        .layer(from_fn(security::no_nul))
        .layer(from_fn_with_state(web.clone(), security::same_origin))
        // Outside of what may refuse a request.
        .layer(from_fn_with_state(web.clone(), failure::render))
        .layer(from_fn_with_state(web.clone(), security::headers))
        .layer(from_fn(health::count))
        .layer(
            CompressionLayer::new()
                .br(true)
                .gzip(true)
                .compress_when(security::Compressible),
        )
        .layer(TimeoutLayer::with_status_code(
            http::StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(CatchPanicLayer::new())
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(TraceLayer::new_for_http().make_span_with(security::span))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .merge(media)
        .with_state(web)
}

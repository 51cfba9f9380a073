//! What search engines are told: which pages there are, and which they need
//! not ask for.

use std::fmt::Write;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hallway_model::access::Actor;
use hallway_model::people::Language;
use hallway_model::sessions::SessionState;
use hallway_model::time::{Timestamp, Zone};
use hallway_protocol::{Topic, routes};
use hallway_service::Service;
use hallway_service::programmes::Snapshot;
use hallway_views::shell::Theme;
use http::HeaderMap;
use http::header::CACHE_CONTROL;

use crate::Web;
use crate::cache::{Key, Page};
use crate::failure::Failure;
use crate::public::{Kept, send};

/// Addresses a sitemap may hold (sitemaps.org).
const MOST: usize = 50_000;
const KEEP: &str = "public, max-age=300";

pub(crate) async fn robots(State(web): State<Web>) -> Response {
    let base = &web.service.settings().base_url;
    let text = format!(
        "User-agent: *\nDisallow: /account/\nDisallow: /api/\n\nSitemap: {base}/sitemap.xml\n"
    );
    ([(CACHE_CONTROL, KEEP)], text).into_response()
}

/// Made at most once a minute while nothing it lists changes.
pub(crate) async fn sitemap(
    State(web): State<Web>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let key = Key {
        path_and_query: "/sitemap.xml".into(),
        language: Language::En,
        zone: None,
        theme: Theme::default(),
        saves_data: false,
    };
    let minute = web.service.now().0.div_euclid(60_000);
    let page = match web.cache.get(&key, minute) {
        Some(page) => page,
        None => {
            let moment = web.cache.moment();
            let (xml, topics) = make(&web.service).await?;
            web.cache.put(key, xml, topics, moment, minute)
        }
    };
    Ok(send(&headers, &kept(&page), KEEP))
}

fn kept(page: &Page) -> Kept {
    Kept {
        kind: "application/xml; charset=utf-8",
        plain: page.plain.clone(),
        brotli: Some(page.brotli.clone()).filter(|brotli| !brotli.is_empty()),
        etag: page.etag.clone(),
    }
}

async fn make(service: &Service) -> Result<(String, Vec<Topic>), Failure> {
    let visitor = Actor::visitor();
    let mut topics = vec![];
    let mut map = Sitemap::new(&service.settings().base_url);
    map.add(&routes::home(), None);
    for event in service.events(&visitor).await? {
        if map.is_full() {
            break;
        }
        topics.push(Topic::Event(event.id));
        let snapshot = service.programme(&visitor, &event.slug).await?;
        map.add_event(&snapshot);
        if event.settings.chat_is_indexed() {
            let place = service.searchable(&visitor, &event.slug).await?;
            for channel in place.channels() {
                map.add(&routes::channel(&event.slug, &channel.slug), None);
            }
        }
    }
    Ok((map.finish(), topics))
}

struct Sitemap<'a> {
    base: &'a str,
    xml: String,
    urls: usize,
}

impl<'a> Sitemap<'a> {
    fn new(base: &'a str) -> Self {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
        Self {
            base,
            xml: xml.to_owned(),
            urls: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.urls >= MOST
    }

    fn add_event(&mut self, snapshot: &Snapshot) {
        let slug = &snapshot.event.slug;
        self.add(&routes::event(slug), None);
        self.add(&routes::schedule(slug), None);
        self.add(&routes::speakers(slug), None);
        for session in &snapshot.sessions {
            if session.state != SessionState::Cancelled {
                self.add(&routes::talk(slug, &session.code), Some(session.changed));
            }
        }
        for speaker in &snapshot.speakers {
            self.add(&routes::speaker(slug, &speaker.code), None);
        }
    }

    /// Nothing more once it is full.
    fn add(&mut self, path: &str, changed: Option<Timestamp>) {
        if self.is_full() {
            return;
        }
        self.urls += 1;
        let url = escape(&format!("{}{path}", self.base));
        // Writing to memory does not fail.
        let _ = write!(self.xml, "<url><loc>{url}</loc>");
        if let Some(changed) = changed {
            let changed = changed.rfc3339(&Zone::utc());
            let _ = write!(self.xml, "<lastmod>{changed}</lastmod>");
        }
        self.xml.push_str("</url>\n");
    }

    fn finish(mut self) -> String {
        self.xml.push_str("</urlset>\n");
        self.xml
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_absolute_and_says_when_it_changed() {
        let mut map = Sitemap::new("https://summit.example");
        map.add("/a/", None);
        map.add("/a/talk/B&C/", Some(Timestamp(1_770_368_400_000)));
        let lines: Vec<String> = map.finish().lines().map(str::to_owned).collect();
        assert_eq!(lines[2], "<url><loc>https://summit.example/a/</loc></url>");
        assert_eq!(
            lines[3],
            "<url><loc>https://summit.example/a/talk/B&amp;C/</loc>\
             <lastmod>2026-02-06T09:00:00+00:00</lastmod></url>"
        );
        assert_eq!(lines[4], "</urlset>");
    }

    #[test]
    fn a_sitemap_has_a_bound() {
        let mut map = Sitemap::new("https://summit.example");
        for _ in 0..=MOST {
            map.add("/a/", None);
        }
        assert!(map.is_full());
        assert_eq!(map.finish().matches("<loc>").count(), MOST);
    }
}

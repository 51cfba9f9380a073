//! The studio of one stage: what its island shows once it runs, and in words
//! what it needs.

use askama::Template;
use hallway_protocol::routes;
use serde_json::json;

use crate::markup::props;
use crate::samples;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "desk/studio.html")]
pub struct StudioPage {
    pub shell: Shell,
    pub room: String,
    pub name: String,
}

impl StudioPage {
    fn desk(&self) -> String {
        routes::desk(self.shell.slug(), &self.room)
    }

    fn island_props(&self) -> String {
        let slug = self.shell.slug();
        props(&json!({
            "endpoint": routes::api_stage_whip(slug, &self.room),
            "desk": self.desk(),
            "stage": routes::stage(slug, &self.room),
            "lang": self.shell.lang.code(),
        }))
    }

    pub fn sample() -> Self {
        Self {
            shell: samples::event_shell(&routes::studio(samples::SLUG, "main-stage"))
                .organiser()
                .shell,
            room: "main-stage".into(),
            name: "Main stage".into(),
        }
    }
}
